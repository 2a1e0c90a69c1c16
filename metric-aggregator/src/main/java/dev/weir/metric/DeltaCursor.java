// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import org.jspecify.annotations.Nullable;

/**
 * How far one delta reader has read one series: the counts and the sum that it read last, and the extremes since then.
 * Counts wrap as those of the cells do. Guarded by the lock of the histogram that the series belongs to.
 */
final class DeltaCursor {

    private final int[] @Nullable [] known;
    private long sum;
    private long min;
    private long max;

    DeltaCursor(int pages) {
        this.known = new int[pages][];
        forgetExtremes();
    }

    /** The counts of page {@code index} at the last reading; the reader writes them. */
    int[] page(int index) {
        int[] page = known[index];
        if (page == null) {
            page = new int[HdrLayout.PAGE_SLOTS];
            known[index] = page;
        }
        return page;
    }

    /** What the sum of everything has grown by, when it is {@code now}. */
    long sumTo(long now) {
        long grown = now - sum;
        sum = now;
        return grown;
    }

    void addExtremes(long min, long max) {
        this.min = Math.min(this.min, min);
        this.max = Math.max(this.max, max);
    }

    /** {@link Long#MAX_VALUE} when there is none. */
    long min() {
        return min;
    }

    /** -1 when there is none. */
    long max() {
        return max;
    }

    void forgetExtremes() {
        min = Long.MAX_VALUE;
        max = -1;
    }
}
