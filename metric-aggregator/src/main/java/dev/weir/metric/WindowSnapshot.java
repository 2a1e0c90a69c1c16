// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import java.util.Arrays;
import org.HdrHistogram.Histogram;

/**
 * The distribution of the latencies of one or more series over a period of time: a copy that its holder may keep, read
 * and fill again. All times are nanoseconds.
 *
 * <p>Not thread-safe. About 30 KiB at the default range and precision; filling it again allocates nothing. A percentile
 * is the one that an HdrHistogram with the same content answers, to the bit; count, sum, minimum and maximum are exact.
 *
 * @since 0.1
 */
public final class WindowSnapshot {

    private final HdrLayout layout;
    private final long[] counts;
    private final Interval.Target adder;
    private long count;
    private long sum;
    private long min;
    private long max;
    private long coveredNanos;

    WindowSnapshot(HdrLayout layout) {
        this.layout = layout;
        this.counts = new long[layout.pages() << HdrLayout.PAGE_SHIFT];
        this.adder = (slot, hits) -> counts[slot] += hits;
        reset();
    }

    /** {@return the number of records} */
    public long count() {
        return count;
    }

    /** {@return the sum of all values} */
    public long sumNanos() {
        return sum;
    }

    /** {@return the smallest value; 0 when there is none} */
    public long minNanos() {
        return count == 0 ? 0 : min;
    }

    /** {@return the largest value; 0 when there is none} */
    public long maxNanos() {
        return count == 0 ? 0 : max;
    }

    /** {@return the mean; NaN when there are no records} */
    public double meanNanos() {
        return count == 0 ? Double.NaN : (double) sum / count;
    }

    /** {@return how long the period really was, in nanoseconds} */
    public long coveredNanos() {
        return coveredNanos;
    }

    /** {@return the records per second of the covered time; 0 when no time is covered} */
    public double ratePerSecond() {
        return coveredNanos == 0 ? 0 : count * 1e9 / coveredNanos;
    }

    /**
     * Finds the value that {@code percentile} per cent of the records do not exceed, within one slot.
     *
     * @param percentile 0…100
     * @return nanoseconds; NaN when there are no records
     * @throws IllegalArgumentException when the percentile is out of range
     */
    public double percentileNanos(double percentile) {
        requirePercentile(percentile);
        if (count == 0) {
            return Double.NaN;
        }
        long rank = HdrLayout.rank(percentile, count);
        long before = 0;
        for (int slot = 0; slot < counts.length; slot++) {
            before += counts[slot];
            if (before >= rank) {
                return layout.valueAt(percentile, slot);
            }
        }
        return Double.NaN;
    }

    static void requirePercentile(double percentile) {
        if (!(percentile >= 0 && percentile <= 100)) {
            throw new IllegalArgumentException("percentile is \"" + percentile + "\", allowed: 0…100");
        }
    }

    /** {@return the median; NaN when there are no records} */
    public double p50Nanos() {
        return percentileNanos(50);
    }

    /** {@return the 95th percentile; NaN when there are no records} */
    public double p95Nanos() {
        return percentileNanos(95);
    }

    /** {@return the 99th percentile; NaN when there are no records} */
    public double p99Nanos() {
        return percentileNanos(99);
    }

    /**
     * {@return the number of records that took {@code nanos} or less, within one slot}
     *
     * @param nanos a negative one has no records, one above the range has all
     */
    public long countUpTo(long nanos) {
        if (nanos < 0) {
            return 0;
        }
        int last = layout.slotOf(Math.min(nanos, layout.highest()));
        long total = 0;
        for (int slot = 0; slot <= last; slot++) {
            total += counts[slot];
        }
        return total;
    }

    /**
     * Copies the counts into an HdrHistogram, for its tools and its encoding.
     *
     * @return a new histogram of nanoseconds with the same range and precision
     */
    public Histogram toHistogram() {
        Histogram histogram = new Histogram(layout.lowest(), layout.highest(), layout.digits());
        for (int slot = 0; slot < counts.length; slot++) {
            if (counts[slot] != 0) {
                histogram.recordValueWithCount(Math.min(layout.lowerEdge(slot), layout.highest()), counts[slot]);
            }
        }
        return histogram;
    }

    HdrLayout layout() {
        return layout;
    }

    long[] counts() {
        return counts;
    }

    void reset() {
        Arrays.fill(counts, 0);
        count = 0;
        sum = 0;
        min = Long.MAX_VALUE;
        max = -1;
        coveredNanos = 0;
    }

    void cover(long nanos) {
        coveredNanos = nanos;
    }

    void addTotals(long count, long sum) {
        this.count += count;
        this.sum += sum;
    }

    void addExtremes(long min, long max) {
        this.min = Math.min(this.min, min);
        this.max = Math.max(this.max, max);
    }

    void subtract(Interval interval) {
        interval.addTo(adder, -1);
        count -= interval.count();
        sum -= interval.sum();
    }

    @Override
    public String toString() {
        return count == 0
                ? "no records"
                : String.format(
                        java.util.Locale.ROOT,
                        "%d records, %.1f/s, p50 %.3f ms, p95 %.3f ms, p99 %.3f ms, max %.3f ms",
                        count,
                        ratePerSecond(),
                        p50Nanos() / 1e6,
                        p95Nanos() / 1e6,
                        p99Nanos() / 1e6,
                        max / 1e6);
    }
}
