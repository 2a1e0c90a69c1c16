// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** How many records are in the ring. Thread-safe; does not lead to the ring, because the ledger keeps it after a close. */
final class RingRecords {

    private final LongAdder entered = new LongAdder();
    private final AtomicLong left = new AtomicLong();

    void entered() {
        entered.increment();
    }

    void left(long records) {
        left.addAndGet(records);
    }

    long inside() {
        return Math.max(0, entered.sum() - left.get());
    }
}
