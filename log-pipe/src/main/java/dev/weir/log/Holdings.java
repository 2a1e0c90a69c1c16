// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.DropReason;
import dev.weir.core.SignalLedger;
import dev.weir.log.internal.store.Journal;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Where the accepted records of a pipe are (the ring, the store in use, the stores beside it), and the ledger's part of what
 * happens to them there. Changed by the disk's thread, read by any.
 */
final class Holdings {

    private final SignalLedger ledger;
    private final RingRecords ring;
    private final DropCounts drops;
    private volatile @Nullable Journal journal;
    /** The store in use, those that failed, one of an earlier run whose records are being moved. */
    private final List<Journal> stores = new CopyOnWriteArrayList<>();

    /** What stores and rings of earlier runs had; a record of a ring counts once it is stored. */
    private final AtomicLong found = new AtomicLong();

    private final boolean ringOutlivesProcess;

    Holdings(SignalLedger ledger, RingRecords ring, DropCounts drops, boolean ringOutlivesProcess) {
        this.ledger = ledger;
        this.ring = ring;
        this.drops = drops;
        this.ringOutlivesProcess = ringOutlivesProcess;
    }

    void lost(DropReason reason, long records, long[] bySeverity) {
        ledger.dropped(reason, records);
        for (int i = 0; i < bySeverity.length; i++) {
            drops.add(reason, i, bySeverity[i]);
        }
    }

    /** From now on records go to {@code opened}; what it found is held again. */
    void opened(Journal opened) {
        recovered(opened.held());
        ledger.recovered(opened.corruptedAtOpen());
        ledger.dropped(DropReason.CORRUPTED, opened.corruptedAtOpen());
        stores.add(opened);
        journal = opened;
    }

    /** A store of another kind, left by an earlier run, is emptied into the one in use. */
    void leftover(Journal leftover) {
        recovered(leftover.held());
        stores.add(leftover);
    }

    /** {@code records} of an earlier run were found in a store, or in a ring and are in the store now. */
    void recovered(long records) {
        found.addAndGet(records);
        ledger.recovered(records);
    }

    /**
     * Records inside: in the ring, in a store, handed out and not answered. Derived from what came and what is gone, so that
     * a record counts once while it moves from one place to the next.
     */
    long records() {
        long gone = ring.gone();
        for (Journal store : stores) {
            gone += store.gone();
        }
        return Math.max(0, ring.entered() + found.get() - gone);
    }

    /** Those that a subscriber can still get: not what a store holds that failed. */
    long deliverable() {
        Journal at = journal;
        return ring.inside() + (at == null ? 0 : at.held());
    }

    /** At the end: what is in memory only is counted as lost, and no longer held. */
    long loseWhatIsInMemory() {
        long lost = 0;
        if (!ringOutlivesProcess) {
            lost += ring.inside();
            ring.gone(ring.inside());
        }
        for (Journal store : stores) {
            lost += lose(store);
        }
        ledger.dropped(DropReason.SHUTDOWN, lost);
        return lost;
    }

    private static long lose(Journal from) {
        long held = from.store().isDurable() ? 0 : from.held();
        from.settled(held);
        return held;
    }

    /** Real bytes of the store in use. */
    long bytes() {
        Journal at = journal;
        return at == null ? 0 : at.bytes();
    }

    /** Damaged places in the store in use. */
    long damaged() {
        Journal at = journal;
        return at == null ? 0 : at.damaged();
    }
}
