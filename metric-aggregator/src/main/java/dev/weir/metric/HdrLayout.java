// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

/**
 * Maps values to the slots of an HdrHistogram with the same range and precision, and back. Immutable.
 *
 * <p>Slots are grouped into pages of {@value #PAGE_SLOTS} counters, the unit in which cells grow.
 */
final class HdrLayout {
    /*
     * The arithmetic is HdrHistogram's [1]: a value belongs to the bucket of its highest bit and, within it, to one of
     * subBucketHalfCount equal slots; bucket 0 has twice as many. The index is one leading-zero count and two shifts.
     * Identity with the library is asserted in the tests, so that percentiles can be compared and merged with any other
     * HdrHistogram.
     *
     * Pages are half an octave at two digits: a latency series touches few octaves, and seldom the whole of the outer
     * ones.
     *
     * [1] Gil Tene, HdrHistogram, AbstractHistogram.countsArrayIndex, https://github.com/HdrHistogram/HdrHistogram
     */

    /** Counters in one page. */
    static final int PAGE_SLOTS = 1 << HdrLayout.PAGE_SHIFT;

    static final int PAGE_SHIFT = 6;
    static final int PAGE_MASK = PAGE_SLOTS - 1;

    private final long lowest;
    private final long highest;
    private final int digits;
    private final int unitMagnitude;
    private final int halfCountMagnitude;
    private final int halfCount;
    private final long subBucketMask;
    private final int leadingZeroBase;
    private final int slots;

    /**
     * @param lowest the smallest value that is distinguished from 0, at least 1
     * @param highest the largest value to track, at least twice the lowest
     * @param digits significant decimal digits, 1…3
     */
    HdrLayout(long lowest, long highest, int digits) {
        this.lowest = lowest;
        this.highest = highest;
        this.digits = digits;
        long singleUnitResolution = 2 * Math.round(Math.pow(10, digits));
        int countMagnitude = 64 - Long.numberOfLeadingZeros(singleUnitResolution - 1);
        this.unitMagnitude = 63 - Long.numberOfLeadingZeros(lowest);
        this.halfCountMagnitude = countMagnitude - 1;
        this.halfCount = 1 << halfCountMagnitude;
        this.subBucketMask = ((1L << countMagnitude) - 1) << unitMagnitude;
        this.leadingZeroBase = 64 - unitMagnitude - countMagnitude;
        int buckets = 1;
        long firstBeyond = (1L << countMagnitude) << unitMagnitude;
        while (firstBeyond <= highest) {
            firstBeyond <<= 1;
            buckets++;
        }
        this.slots = (buckets + 1) << halfCountMagnitude;
    }

    long lowest() {
        return lowest;
    }

    long highest() {
        return highest;
    }

    int digits() {
        return digits;
    }

    /** How many slots there are. */
    int slots() {
        return slots;
    }

    int pages() {
        return (slots + PAGE_MASK) >>> PAGE_SHIFT;
    }

    /** The slot of {@code value}, which must be within 0…highest. */
    int slotOf(long value) {
        int bucket = leadingZeroBase - Long.numberOfLeadingZeros(value | subBucketMask);
        return (bucket << halfCountMagnitude) + (int) (value >>> (bucket + unitMagnitude));
    }

    /** The smallest value of {@code slot}. */
    long lowerEdge(int slot) {
        int bucket = (slot >>> halfCountMagnitude) - 1;
        int inBucket = (slot & (halfCount - 1)) + halfCount;
        if (bucket < 0) {
            inBucket -= halfCount;
            bucket = 0;
        }
        return ((long) inBucket) << (bucket + unitMagnitude);
    }

    /** How many values share {@code slot}. */
    long width(int slot) {
        return 1L << (Math.max(0, (slot >>> halfCountMagnitude) - 1) + unitMagnitude);
    }

    /** The largest value of {@code slot}. */
    long upperEdge(int slot) {
        return lowerEdge(slot) + width(slot) - 1;
    }

    /**
     * How many records, counted from the smallest, a percentile must cover: HdrHistogram's rounding, to the bit.
     *
     * @param percentile 0…100
     */
    static long rank(double percentile, long total) {
        double below = Math.min(Math.max(Math.nextAfter(percentile, Double.NEGATIVE_INFINITY), 0.0), 100.0);
        return Math.max(1, (long) Math.ceil(below * total / 100.0));
    }

    /** What HdrHistogram answers when {@code percentile} falls into {@code slot}. */
    long valueAt(double percentile, int slot) {
        return percentile == 0.0 ? lowerEdge(slot) : upperEdge(slot);
    }
}
