// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import java.time.Duration;

/**
 * Numbers the intervals of all series and remembers when the last ones began. Thread-safe; the number is one volatile
 * read.
 */
final class IntervalClock {

    private final long intervalNanos;
    private final int intervals;
    private final long[] starts;
    private volatile long open;

    /** @param intervals how many closed intervals make a window */
    IntervalClock(long intervalNanos, int intervals, long now) {
        this.intervalNanos = intervalNanos;
        this.intervals = intervals;
        this.starts = new long[intervals + 2];
        starts[0] = now;
    }

    /** How long an interval is. */
    Duration interval() {
        return Duration.ofNanos(intervalNanos);
    }

    /** How many closed intervals make a window. */
    int intervals() {
        return intervals;
    }

    /** The number of the open interval; the first is 0. */
    long open() {
        return open;
    }

    /**
     * Ends the open interval now. After a pause the intervals that were missed are there, and empty: the one that was
     * open keeps its true length. Less than half an interval after the last call nothing happens.
     */
    synchronized void advance(long now) {
        long from = open;
        long elapsed = now - start(from);
        long steps = (elapsed + intervalNanos / 2) / intervalNanos;
        if (steps <= 0) {
            return;
        }
        for (long id = Math.max(from + 1, from + steps - starts.length); id <= from + steps; id++) {
            starts[(int) (id % starts.length)] = now;
        }
        open = from + steps;
    }

    /** Nanoseconds from the beginning of interval {@code id} (or of the first) to {@code now}. */
    synchronized long nanosSince(long id, long now) {
        return Math.max(0, now - start(id));
    }

    private long start(long id) {
        long known = Math.max(id, Math.max(0, open - starts.length + 1));
        return starts[(int) (known % starts.length)];
    }
}
