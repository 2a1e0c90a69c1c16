// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

/**
 * How latencies are read out for OpenTelemetry; the values of
 * {@code OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION}.
 *
 * @since 0.1
 */
public enum HistogramKind {
    /** Exponential histograms: a relative error of a few per cent everywhere, no bounds to choose. */
    BASE2_EXPONENTIAL_BUCKET_HISTOGRAM,
    /** Explicit bounds: for receivers that support nothing else. */
    EXPLICIT_BUCKET_HISTOGRAM
}
