// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import java.util.List;

/** Settings of OpenTelemetry that several rooms read: one name has one declaration. */
public final class OtelSettings {

    /** How histograms are aggregated. Without it each room decides: the exporter as OpenTelemetry, Weir's latencies by base 2. */
    public static final Setting<String> DEFAULT_HISTOGRAM = Setting.oneOf(
            "otel.exporter.otlp.metrics.default.histogram.aggregation",
            "how histograms are aggregated",
            List.of("explicit_bucket_histogram", "base2_exponential_bucket_histogram"));

    private OtelSettings() {}
}
