// SPDX-License-Identifier: Apache-2.0
package dev.weir.context;

import java.util.List;

/**
 * What {@link TracePropagation} does in this process. Immutable.
 *
 * @param tier how traces are kept right
 * @param storage the storage behind {@code Context.current()}, for messages
 * @param findings what a user may want to know or change, one sentence each; empty when all is as it should be
 * @since 0.1
 */
public record PropagationStatus(Tier tier, String storage, List<String> findings) {

    /**
     * Copies the list.
     *
     * @param tier {@link Tier#OFF} when nothing is installed
     * @param storage a name for messages, for example {@code weir slot}
     * @param findings one sentence each; empty when all is as it should be
     */
    public PropagationStatus {
        findings = List.copyOf(findings);
    }

    /** One line for the start block. */
    @Override
    public String toString() {
        return tier + " (" + storage + ")" + (findings.isEmpty() ? "" : ": " + String.join("; ", findings));
    }
}
