// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.TelemetryRuntime;
import dev.weir.core.spi.SignalTap;
import dev.weir.log.LogPipe;
import dev.weir.metric.LatencyMetrics;
import dev.weir.otlp.OtlpExport;
import dev.weir.otlp.OtlpExportBuilder;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.opentelemetry.sdk.resources.Resource;
import org.jspecify.annotations.Nullable;

/**
 * The pipe and the export of one start. They need the resource, which the SDK finds while it is built: each is made when it is
 * asked for the first time, and is then one of the {@linkplain CloseSteps steps} that an abandoned start closes. Used by one thread.
 */
final class Carriers {

    /** The name of the pipe's directory for what could not be sent. */
    static final String SPOOL = "otlp";

    private final TelemetryRuntime runtime;
    private final LatencyMetrics latencies;
    private final AgentShare agent;
    private final @Nullable SignalTap tap;
    private final CloseSteps built;

    private Resource resource = Resource.getDefault();
    private @Nullable LogPipe pipe;
    private @Nullable OtlpExport export;

    Carriers(
            TelemetryRuntime runtime,
            LatencyMetrics latencies,
            AgentShare agent,
            @Nullable SignalTap tap,
            CloseSteps built) {
        this.runtime = runtime;
        this.latencies = latencies;
        this.agent = agent;
        this.tap = tap;
        this.built = built;
    }

    /** Sets the resource of all signals; before the others are asked for. */
    Resource resource(Resource found) {
        resource = ServiceInstance.in(found);
        return resource;
    }

    Resource resource() {
        return resource;
    }

    LogPipe pipe() {
        LogPipe made = pipe;
        if (made == null) {
            made = LogPipe.builder().runtime(runtime).resource(resource).build();
            built.before("the log pipe", deadline -> pipe().close());
            pipe = made;
        }
        return made;
    }

    OtlpExport export() {
        OtlpExport made = export;
        if (made == null) {
            OtlpExportBuilder builder = OtlpExport.builder().runtime(runtime).spool(pipe().spool(SPOOL));
            if (tap != null) {
                builder.tap(tap);
            }
            made = builder.build();
            built.before("the export", deadline -> export().close());
            export = made;
        }
        return made;
    }

    /** {@code reader} with the latencies that no agent sends. */
    MetricReader withLatencies(MetricReader reader) {
        return latencies.reader(reader, resource, agent::leaves);
    }
}
