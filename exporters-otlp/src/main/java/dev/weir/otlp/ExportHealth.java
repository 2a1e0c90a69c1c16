// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.HealthContribution;
import java.util.Collection;
import java.util.List;

/** How the export is, for status pages. */
final class ExportHealth implements HealthContribution {

    private final List<Lane> lanes;

    ExportHealth(Collection<Lane> lanes) {
        this.lanes = List.copyOf(lanes);
    }

    @Override
    public String name() {
        return "exporters-otlp";
    }

    @Override
    public Status status() {
        for (Lane lane : lanes) {
            if (lane.destination().state(lane) != Destination.State.CLOSED) {
                return Status.DEGRADED;
            }
        }
        return Status.UP;
    }

    @Override
    public String detail() {
        for (Lane lane : lanes) {
            Destination destination = lane.destination();
            if (destination.state(lane) != Destination.State.CLOSED) {
                return destination.addresses() + " does not take "
                        + lane.signal().label() + " now (" + destination.lastFailure(lane)
                        + "); records wait within their bounds and are sent when it does";
            }
        }
        return "";
    }
}
