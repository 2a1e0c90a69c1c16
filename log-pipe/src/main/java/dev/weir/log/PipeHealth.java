// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.HealthContribution;
import dev.weir.log.internal.pipe.RingInput;
import org.jspecify.annotations.Nullable;

/**
 * A pipe is degraded when its store refuses records or cannot be read, and when records are in memory that should be on a disk. Any
 * thread.
 */
final class PipeHealth implements HealthContribution {

    private final RingInput input;
    private final PipeParts parts;

    PipeHealth(RingInput input, PipeParts parts) {
        this.input = input;
        this.parts = parts;
    }

    @Override
    public String name() {
        return "log-pipe";
    }

    @Override
    public Status status() {
        return problem() == null ? Status.UP : Status.DEGRADED;
    }

    /** The problem; without one, which store is in use instead of the wanted one, if it is another. */
    @Override
    public String detail() {
        String problem = problem();
        if (problem != null) {
            return problem;
        }
        return parts.opener().isAsWanted() ? "" : parts.opener().choice().reason();
    }

    private @Nullable String problem() {
        String problem = input.blockedBy();
        if (problem == null) {
            problem = input.unreadable();
        }
        StoreChoice choice = parts.opener().choice();
        if (problem == null
                && choice.kind() == StoreKind.MEMORY
                && !parts.opener().isAsWanted()) {
            problem = choice.reason();
        }
        return problem != null ? problem : parts.rings().problem();
    }
}
