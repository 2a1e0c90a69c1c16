/**
 * Latency histograms with labels, percentiles of the last minute inside the process, and an exact read-out for
 * OpenTelemetry. Start at {@link dev.weir.metric.LatencyMetrics#builder()}.
 *
 * <p>Recording takes no lock, reads no clock, allocates nothing once a series is warm and never throws. The number of
 * series is bounded; records that do not fit are counted in one overflow series, so that totals stay exact.
 */
@NullMarked
package dev.weir.metric;

import org.jspecify.annotations.NullMarked;
