// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.figures;

import dev.weir.core.HealthContribution;
import dev.weir.otlp.internal.pipeline.DestinationState;
import dev.weir.otlp.internal.pipeline.SignalPipeline;
import java.util.Collection;
import java.util.List;

/** The health of the export. Thread-safe. */
public final class ExportHealth implements HealthContribution {

    private final List<SignalPipeline> pipelines;

    public ExportHealth(Collection<SignalPipeline> pipelines) {
        this.pipelines = List.copyOf(pipelines);
    }

    @Override
    public String name() {
        return "exporters-otlp";
    }

    @Override
    public Status status() {
        for (SignalPipeline pipeline : pipelines) {
            if (pipeline.route().state() != DestinationState.UP) {
                return Status.DEGRADED;
            }
        }
        return Status.UP;
    }

    @Override
    public String detail() {
        for (SignalPipeline pipeline : pipelines) {
            if (pipeline.route().state() != DestinationState.UP) {
                return pipeline.route().addresses() + " does not accept "
                        + pipeline.signal().label() + " now ("
                        + pipeline.route().lastFailure()
                        + "); records are kept while there is room and are sent when it does";
            }
        }
        return "";
    }
}
