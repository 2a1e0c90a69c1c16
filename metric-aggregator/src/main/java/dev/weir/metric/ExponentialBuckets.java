// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramBuckets;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Exponential histograms of seconds. Immutable; the slot table is shared by all series. */
final class ExponentialBuckets implements ReadOutFormat {
    /*
     * Each slot has one bucket at the finest scale, found once for the slot's middle; a bucket at a coarser scale is
     * that index shifted, since bases are powers of each other. No logarithm is taken later. The middle of a slot is at
     * most half a slot from any of its values, so a value moves by one bucket at most as long as buckets are wider than
     * slots, which MAX_SCALE ensures at two digits. The scale only falls as a series grows, because the range of its
     * slots only widens.
     */

    static final int TABLE_SCALE = 8;
    static final int MAX_SCALE = 6;

    private static final ExponentialHistogramBuckets[] NO_NEGATIVES = new ExponentialHistogramBuckets[MAX_SCALE + 1];

    static {
        for (int scale = 0; scale <= MAX_SCALE; scale++) {
            NO_NEGATIVES[scale] = ExponentialHistogramBuckets.create(scale, 0, Collections.emptyList());
        }
    }

    private final int maxBuckets;
    private final int[] indexes;

    ExponentialBuckets(HdrLayout layout, int maxBuckets) {
        this.maxBuckets = maxBuckets;
        this.indexes = new int[layout.slots()];
        for (int slot = 1; slot < indexes.length; slot++) {
            double middle = (layout.lowerEdge(slot) + layout.width(slot) / 2.0) / 1e9;
            indexes[slot] = indexOf(middle, TABLE_SCALE);
        }
    }

    /** The bucket of a value: buckets exclude their lower bound and include their upper one. */
    static int indexOf(double value, int scale) {
        return (int) Math.ceil(Math.scalb(Math.log(value) / Math.log(2), scale)) - 1;
    }

    int indexOf(int slot, int scale) {
        return indexes[slot] >> (TABLE_SCALE - scale);
    }

    /** The finest scale at which the slots from {@code first} to {@code last} need no more buckets than allowed. */
    int scaleFor(int first, int last) {
        int scale = MAX_SCALE;
        while (scale > 0 && indexOf(last, scale) - indexOf(first, scale) >= maxBuckets) {
            scale--;
        }
        return scale;
    }

    @Override
    public Points start(LatencyHistogram histogram) {
        return new Collected(histogram);
    }

    ExponentialHistogramPointData toPoint(Point point) {
        long[] counts = point.total().counts();
        long zeros = counts[0];
        int first = 1;
        int last = indexes.length - 1;
        while (first <= last && counts[first] == 0) {
            first++;
        }
        while (last > first && counts[last] == 0) {
            last--;
        }
        boolean empty = first > last;
        int scale = empty ? MAX_SCALE : scaleFor(first, last);
        List<Long> buckets = Collections.emptyList();
        int offset = 0;
        if (!empty) {
            offset = indexOf(first, scale);
            long[] sums = new long[indexOf(last, scale) - offset + 1];
            for (int slot = first; slot <= last; slot++) {
                sums[indexOf(slot, scale) - offset] += counts[slot];
            }
            buckets = new ArrayList<>(sums.length);
            for (long sum : sums) {
                buckets.add(sum);
            }
        }
        return ExponentialHistogramPointData.create(
                scale,
                point.sumSeconds(),
                zeros,
                true,
                point.minSeconds(),
                true,
                point.maxSeconds(),
                ExponentialHistogramBuckets.create(scale, offset, buckets),
                NO_NEGATIVES[scale],
                point.startEpochNanos(),
                point.epochNanos(),
                point.attributes(),
                point.exemplars());
    }

    private final class Collected implements Points {

        private final LatencyHistogram histogram;
        private final List<ExponentialHistogramPointData> points = new ArrayList<>();

        Collected(LatencyHistogram histogram) {
            this.histogram = histogram;
        }

        @Override
        public void add(Point point) {
            points.add(toPoint(point));
        }

        @Override
        public boolean isEmpty() {
            return points.isEmpty();
        }

        @Override
        public MetricData finish(Resource resource, AggregationTemporality temporality) {
            return LatencyMetricData.of(histogram, resource, ExponentialHistogramData.create(temporality, points));
        }
    }
}
