// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.intake;

import dev.weir.core.SignalLedger;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes records from any thread and gives them to one, in order. Bounded by records and by estimated bytes; the last
 * eighth of both is kept for urgent records.
 *
 * <p>Threads: any number may {@link #offer}; one at a time may {@link #take} and {@link #release}. An offer is one
 * compare-and-set, retried only when another producer won, and one that fills the place; it allocates nothing and never
 * waits.
 *
 * <p>Bounds: 8 to 12 bytes for each slot, fixed at construction; the records themselves belong to their makers.
 */
public final class IntakeRing<T> {

    /*
     * Both bounds hold with a single compare-and-set because one long carries two running totals, each modulo 2^32: the
     * records claimed (low half) and the bytes claimed in units of 16 (high half). The consumer publishes the same pair
     * for what it took; the difference of the halves is what is inside. A producer that read a stale pair fails its
     * compare-and-set, so a bound can be met late but never be crossed.
     *
     * A claimed slot is filled after the claim: the consumer stops at an empty slot and comes back. A producer that is
     * descheduled there delays the records behind it and loses none. One that dies there (a StackOverflowError or an
     * OutOfMemoryError comes between any two steps) would stop the ring: so a slot that stays empty for long is given
     * up. From then on an empty slot there holds a mark instead of null, so that a producer that was merely slow finds
     * that its time is over, however late, and never fills the slot of another. What was claimed counts as accepted,
     * since the claim is the one step that a producer cannot die in the middle of. The bytes of a slot that was given
     * up are a guess; the totals are put right when the ring is empty.
     */

    /** Accepted. */
    static final int ACCEPTED = 0;
    /** Accepted, and there is enough inside to wake the consumer. */
    static final int ACCEPTED_WAKE = 1;
    /** Refused: no room for anything. */
    static final int FULL = -1;
    /** Refused: the room that is left is reserved for urgent records. */
    static final int RESERVED = -2;

    /**
     * After this time a slot is given up: a producer fills it within nanoseconds, a descheduled thread within
     * milliseconds.
     */
    static final long STUCK_NANOS = Duration.ofSeconds(1).toNanos();

    private static final int UNIT_SHIFT = 4;
    private static final int RESERVE_SHIFT = 3;

    private static final VarHandle CLAIMED;
    private static final VarHandle TAKEN;
    private static final VarHandle PASSED;
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            CLAIMED = lookup.findVarHandle(IntakeRing.class, "claimed", long.class);
            TAKEN = lookup.findVarHandle(IntakeRing.class, "taken", long.class);
            PASSED = lookup.findVarHandle(IntakeRing.class, "passed", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final @Nullable Object[] slots;
    private final int[] units;
    private final int mask;
    private final int maxRecords;
    private final int maxUnits;
    private final int wakeRecords;
    private volatile int wakeUnits;

    @SuppressWarnings("UnusedVariable") // through CLAIMED
    private volatile long claimed;

    @SuppressWarnings("UnusedVariable") // through TAKEN
    private volatile long taken;

    /** How many records were taken or given up, as far as the room was given back. */
    @SuppressWarnings("UnusedVariable") // through PASSED
    private volatile long passed;

    /** Owned by the consumer: the slot to take next, and the units taken since the last {@link #release}. */
    private int next;

    private int pendingUnits;

    /** Owned by the consumer: the slot that it waits for, and since when. */
    private int stuckAt;

    private boolean stuck;
    private long stuckSinceNanos;

    /** Owned by the consumer: what empty slots hold instead of null. */
    private final Map<Integer, GivenUp> givenUp = new HashMap<>();

    /**
     * @param account counts accepted records
     * @param records how many fit, rounded up to a power of two
     * @param bytes how many estimated bytes fit
     * @param wakeBytes from which filling on the consumer should be woken
     */
    public IntakeRing(SignalLedger account, int records, long bytes, long wakeBytes) {
        int capacity = Integer.highestOneBit(Math.max(8, records) * 2 - 1);
        this.slots = new Object[capacity];
        this.units = new int[capacity];
        this.mask = capacity - 1;
        this.maxRecords = capacity;
        this.maxUnits = (int) Math.min(Integer.MAX_VALUE / 2, Math.max(1, bytes >>> UNIT_SHIFT));
        this.wakeRecords = capacity / 2;
        wakeAt(wakeBytes);
        account.counts(this::accepted);
    }

    /** How many records were ever accepted. Any thread. */
    private long accepted() {
        long out = (long) PASSED.getAcquire(this);
        return out + ((int) (long) CLAIMED.getVolatile(this) - (int) out);
    }

    /** From which filling on the consumer is woken. Consumer only. */
    void wakeAt(long bytes) {
        int units = (int) Math.min(maxUnits / 2, Math.max(1, bytes >>> UNIT_SHIFT));
        if (units != wakeUnits) {
            wakeUnits = units;
        }
    }

    /**
     * Offers one record.
     *
     * @param bytes its estimated size
     * @param urgent whether it may use the reserve
     */
    int offer(T record, int bytes, boolean urgent) {
        int size = (bytes + 15) >>> UNIT_SHIFT;
        int recordsLimit = urgent ? maxRecords : maxRecords - (maxRecords >>> RESERVE_SHIFT);
        int unitsLimit = urgent ? maxUnits : maxUnits - (maxUnits >>> RESERVE_SHIFT);
        long in;
        int inside;
        int unitsInside;
        do {
            in = (long) CLAIMED.getVolatile(this);
            long out = (long) TAKEN.getAcquire(this);
            inside = (int) in - (int) out;
            unitsInside = (int) (in >>> 32) - (int) (out >>> 32) + size;
            if (inside >= recordsLimit || (unitsInside > unitsLimit && inside > 0)) {
                return inside >= maxRecords || unitsInside > maxUnits ? FULL : RESERVED;
            }
        } while (!CLAIMED.weakCompareAndSet(this, in, advanced(in, size)));
        fill((int) in, record, size);
        return inside >= wakeRecords || unitsInside >= wakeUnits ? ACCEPTED_WAKE : ACCEPTED;
    }

    /** Puts a record where it was claimed, unless that was given up. */
    void fill(int claim, T record, int size) {
        int slot = claim & mask;
        units[slot] = size;
        if (SLOT.compareAndSet(slots, slot, null, record)) {
            return;
        }
        if (SLOT.getAcquire(slots, slot) instanceof GivenUp mark && !mark.isFor(claim)) {
            SLOT.compareAndSet(slots, slot, mark, record);
        }
    }

    private static long advanced(long totals, int size) {
        long records = (totals + 1) & 0xffff_ffffL;
        long units = (totals & ~0xffff_ffffL) + ((long) size << 32);
        return units | records;
    }

    /** As {@link #take}, and it stays. Consumer only. */
    @SuppressWarnings("unchecked") // only offer() fills slots
    @Nullable
    T peek() {
        Object record = SLOT.getAcquire(slots, next & mask);
        return record instanceof GivenUp ? null : (T) record;
    }

    /** The oldest record, or null when there is none (or its producer has not finished). Consumer only. */
    @Nullable
    T take() {
        T record = peek();
        if (record != null) {
            pass(givenUp.isEmpty() ? null : givenUp.get(next & mask));
        }
        return record;
    }

    /** Goes on to the next slot; the passed one is {@code empty}. */
    private void pass(@Nullable GivenUp empty) {
        int slot = next & mask;
        slots[slot] = empty;
        pendingUnits += units[slot];
        next++;
    }

    /**
     * Gives up the slot that the consumer waits for, if it does so for long. To be called whenever there may be
     * something inside that cannot be taken. Consumer only.
     *
     * @return whether a record is lost by it
     */
    boolean giveUpStuck(long nowNanos) {
        if (next == mark() || peek() != null) {
            stuck = false;
            return false;
        }
        if (!stuck || stuckAt != next) {
            stuck = true;
            stuckAt = next;
            stuckSinceNanos = nowNanos;
            return false;
        }
        if (nowNanos - stuckSinceNanos < STUCK_NANOS) {
            return false;
        }
        int slot = next & mask;
        GivenUp before = givenUp.get(slot);
        GivenUp mark = new GivenUp(next, before);
        givenUp.put(slot, mark);
        if (!SLOT.compareAndSet(slots, slot, before, mark)) {
            // Filled at the last moment; the mark serves for the next record in this slot.
            return false;
        }
        stuck = false;
        pass(mark);
        return true;
    }

    /** What an empty slot holds once it was given up. */
    private static final class GivenUp {

        private final int claim;
        private final @Nullable GivenUp before;

        GivenUp(int claim, @Nullable GivenUp before) {
            this.claim = claim;
            this.before = before;
        }

        boolean isFor(int claim) {
            for (GivenUp mark = this; mark != null; mark = mark.before) {
                if (mark.claim == claim) {
                    return true;
                }
            }
            return false;
        }
    }

    /** The estimated bytes taken since the last {@link #release}. Consumer only. */
    long takenBytes() {
        return (long) pendingUnits << UNIT_SHIFT;
    }

    /** Gives the room of what was taken back to the producers. Consumer only. */
    void release() {
        long before = (long) TAKEN.get(this);
        long all = (long) CLAIMED.getVolatile(this);
        long unitsTaken = ((before >>> 32) + pendingUnits) << 32;
        pendingUnits = 0;
        long out = (long) PASSED.get(this);
        PASSED.setRelease(this, out + (next - (int) out));
        TAKEN.setRelease(this, (int) all == next ? all : unitsTaken | (next & 0xffff_ffffL));
    }

    /** Records inside, as far as the room was given back. Any thread. */
    int size() {
        long out = (long) TAKEN.getAcquire(this);
        return Math.max(0, (int) (long) CLAIMED.getVolatile(this) - (int) out);
    }

    /** Estimated bytes inside. Any thread. */
    long bytes() {
        long out = (long) TAKEN.getAcquire(this);
        long in = (long) CLAIMED.getVolatile(this);
        return (long) Math.max(0, (int) (in >>> 32) - (int) (out >>> 32)) << UNIT_SHIFT;
    }

    int capacity() {
        return maxRecords;
    }

    /** A mark of what has been claimed until now, for {@link #passed}. Any thread. */
    int mark() {
        return (int) (long) CLAIMED.getVolatile(this);
    }

    /** Whether all that was claimed before {@code mark} has been taken. Consumer only. */
    boolean passed(int mark) {
        return next - mark >= 0;
    }
}
