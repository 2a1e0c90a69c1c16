// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import io.opentelemetry.api.common.Attributes;
import java.util.List;

/**
 * The window of one series, summarized. Times are nanoseconds; immutable.
 *
 * @param metric the histogram's name
 * @param attributes the labels and their values
 * @param count records in the window
 * @param ratePerSecond records per second of the window
 * @param p50Nanos the median
 * @param p95Nanos the 95th percentile
 * @param p99Nanos the 99th percentile
 * @param minNanos the smallest value, exact
 * @param maxNanos the largest value, exact
 * @param sumNanos the sum of all values, exact
 * @param exemplars traces behind some of the latest values, fast ones first; empty when no trace was sampled
 * @since 0.1
 */
public record SeriesSummary(
        String metric,
        Attributes attributes,
        long count,
        double ratePerSecond,
        double p50Nanos,
        double p95Nanos,
        double p99Nanos,
        long minNanos,
        long maxNanos,
        long sumNanos,
        List<LatencyExemplar> exemplars) {

    static SeriesSummary of(String metric, BoundLatency series, WindowSnapshot window) {
        return new SeriesSummary(
                metric,
                series.attributes(),
                window.count(),
                window.ratePerSecond(),
                window.p50Nanos(),
                window.p95Nanos(),
                window.p99Nanos(),
                window.minNanos(),
                window.maxNanos(),
                window.sumNanos(),
                List.copyOf(series.exemplars()));
    }
}
