// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import dev.weir.core.Ticker;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;

/**
 * A few recorded values with their traces, spread over the range of latencies: one slot for each two octaves from 256
 * µs to 1 s, so that the slow ones are not crowded out by the many fast ones. Within an interval a slot keeps its
 * largest value.
 *
 * <p>Threads: any may offer and read; neither waits. An offer that meets another in the same slot gives way. Bounds:
 * {@value #SLOTS} slots, {@value #WORDS} longs each; nothing is allocated after construction.
 */
final class ExemplarSlots {
    /*
     * A value is never read with another record's trace id: the words of a slot are read only when their checksum is
     * right. One writer at a time fills a slot; it marks the slot with the interval, because it can die there (a
     * StackOverflowError comes between any two steps). The slot of a dead one is blocked until its interval is over. A
     * writer that was merely held up for that long can mix its words with those of the next; then the checksum is
     * wrong. Rejected: a sequence lock, which a dead writer leaves locked for good.
     */

    static final int SLOTS = 8;
    static final int WORDS = 8;

    private static final int WRITTEN_IN = 0;
    private static final int INTERVAL = 1;
    private static final int VALUE = 2;
    private static final int EPOCH_NANOS = 3;
    private static final int TRACE_HIGH = 4;
    private static final int TRACE_LOW = 5;
    private static final int SPAN = 6;
    private static final int CHECKSUM = 7;

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] words = new long[SLOTS * WORDS];

    void offer(long value, long traceIdHigh, long traceIdLow, long spanId, Ticker ticker, long interval) {
        int base = slotOf(value) * WORDS;
        long[] words = this.words;
        long now = interval + 1;
        if (!isCandidate(value, interval) || !begin(base, now)) {
            return;
        }
        long epochNanos = ticker.epochNanos();
        WORD.setOpaque(words, base + INTERVAL, now);
        WORD.setOpaque(words, base + VALUE, value);
        WORD.setOpaque(words, base + EPOCH_NANOS, epochNanos);
        WORD.setOpaque(words, base + TRACE_HIGH, traceIdHigh);
        WORD.setOpaque(words, base + TRACE_LOW, traceIdLow);
        WORD.setOpaque(words, base + SPAN, spanId);
        WORD.setOpaque(words, base + CHECKSUM, checksum(value, epochNanos, traceIdHigh, traceIdLow, spanId));
        WORD.setRelease(words, base + WRITTEN_IN, 0L);
    }

    /** Whether {@code value} is larger than what its slot has of this interval. */
    boolean isCandidate(long value, long interval) {
        int base = slotOf(value) * WORDS;
        return (long) WORD.getOpaque(words, base + INTERVAL) != interval + 1
                || value > (long) WORD.getOpaque(words, base + VALUE);
    }

    /**
     * Whether the caller may fill the slot; false while another one does, and until the end of its interval if that
     * died.
     */
    boolean begin(int base, long now) {
        long writtenIn = (long) WORD.getAcquire(words, base + WRITTEN_IN);
        return writtenIn < now && WORD.compareAndSet(words, base + WRITTEN_IN, writtenIn, now);
    }

    /** Never 0, which is that of an empty slot. */
    private static long checksum(long value, long epochNanos, long traceIdHigh, long traceIdLow, long spanId) {
        long sum = mixed(mixed(mixed(mixed(mixed(1, value), epochNanos), traceIdHigh), traceIdLow), spanId);
        return sum == 0 ? 1 : sum;
    }

    private static long mixed(long sum, long word) {
        long mixed = (sum ^ word) * 0x9e37_79b9_7f4a_7c15L;
        return mixed ^ mixed >>> 32;
    }

    /** 256 µs and less, then a slot for each two octaves, up to 1 s and more. */
    static int slotOf(long value) {
        int octave = 64 - Long.numberOfLeadingZeros(value >>> 18);
        return Math.min(SLOTS - 1, (octave + 1) >>> 1);
    }

    /** Adds what the slots hold to {@code target} and returns it. */
    List<LatencyExemplar> read(List<LatencyExemplar> target) {
        for (int base = 0; base < words.length; base += WORDS) {
            long checksum = (long) WORD.getAcquire(words, base + CHECKSUM);
            if (checksum == 0) {
                continue;
            }
            long value = (long) WORD.getOpaque(words, base + VALUE);
            long epochNanos = (long) WORD.getOpaque(words, base + EPOCH_NANOS);
            long traceIdHigh = (long) WORD.getOpaque(words, base + TRACE_HIGH);
            long traceIdLow = (long) WORD.getOpaque(words, base + TRACE_LOW);
            long spanId = (long) WORD.getOpaque(words, base + SPAN);
            if (checksum(value, epochNanos, traceIdHigh, traceIdLow, spanId) == checksum) {
                target.add(new LatencyExemplar(value, epochNanos, traceIdHigh, traceIdLow, spanId));
            }
        }
        return target;
    }
}
