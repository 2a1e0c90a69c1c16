// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.pipe;

import dev.weir.core.DropReason;
import dev.weir.core.SignalLedger;
import dev.weir.log.internal.store.Entry;
import dev.weir.log.internal.store.Journal;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where the accepted records of a pipe are (the rings, the store in use, the stores beside it), and the ledger's part of what
 * happens to them there. Changed by the disk's thread, read by any. Leads to no ring, because the ledger keeps it after a close.
 */
public final class RecordAccount {

    private static final int UNKNOWN = Entry.severityClass(0);

    private final SignalLedger ledger;
    private final RingRecords ring;
    private final DropCounts drops;
    /** The store in use, those that fail, one of an earlier run. */
    private final List<Journal> stores = new CopyOnWriteArrayList<>();
    /** The stores that fail: their records cannot be given out. */
    private final Set<Journal> unreachable = ConcurrentHashMap.newKeySet();

    /** What stores and rings of earlier runs had; a record of a ring counts once it is stored. */
    private final AtomicLong found = new AtomicLong();

    private final AtomicLong damagedInRings = new AtomicLong();

    public RecordAccount(SignalLedger ledger, RingRecords ring, DropCounts drops) {
        this.ledger = ledger;
        this.ring = ring;
        this.drops = drops;
    }

    /** A record whose severity is not known counts as info. */
    public void lost(DropReason reason, long records, long[] bySeverity) {
        long left = records;
        for (int i = 0; i < bySeverity.length; i++) {
            long known = Math.min(left, bySeverity[i]);
            drops.lost(reason, i, known);
            left -= known;
        }
        drops.lost(reason, UNKNOWN, left);
    }

    private void lost(DropReason reason, long records) {
        drops.lost(reason, UNKNOWN, records);
    }

    /** As {@link #lost}, of what was not counted yet. */
    public void lostOfEarlierRun(DropReason reason, long records, long[] bySeverity) {
        ledger.recovered(records);
        lost(reason, records, bySeverity);
    }

    /** {@code records} of an earlier run were found, damaged: they come and go at once. */
    public void corrupted(long records) {
        ledger.recovered(records);
        lost(DropReason.CORRUPTED, records);
    }

    /** An old ring had {@code places} more that were not whole, and {@code records} in them. */
    public void corruptedInRing(long records, long places) {
        corrupted(records);
        damagedInRings.addAndGet(places);
    }

    /** A ring of this run was cut; of the first {@code accepted} records nothing is left that could be read. */
    public void ringCut(long accepted) {
        long records = ring.insideOf(accepted);
        lost(DropReason.CORRUPTED, records);
        ring.gone(records);
        damagedInRings.incrementAndGet();
    }

    /** What {@code opened} found is held again. */
    public void opened(Journal opened) {
        recovered(opened.held());
        corrupted(opened.corruptedAtOpen());
        stores.add(opened);
    }

    public void reachable(Journal store, boolean reachable) {
        if (reachable) {
            unreachable.remove(store);
        } else {
            unreachable.add(store);
        }
    }

    /** {@code records} of an earlier run were found in a store, or in a ring and are in the store now. */
    public void recovered(long records) {
        found.addAndGet(records);
        ledger.recovered(records);
    }

    /**
     * Records inside: in the ring, in a store, handed out and not answered. Derived from what came and what is gone, so that
     * a record counts once while it moves from one place to the next.
     */
    public long records() {
        long gone = ring.gone();
        for (Journal store : stores) {
            gone += store.gone();
        }
        return Math.max(0, ring.entered() + found.get() - gone);
    }

    /** Those that a subscriber can still get: not what a store holds that fails. */
    public long deliverable() {
        long held = ring.inside();
        for (Journal store : stores) {
            held += unreachable.contains(store) ? 0 : store.held();
        }
        return held;
    }

    /** At the end: what is in memory only, as {@code inRings} are, is counted as lost, and no longer held. */
    public long loseWhatIsInMemory(long inRings) {
        long lost = inRings;
        ring.gone(inRings);
        for (Journal store : stores) {
            lost += lose(store);
        }
        lost(DropReason.SHUTDOWN, lost);
        return lost;
    }

    private static long lose(Journal from) {
        long held = from.store().isDurable() ? 0 : from.held();
        from.forget(held);
        return held;
    }

    /** Real bytes of all stores. */
    public long bytes() {
        long bytes = 0;
        for (Journal store : stores) {
            bytes += store.bytes();
        }
        return bytes;
    }

    /** Damaged places in stores and in rings. */
    public long damaged() {
        long damaged = damagedInRings.get();
        for (Journal store : stores) {
            damaged += store.damaged();
        }
        return damaged;
    }
}
