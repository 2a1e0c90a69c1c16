// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
     * reader subtracts what it saw before. So no record can fall between two readings, no phaser is needed, and an owner
     * pays plain loads and stores. Rejected: HdrHistogram's Recorder (two or more atomic operations for each record to
     * guard arrays that are swapped), per-thread event buffers (a queue to bound and to drain).
     *
     * Order: extremes and sum first, then the count with release. Who sees the count sees the rest.
     *
     * Extremes must start afresh in each interval without a reset by the reader. They carry the number of the interval
     * (epoch) above the value, so that a newer interval always wins; two slots by the parity of the epoch let the reader
     * take those of the interval it has just closed while recorders fill the next. A recorder that was held up between
     * reading the epoch and counting may put its extreme one interval away from its count; the reader then falls back to
     * the edge of the outermost slot, an error below one slot's width.
     */

    /** Bits of a value in a packed extreme; values above are clipped by the range check before. */
    static final int VALUE_BITS = 43;

    static final long VALUE_MASK = (1L << VALUE_BITS) - 1;

    private static final int MAX = 0;
    private static final int MIN = 2;
    private static final int SUM = 4;
    private static final int EPOCH = 5;
    private static final int WORDS = 6;

    private static final VarHandle COUNTS = MethodHandles.arrayElementVarHandle(int[].class);
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle PAGE = MethodHandles.arrayElementVarHandle(int[][].class);

    private final int[] @Nullable [] pages;
    private final long[] words = new long[WORDS];

    private static final VarHandle OWNER;

    static {
        try {
            OWNER = MethodHandles.lookup().findVarHandle(Cell.class, "owner", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The only thread that may record owned; null for a shared cell and for one whose owner has died. */
    private @Nullable Thread owner;

    Cell(int pages) {
        this.pages = new int[pages][];
        words[EPOCH] = 1;
    }

    /** Whether the calling thread is the owner. */
    boolean isOwnedBy(Thread caller) {
        return owner == caller;
    }

    /**
     * Makes the calling thread the owner when there is none, or none that lives: the end of a thread happens before
     * {@link Thread#isAlive} says so, so its plain writes are seen.
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
        long[] words = this.words;
        long epoch = (long) WORD.getOpaque(words, EPOCH);
        int parity = (int) epoch & 1;
        long tag = epoch << VALUE_BITS;
        long max = tag | value;
        if (max - words[MAX + parity] > 0) {
            WORD.setOpaque(words, MAX + parity, max);
        }
        long min = tag | (VALUE_MASK - value);
        if (min - words[MIN + parity] > 0) {
            WORD.setOpaque(words, MIN + parity, min);
        }
        WORD.setOpaque(words, SUM, words[SUM] + value);
        int[] page = pages[slot >>> HdrLayout.PAGE_SHIFT];
        if (page == null) {
            page = addPage(slot >>> HdrLayout.PAGE_SHIFT);
        }
        int index = slot & HdrLayout.PAGE_MASK;
        COUNTS.setRelease(page, index, page[index] + 1);
    }

    /** Counts {@code value} in {@code slot}; called by any thread. */
    void recordShared(int slot, long value) {
        long[] words = this.words;
        long epoch = (long) WORD.getOpaque(words, EPOCH);
        int parity = (int) epoch & 1;
        long tag = epoch << VALUE_BITS;
        raise(words, MAX + parity, tag | value);
        raise(words, MIN + parity, tag | (VALUE_MASK - value));
        WORD.getAndAdd(words, SUM, value);
        int[] page = pages[slot >>> HdrLayout.PAGE_SHIFT];
        if (page == null) {
            page = addPage(slot >>> HdrLayout.PAGE_SHIFT);
        }
        COUNTS.getAndAdd(page, slot & HdrLayout.PAGE_MASK, 1);
    }

    private static void raise(long[] words, int index, long candidate) {
        long now = (long) WORD.getOpaque(words, index);
        while (candidate - now > 0 && !WORD.weakCompareAndSet(words, index, now, candidate)) {
            now = (long) WORD.getOpaque(words, index);
        }
    }

    private int[] addPage(int index) {
        int[] page = new int[HdrLayout.PAGE_SLOTS];
        int[] other = (int[]) PAGE.compareAndExchange(pages, index, (int[]) null, page);
        return other == null ? page : other;
    }

    /** Whether the open interval has a record. */
    boolean isTouched() {
        long epoch = (long) WORD.getOpaque(words, EPOCH);
        long max = (long) WORD.getAcquire(words, MAX + ((int) epoch & 1));
        return max >>> VALUE_BITS == (epoch << VALUE_BITS) >>> VALUE_BITS;
    }

    /** Closes the open interval of the extremes. */
    long nextEpoch() {
        long epoch = (long) WORD.getOpaque(words, EPOCH);
        WORD.setVolatile(words, EPOCH, epoch + 1);
        return epoch;
    }

    long epoch() {
        return (long) WORD.getOpaque(words, EPOCH);
    }

    /** The largest value of interval {@code epoch}; -1 when there is none. */
    long max(long epoch) {
        long packed = (long) WORD.getAcquire(words, MAX + ((int) epoch & 1));
        return packed >>> VALUE_BITS == (epoch << VALUE_BITS) >>> VALUE_BITS ? packed & VALUE_MASK : -1;
    }

    /** The smallest value of interval {@code epoch}; {@link Long#MAX_VALUE} when there is none. */
    long min(long epoch) {
        long packed = (long) WORD.getAcquire(words, MIN + ((int) epoch & 1));
        return packed >>> VALUE_BITS == (epoch << VALUE_BITS) >>> VALUE_BITS
                ? VALUE_MASK - (packed & VALUE_MASK)
                : Long.MAX_VALUE;
    }

    /** The sum of all values ever recorded. */
    long sum() {
        return (long) WORD.getAcquire(words, SUM);
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

    /** Sets one count, as if the cell had been in use for long. For tests of wrap-around. */
    void presetForTest(int slot, int count) {
        int[] page = addPage(slot >>> HdrLayout.PAGE_SHIFT);
        page[slot & HdrLayout.PAGE_MASK] = count;
    }

    /** As if so many intervals had passed. For tests of wrap-around. */
    void skipEpochsForTest(long epochs) {
        words[EPOCH] += epochs;
        words[MAX] = words[MAX + 1] = words[MIN] = words[MIN + 1] = words[EPOCH] - 2 << VALUE_BITS;
    }

    /** The first half of a record, as if its thread had been stopped there. For tests. */
    void writeExtremesForTest(long value) {
        long tag = words[EPOCH] << VALUE_BITS;
        raise(words, MAX + ((int) words[EPOCH] & 1), tag | value);
        raise(words, MIN + ((int) words[EPOCH] & 1), tag | (VALUE_MASK - value));
    }
}
