// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.context.TracePropagation;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.internal.Deadline;
import dev.weir.http.HttpTelemetry;
import dev.weir.log.LogPipe;
import dev.weir.metric.LatencyMetrics;
import dev.weir.otlp.OtlpExport;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * The modules of a {@link Weir} that runs, and the steps that close them. Immutable.
 *
 * @param openTelemetry what instruments use
 */
record Installation(
        TelemetryRuntime runtime,
        OpenTelemetry openTelemetry,
        TracePropagation propagation,
        HttpTelemetry http,
        LatencyMetrics latencies,
        LogPipe pipe,
        OtlpExport export,
        Facts facts,
        CloseSteps closeSteps) {

    /**
     * What the start block says.
     *
     * @param joined how another SDK was found; null with an SDK of Weir's own
     * @param logs whether the records of the pipe are exported; false when another exporter was chosen for logs
     * @param logFramework where captured lines come from
     */
    record Facts(String serviceName, @Nullable String joined, boolean logs, String logFramework) {}

    /** As {@link Weir#flush}. */
    boolean flush(Duration atMost) {
        CompletableFuture<Boolean> done =
                pipe.flush().then(export.flush(atMost)).toFuture();
        return !Schedulers.isInNonBlockingThread()
                && Deadline.in(Deadline.bounded(atMost).plusSeconds(1)).await(done)
                && !done.isCompletedExceptionally()
                && done.getNow(false);
    }
}
