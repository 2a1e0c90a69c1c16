// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.log.LogPipe;
import dev.weir.otlp.OtlpExport;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import org.jspecify.annotations.Nullable;

/**
 * What was built or joined to carry the three signals.
 *
 * @param openTelemetry what instruments use
 * @param sdk our own SDK; null when another one was joined
 * @param meters the provider that reads our latencies out beside a joined SDK; null with an SDK of our own, or when another
 *     exporter was chosen for metrics
 * @param joined how the other one was found; null with an SDK of our own
 * @param logs whether the records of the pipe go out; false when another exporter was chosen for logs
 */
record Rooms(
        OpenTelemetry openTelemetry,
        @Nullable OpenTelemetrySdk sdk,
        @Nullable SdkMeterProvider meters,
        @Nullable String joined,
        LogPipe pipe,
        OtlpExport export,
        boolean logs,
        String serviceName) {}
