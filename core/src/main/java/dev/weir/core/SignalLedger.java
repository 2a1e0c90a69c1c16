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
 * delivered nor dropped. A reading takes the exits first and the entries last, so no column of it can be negative and
 * the law holds in every reading. That {@code queued} is also what the modules really hold is checked against the
 * holdings that they register.
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

    /** {@return the kind of the records that this account counts} */
    public Signal signal() {
        return signal;
    }

    /**
     * Counts records that were taken in and are now held by a module.
     *
     * @param records how many, 0 or more
     */
    public void accepted(long records) {
        accepted.add(records);
    }

    /**
     * Adds what a module counts itself; for good, as what was accepted stays accepted when the module is gone.
     *
     * @param counts read at each {@link #snapshot}
     */
    public void counts(Counts counts) {
        this.counts.add(counts);
    }

    /**
     * The part of an account that a module keeps itself, so that each record is counted by one write. No count ever
     * becomes less. Read by any thread at any time; must not block.
     */
    @FunctionalInterface
    public interface Counts {

        /** {@return the records that were taken in} */
        long accepted();

        /**
         * Records that were offered and not taken in.
         *
         * @param reason why they were not
         * @return how many since the start; 0 by default
         */
        default long refused(DropReason reason) {
            return 0;
        }

        /**
         * Records that had been accepted and are lost.
         *
         * @param reason why they are
         * @return how many since the start; 0 by default
         */
        default long lost(DropReason reason) {
            return 0;
        }
    }

    /**
     * Counts records of an earlier run that were found in a store: they are produced and queued again.
     *
     * @param records how many, 0 or more
     */
    public void recovered(long records) {
        recovered.add(records);
        accepted.add(records);
    }

    /**
     * Counts records that were offered and not taken in.
     *
     * @param reason why they were not
     * @param records how many, 0 or more
     */
    public void refused(DropReason reason, long records) {
        refused[reason.ordinal()].add(records);
    }

    /**
     * Counts records that had been accepted and that the receiver took over.
     *
     * @param records how many, 0 or more
     */
    public void delivered(long records) {
        delivered.add(records);
    }

    /**
     * Counts records that had been accepted and are lost.
     *
     * @param reason why they are
     * @param records how many, 0 or more
     */
    public void dropped(DropReason reason, long records) {
        lost[reason.ordinal()].add(records);
    }

    /**
     * Registers a gauge of the accepted records that a module holds. The sum of all gauges is compared with
     * {@code queued}.
     *
     * @param records is read by any thread at any time; must not block
     * @return takes the gauge out again
     */
    public Registration holds(LongSupplier records) {
        holdings.add(records);
        return () -> holdings.remove(records);
    }

    /** {@return a reading of the account now; exact once no record is on the move} */
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
