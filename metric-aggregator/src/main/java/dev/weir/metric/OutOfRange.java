// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import java.util.concurrent.atomic.LongAdder;

/** Counts the records that do not fit the range of a histogram. Thread-safe. */
final class OutOfRange {

    private final LongAdder rejected = new LongAdder();
    private final LongAdder clipped = new LongAdder();

    /** A record was not counted anywhere. */
    void reject() {
        rejected.increment();
    }

    /**
     * Counts a duration that is negative or above the range.
     *
     * @return the duration to record in the highest slot; -1 when it is rejected
     */
    long clip(long nanos) {
        if (nanos < 0) {
            reject();
            return -1;
        }
        clipped.increment();
        return Math.min(nanos, Cell.VALUE_MASK);
    }

    long rejected() {
        return rejected.sum();
    }

    long clipped() {
        return clipped.sum();
    }
}
