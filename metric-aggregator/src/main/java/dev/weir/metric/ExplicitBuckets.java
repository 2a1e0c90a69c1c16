// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.DoubleExemplarData;
import io.opentelemetry.sdk.metrics.data.HistogramData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Histograms of seconds with explicit bounds. Immutable. */
final class ExplicitBuckets implements ReadOutFormat {
    /*
     * A slot that a bound cuts is split as if its values were spread evenly, rounded so that both parts together are
     * the slot's count. Each part only grows when the count grows, so the buckets of a cumulative series never fall;
     * for that at most one bound may lie in a slot, which validate() ensures.
     */

    private final HdrLayout layout;

    ExplicitBuckets(HdrLayout layout) {
        this.layout = layout;
    }

    /**
     * @throws IllegalArgumentException when the bounds do not rise, are not positive, or two lie in one slot
     */
    static void validate(HdrLayout layout, double[] seconds) {
        int lastSlot = -1;
        double last = 0;
        for (double bound : seconds) {
            if (!(bound > last) || bound * 1e9 > layout.highest()) {
                throw invalid(seconds, "bounds that rise from above 0 to at most " + layout.highest() / 1e9 + " s");
            }
            int slot = layout.slotOf(Math.round(bound * 1e9));
            if (slot == lastSlot) {
                throw invalid(
                        seconds,
                        "bounds farther apart than the recorded precision of " + layout.digits() + " digits, unlike "
                                + last + " and " + bound);
            }
            lastSlot = slot;
            last = bound;
        }
    }

    private static IllegalArgumentException invalid(double[] seconds, String allowed) {
        return new IllegalArgumentException(
                "explicitBounds is \"" + Arrays.toString(seconds) + "\", allowed: " + allowed);
    }

    /** The counts at or below each bound but above the one before, and of all above the last. */
    long[] split(long[] counts, double[] seconds) {
        long[] buckets = new long[seconds.length + 1];
        int slot = 0;
        long carry = 0;
        for (int i = 0; i < seconds.length; i++) {
            long bound = Math.round(seconds[i] * 1e9);
            int cut = layout.slotOf(bound);
            long sum = carry;
            for (; slot < cut; slot++) {
                sum += counts[slot];
            }
            long below = partAtOrBelow(counts[cut], bound - layout.lowerEdge(cut) + 1, layout.width(cut));
            buckets[i] = sum + below;
            carry = counts[cut] - below;
            slot = cut + 1;
        }
        long sum = carry;
        for (; slot < counts.length; slot++) {
            sum += counts[slot];
        }
        buckets[seconds.length] = sum;
        return buckets;
    }

    /** {@code count · part / width}, rounded half up; the width is a power of two. */
    private static long partAtOrBelow(long count, long part, long width) {
        return part >= width ? count : Math.round(count * ((double) part / width));
    }

    @Override
    public Points start(LatencyHistogram histogram) {
        return new Collected(histogram);
    }

    private final class Collected implements Points {

        private final LatencyHistogram histogram;
        private final List<Double> boundaries;
        private final List<HistogramPointData> points = new ArrayList<>();

        Collected(LatencyHistogram histogram) {
            this.histogram = histogram;
            List<Double> boxed = new ArrayList<>();
            for (double bound : histogram.bounds()) {
                boxed.add(bound);
            }
            this.boundaries = List.copyOf(boxed);
        }

        @Override
        public void add(Point point) {
            List<Long> counts = new ArrayList<>(boundaries.size() + 1);
            for (long count : split(point.total().counts(), histogram.bounds())) {
                counts.add(count);
            }
            points.add(new ExplicitPoint(
                    point.startEpochNanos(),
                    point.epochNanos(),
                    point.attributes(),
                    point.exemplars(),
                    point.sumSeconds(),
                    point.total().count(),
                    point.minSeconds(),
                    point.maxSeconds(),
                    boundaries,
                    counts));
        }

        @Override
        public boolean isEmpty() {
            return points.isEmpty();
        }

        @Override
        public MetricData finish(Resource resource, AggregationTemporality temporality) {
            return LatencyMetricData.of(histogram, resource, HistogramData.create(temporality, points));
        }
    }

    /** The SDK has no public factory for a histogram point with exemplars. */
    private record ExplicitPoint(
            long getStartEpochNanos,
            long getEpochNanos,
            Attributes getAttributes,
            List<DoubleExemplarData> getExemplars,
            double getSum,
            long getCount,
            double getMin,
            double getMax,
            List<Double> getBoundaries,
            List<Long> getCounts)
            implements HistogramPointData {

        @Override
        public boolean hasMin() {
            return true;
        }

        @Override
        public boolean hasMax() {
            return true;
        }
    }
}
