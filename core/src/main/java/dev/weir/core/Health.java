// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Collects what the modules say about themselves. Thread-safe.
 *
 * @since 0.1
 */
public final class Health {

    private final List<HealthContribution> contributions = new CopyOnWriteArrayList<>();

    /**
     * Adds a module.
     *
     * @param contribution read by any thread at any time
     * @return takes the module out again
     */
    public Registration register(HealthContribution contribution) {
        contributions.add(contribution);
        // Not by equals: the JDK keeps the class of records that were compared, and so the class loader of Weir.
        return () -> contributions.removeIf(each -> each == contribution);
    }

    /** {@return a copy of the contributions of all modules, in the order in which they were added} */
    public List<HealthContribution> contributions() {
        return List.copyOf(contributions);
    }

    /** {@return the worst status of all contributions; {@code UP} when there is none} */
    public HealthContribution.Status status() {
        HealthContribution.Status worst = HealthContribution.Status.UP;
        for (HealthContribution contribution : contributions) {
            HealthContribution.Status status = contribution.status();
            if (status.compareTo(worst) > 0) {
                worst = status;
            }
        }
        return worst;
    }
}
