// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.HealthContribution;

/** A pipe is degraded when its store takes nothing, or when records are in memory that were meant for a disk. Any thread. */
final class PipeHealth implements HealthContribution {

    private final Intake intake;
    private final PipeParts parts;

    PipeHealth(Intake intake, PipeParts parts) {
        this.intake = intake;
        this.parts = parts;
    }

    @Override
    public String name() {
        return "log-pipe";
    }

    @Override
    public Status status() {
        if (intake.blockedBy() != null) {
            return Status.DEGRADED;
        }
        return parts.opener().isAsWanted() ? Status.UP : Status.DEGRADED;
    }

    @Override
    public String detail() {
        String problem = intake.blockedBy();
        return problem != null
                ? problem
                : status() == Status.UP ? "" : parts.opener().choice().reason();
    }
}
