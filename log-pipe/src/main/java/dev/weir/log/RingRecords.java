// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** How many records are in the ring. Thread-safe; does not lead to the ring, because the ledger keeps it after a close. */
final class RingRecords {

    private final LongAdder entered = new LongAdder();
    private final AtomicLong stored = new AtomicLong();
    private final AtomicLong gone = new AtomicLong();

    void enters() {
        entered.increment();
    }

    /** {@code records} are in a store now. */
    void stored(long records) {
        stored.addAndGet(records);
    }

    /** {@code records} were given up or lost. */
    void gone(long records) {
        gone.addAndGet(records);
    }

    /** Records in the ring; one that is being stored counts here and in the store for a moment. */
    long inside() {
        long left = stored.get() + gone.get();
        return Math.max(0, entered.sum() - left);
    }

    /** Records that were given up or lost. */
    long gone() {
        return gone.get();
    }

    /** Records that were accepted. */
    long entered() {
        return entered.sum();
    }
}
