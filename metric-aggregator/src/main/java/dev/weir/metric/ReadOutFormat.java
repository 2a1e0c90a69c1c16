// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.DoubleExemplarData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.resources.Resource;
import java.util.List;

/** Turns slots into one of OpenTelemetry's histograms. Stateless; thread-safe. */
interface ReadOutFormat {

    /** One series at the moment of collection. */
    record Point(
            Attributes attributes,
            long startEpochNanos,
            long epochNanos,
            WindowSnapshot total,
            List<DoubleExemplarData> exemplars) {

        double sumSeconds() {
            return total.sumNanos() / 1e9;
        }

        double minSeconds() {
            return total.minNanos() / 1e9;
        }

        double maxSeconds() {
            return total.maxNanos() / 1e9;
        }
    }

    /** Collects the points of one metric; a point's snapshot is valid during the call only. */
    interface Points {

        void add(Point point);

        /** Whether nothing was added. */
        boolean isEmpty();

        MetricData finish(Resource resource, AggregationTemporality temporality);
    }

    /** Starts a metric. */
    Points start(LatencyHistogram histogram);
}
