// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Turns answers that come in any order into one cursor: a batch is acknowledged to its source only after all batches before
 * it. Owned by one thread.
 */
final class AckWindow {

    private final ArrayDeque<Receipt> open = new ArrayDeque<>();
    private long last;
    private long low;

    /** Gives the next sequence number, from 1 on. */
    Receipt open(@Nullable Runnable ack) {
        Receipt receipt = new Receipt(++last, ack);
        open.add(receipt);
        return receipt;
    }

    /** One part of a batch is settled; moves the cursor as far as it can. */
    void settle(Receipt receipt) {
        if (--receipt.parts > 0) {
            return;
        }
        for (Receipt oldest; (oldest = open.peek()) != null && oldest.parts <= 0; ) {
            open.poll();
            low = oldest.sequence;
            if (oldest.ack != null) {
                oldest.ack.run();
            }
        }
    }

    /** The highest number given out. */
    long last() {
        return last;
    }

    /** All batches up to here are settled. */
    long low() {
        return low;
    }

    int size() {
        return open.size();
    }

    /** The number of one batch, and how many of its parts are not settled. */
    static final class Receipt {

        final long sequence;
        private final @Nullable Runnable ack;
        private int parts = 1;

        private Receipt(long sequence, @Nullable Runnable ack) {
            this.sequence = sequence;
            this.ack = ack;
        }

        /** The batch was cut: {@code more} parts have to be settled in addition. */
        void split(int more) {
            parts += more;
        }
    }
}
