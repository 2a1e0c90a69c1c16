// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * The account of one signal. Thread-safe; counting is lock-free and allocates nothing.
 *
 * <p>Only events are counted and nothing is ever subtracted: {@code queued} is what was accepted and has neither been
 * delivered nor dropped. A reading takes the exits first and the entries last, so no column of it can be negative and the
 * law holds in every reading. That {@code queued} is also what the rooms really hold is checked against the holdings
 * that they register.
 *
 * @since 0.1
 */
public final class SignalLedger {

    private static final DropReason[] REASONS = DropReason.values();

    private final Signal signal;
    private final LongAdder accepted = new LongAdder();
    private final LongAdder recovered = new LongAdder();
    private final LongAdder delivered = new LongAdder();
    /** Lost before acceptance: the producer was refused. */
    private final LongAdder[] refused = adders();
    /** Lost after acceptance. */
    private final LongAdder[] lost = adders();

    private final List<Counts> counts = new CopyOnWriteArrayList<>();
    private final List<LongSupplier> holdings = new CopyOnWriteArrayList<>();

    SignalLedger(Signal signal) {
        this.signal = signal;
    }

    private static LongAdder[] adders() {
        LongAdder[] adders = new LongAdder[REASONS.length];
        for (int i = 0; i < adders.length; i++) {
            adders[i] = new LongAdder();
        }
        return adders;
    }

    /** The signal of this account. */
    public Signal signal() {
        return signal;
    }

    /** {@code records} were taken in and are now held by a room. */
    public void accepted(long records) {
        accepted.add(records);
    }

    /** Adds what a room counts itself; for good, as what was accepted stays accepted when the room is gone. */
    public void counts(Counts counts) {
        this.counts.add(counts);
    }

    /**
     * The part of an account that a room keeps itself, so that each record is counted by one write. No count ever becomes less.
     * Read by any thread at any time; must not block.
     */
    @FunctionalInterface
    public interface Counts {

        /** Records that were taken in. */
        long accepted();

        /** Records that were offered and not taken in. */
        default long refused(DropReason reason) {
            return 0;
        }

        /** Records that had been accepted and are lost. */
        default long lost(DropReason reason) {
            return 0;
        }
    }

    /** {@code records} of an earlier run were found in a store: they count as produced and are queued again. */
    public void recovered(long records) {
        recovered.add(records);
        accepted.add(records);
    }

    /** {@code records} were offered and not taken in. */
    public void refused(DropReason reason, long records) {
        refused[reason.ordinal()].add(records);
    }

    /** {@code records} that had been accepted were taken over by the receiver. */
    public void delivered(long records) {
        delivered.add(records);
    }

    /** {@code records} that had been accepted are lost. */
    public void dropped(DropReason reason, long records) {
        lost[reason.ordinal()].add(records);
    }

    /**
     * Registers a gauge of the accepted records that a room holds. The sum of all gauges is compared with {@code queued}.
     *
     * @param records is read by any thread at any time; must not block
     */
    public Registration holds(LongSupplier records) {
        holdings.add(records);
        return () -> holdings.remove(records);
    }

    /** The account now. Exact once no record is on the move. */
    public LedgerSnapshot snapshot() {
        long delivered = this.delivered.sum();
        Map<DropReason, Long> dropped = new EnumMap<>(DropReason.class);
        long lostTotal = 0;
        long refusedTotal = 0;
        for (DropReason reason : REASONS) {
            long lostHere = lost[reason.ordinal()].sum();
            long refusedHere = refused[reason.ordinal()].sum();
            for (Counts more : counts) {
                lostHere += more.lost(reason);
                refusedHere += more.refused(reason);
            }
            lostTotal += lostHere;
            refusedTotal += refusedHere;
            if (lostHere + refusedHere != 0) {
                dropped.put(reason, lostHere + refusedHere);
            }
        }
        long held = 0;
        for (LongSupplier holding : holdings) {
            held += holding.getAsLong();
        }
        long recovered = this.recovered.sum();
        long accepted = this.accepted.sum();
        for (Counts more : counts) {
            accepted += more.accepted();
        }
        return new LedgerSnapshot(
                signal, accepted + refusedTotal, recovered, delivered, accepted - delivered - lostTotal, dropped, held);
    }
}
