// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import java.util.ArrayDeque;

/**
 * Turns answers that come in any order into one cursor: all batches up to it are settled. Owned by one thread.
 */
final class AckWindow {

    private final ArrayDeque<Receipt> open = new ArrayDeque<>();
    private long last;
    private int unsettled;
    private long low;

    /**
     * Gives the next sequence number, from 1 on.
     *
     * @param stored whether the batch is in the spool
     */
    Receipt open(boolean stored) {
        Receipt receipt = new Receipt(++last, stored);
        open.add(receipt);
        unsettled++;
        return receipt;
    }

    /** One part of a batch is settled; moves the cursor as far as it can. */
    void settle(Receipt receipt) {
        if (--receipt.parts > 0) {
            return;
        }
        unsettled--;
        for (Receipt oldest; (oldest = open.peek()) != null && oldest.parts <= 0; ) {
            open.poll();
            low = oldest.sequence;
        }
    }

    /** The highest number given out. */
    long last() {
        return last;
    }

    /** How many batches are not settled. */
    int unsettled() {
        return unsettled;
    }

    /** All batches up to here are settled. */
    long low() {
        return low;
    }

    /** All batches up to here are settled or in the spool. */
    long safe() {
        for (Receipt receipt : open) {
            if (!receipt.stored && receipt.parts > 0) {
                return receipt.sequence - 1;
            }
        }
        return last;
    }

    /** The number of one batch, and how many of its parts are not settled. */
    static final class Receipt {

        final long sequence;
        private final boolean stored;
        private int parts = 1;

        private Receipt(long sequence, boolean stored) {
            this.sequence = sequence;
            this.stored = stored;
        }

        /** The batch was cut: {@code more} parts have to be settled in addition. */
        void split(int more) {
            parts += more;
        }
    }
}
