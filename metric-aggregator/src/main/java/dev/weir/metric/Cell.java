// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The counters that recorders write: slot counts, sum, and the extremes of the open interval.
 *
 * <p>Threads: either one owner calls {@link #recordOwned}, or any number call {@link #recordShared}; never both on one
 * cell. One reader at a time calls the rest. Recording is wait-free in the owned form, lock-free in the shared one.
 *
 * <p>Bounds: one page of {@value HdrLayout#PAGE_SLOTS} ints for each half octave (at two digits) that was ever hit.
 */
final class Cell {
    /*
     * Writers never reset and readers never write what writers write: counts and sum only grow (ints wrap) and the
     * reader subtracts what it read before. So no record can fall between two readings, no phaser is needed, and an
     * owner pays plain loads and stores. Rejected: HdrHistogram's Recorder (two or more atomic operations for each
     * record to guard arrays that are swapped), per-thread event buffers (a queue to bound and to drain).
     *
     * Order: the page, which there may be no memory for; then extremes and sum; then the count with release. A
     * reader that has the count also has the rest.
     *
     * Extremes must start afresh in each interval without a reset by the reader. They carry the number of the interval
     * (epoch) above the value, so that a newer interval always wins; two slots by the parity of the epoch let the
     * reader take those of the interval it has just closed while recorders fill the next. A recorder that was held up
     * between reading the epoch and counting may put its extreme one interval away from its count; the reader then
     * falls back to the edge of the outermost slot, an error below one slot's width.
     */

    /** Bits of a value in a packed extreme; values above are clipped by the range check before. */
    static final int VALUE_BITS = 43;

    static final long VALUE_MASK = (1L << VALUE_BITS) - 1;

    private static final int MAX = 0;
    private static final int MIN = 2;

    private static final VarHandle COUNTS = MethodHandles.arrayElementVarHandle(int[].class);
    private static final VarHandle EXTREME = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle PAGE = MethodHandles.arrayElementVarHandle(int[][].class);

    private static final VarHandle OWNER;
    private static final VarHandle SUM;
    private static final VarHandle EPOCH;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            OWNER = lookup.findVarHandle(Cell.class, "owner", Thread.class);
            SUM = lookup.findVarHandle(Cell.class, "sum", long.class);
            EPOCH = lookup.findVarHandle(Cell.class, "epoch", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final int[] @Nullable [] pages;

    /** The largest value of even and odd epochs, then the smallest, packed. */
    private final long[] extremes = new long[4];

    private long sum;

    @SuppressWarnings("unused") // read through EPOCH
    private long epoch;

    /** What an owner has published last, so that most records need not look at the extremes. Written by the owner. */
    private long knownEpoch;

    private long knownMax;
    private long knownMin;

    /** The only thread that may record owned; null for a shared cell and for one whose owner has died. */
    private @Nullable Thread owner;

    Cell(int pages) {
        this(pages, 1);
    }

    /** @param epoch the number of the first interval */
    Cell(int pages, long epoch) {
        this.pages = new int[pages][];
        this.epoch = epoch;
        Arrays.fill(extremes, epoch - 2 << VALUE_BITS);
    }

    /** Whether the calling thread is the owner. */
    boolean isOwnedBy(Thread caller) {
        return owner == caller;
    }

    /**
     * Makes the calling thread the owner when there is none, or none that lives: the end of a thread happens before
     * {@link Thread#isAlive} is false, so its plain writes are visible.
     */
    boolean claim(Thread caller) {
        Thread now = (Thread) OWNER.getAcquire(this);
        return (now == null || !now.isAlive()) && OWNER.compareAndSet(this, now, caller);
    }

    /** Forgets an owner that has died. */
    void releaseDead() {
        Thread now = (Thread) OWNER.getAcquire(this);
        if (now != null && !now.isAlive()) {
            OWNER.compareAndSet(this, now, (Thread) null);
        }
    }

    /** Counts {@code value} in {@code slot}; only ever called by one and the same thread. */
    void recordOwned(int slot, long value) {
        int[] page = pages[slot >>> HdrLayout.PAGE_SHIFT];
        if (page == null) {
            page = addPage(slot >>> HdrLayout.PAGE_SHIFT);
        }
        long epoch = (long) EPOCH.getOpaque(this);
        if (epoch != knownEpoch || value > knownMax || value < knownMin) {
            publishExtremes(epoch, value);
        }
        SUM.setOpaque(this, sum + value);
        int index = slot & HdrLayout.PAGE_MASK;
        COUNTS.setRelease(page, index, page[index] + 1);
    }

    /** Called by the owner before it counts. */
    void publishExtremes(long epoch, long value) {
        boolean isNew = epoch != knownEpoch;
        knownEpoch = epoch;
        knownMax = isNew ? value : Math.max(knownMax, value);
        knownMin = isNew ? value : Math.min(knownMin, value);
        int parity = (int) epoch & 1;
        long tag = epoch << VALUE_BITS;
        EXTREME.setOpaque(extremes, MAX + parity, tag | knownMax);
        EXTREME.setOpaque(extremes, MIN + parity, tag | (VALUE_MASK - knownMin));
    }

    /** Counts {@code value} in {@code slot}; called by any thread. */
    void recordShared(int slot, long value) {
        int[] page = pages[slot >>> HdrLayout.PAGE_SHIFT];
        if (page == null) {
            page = addPage(slot >>> HdrLayout.PAGE_SHIFT);
        }
        long epoch = (long) EPOCH.getOpaque(this);
        int parity = (int) epoch & 1;
        long tag = epoch << VALUE_BITS;
        raise(MAX + parity, tag | value);
        raise(MIN + parity, tag | (VALUE_MASK - value));
        SUM.getAndAdd(this, value);
        COUNTS.getAndAdd(page, slot & HdrLayout.PAGE_MASK, 1);
    }

    private void raise(int index, long candidate) {
        long now = (long) EXTREME.getOpaque(extremes, index);
        while (candidate - now > 0 && !EXTREME.weakCompareAndSet(extremes, index, now, candidate)) {
            now = (long) EXTREME.getOpaque(extremes, index);
        }
    }

    /** The page at {@code index}, made if need be. */
    int[] addPage(int index) {
        int[] page = new int[HdrLayout.PAGE_SLOTS];
        int[] other = (int[]) PAGE.compareAndExchange(pages, index, (int[]) null, page);
        return other == null ? page : other;
    }

    /** Whether the open interval has a record. */
    boolean isTouched() {
        return max(epoch()) >= 0;
    }

    /** Closes the open interval of the extremes, and returns its number. */
    long nextEpoch() {
        long closed = epoch();
        EPOCH.setVolatile(this, closed + 1);
        return closed;
    }

    long epoch() {
        return (long) EPOCH.getOpaque(this);
    }

    /** The largest value of interval {@code epoch}; -1 when there is none. */
    long max(long epoch) {
        long packed = (long) EXTREME.getAcquire(extremes, MAX + ((int) epoch & 1));
        return isOf(epoch, packed) ? packed & VALUE_MASK : -1;
    }

    /** The smallest value of interval {@code epoch}; {@link Long#MAX_VALUE} when there is none. */
    long min(long epoch) {
        long packed = (long) EXTREME.getAcquire(extremes, MIN + ((int) epoch & 1));
        return isOf(epoch, packed) ? VALUE_MASK - (packed & VALUE_MASK) : Long.MAX_VALUE;
    }

    private static boolean isOf(long epoch, long packed) {
        return packed >>> VALUE_BITS == (epoch << VALUE_BITS) >>> VALUE_BITS;
    }

    /** The sum of all values ever recorded. */
    long sum() {
        return (long) SUM.getAcquire(this);
    }

    /** Adds the counts of page {@code index}, modulo 2^32, to {@code target}; false when the page was never hit. */
    boolean addTo(int index, int[] target) {
        int[] page = (int[]) PAGE.getAcquire(pages, index);
        if (page == null) {
            return false;
        }
        for (int i = 0; i < HdrLayout.PAGE_SLOTS; i++) {
            target[i] += (int) COUNTS.getAcquire(page, i);
        }
        return true;
    }
}
