// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.pipe;

import dev.weir.log.internal.ring.Producers;
import java.util.concurrent.atomic.AtomicLong;

/** How many records are in the rings. Thread-safe; does not lead to the ring, because the ledger keeps it after a close. */
public final class RingRecords {

    private final Producers producers;
    private final AtomicLong stored = new AtomicLong();
    private final AtomicLong gone = new AtomicLong();

    public RingRecords(Producers producers) {
        this.producers = producers;
    }

    /** {@code records} are in a store now. */
    public void stored(long records) {
        stored.addAndGet(records);
    }

    /** {@code records} that had been accepted were lost. */
    public void gone(long records) {
        gone.addAndGet(records);
    }

    /** Records in the ring; one that is being stored counts here and in the store for a moment. */
    public long inside() {
        return insideOf(entered());
    }

    /** As {@link #inside}, of the first {@code accepted} records. */
    public long insideOf(long accepted) {
        long left = stored.get() + gone.get();
        return Math.max(0, accepted - left);
    }

    /** Accepted records that were lost. */
    public long gone() {
        return gone.get();
    }

    /** Records that were accepted. */
    public long entered() {
        return producers.accepted();
    }
}
