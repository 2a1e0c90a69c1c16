// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import dev.weir.core.Ticker;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;

/**
 * A few recorded values with their traces, spread over the range of latencies: one slot for each two octaves from 256 µs to
 * 1 s, so that the slow ones are not crowded out by the many fast ones. Within an interval a slot keeps its largest value.
 *
 * <p>Threads: any may offer and read; neither waits. An offer that meets another in the same slot gives way. Bounds:
 * {@value #SLOTS} slots, {@value #WORDS} longs each; nothing is allocated after construction.
 */
final class ExemplarSlots {
    /*
     * Each slot is a sequence lock: the version is odd while one writer fills the slot. Readers take the version before
     * and after and skip the slot when it moved; a value is never read with another record's trace id.
     */

    static final int SLOTS = 8;
    static final int WORDS = 7;

    private static final int VERSION = 0;
    private static final int INTERVAL = 1;
    private static final int VALUE = 2;
    private static final int EPOCH_NANOS = 3;
    private static final int TRACE_HIGH = 4;
    private static final int TRACE_LOW = 5;
    private static final int SPAN = 6;

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] words = new long[SLOTS * WORDS];

    void offer(long value, long traceIdHigh, long traceIdLow, long spanId, Ticker ticker, long interval) {
        int base = slotOf(value) * WORDS;
        long[] words = this.words;
        boolean isNewInterval = (long) WORD.getOpaque(words, base + INTERVAL) != interval + 1;
        if (!isNewInterval && value <= (long) WORD.getOpaque(words, base + VALUE)) {
            return;
        }
        long version = (long) WORD.getAcquire(words, base + VERSION);
        if ((version & 1) != 0 || !WORD.compareAndSet(words, base + VERSION, version, version + 1)) {
            return;
        }
        VarHandle.storeStoreFence();
        WORD.setOpaque(words, base + INTERVAL, interval + 1);
        WORD.setOpaque(words, base + VALUE, value);
        WORD.setOpaque(words, base + EPOCH_NANOS, ticker.epochNanos());
        WORD.setOpaque(words, base + TRACE_HIGH, traceIdHigh);
        WORD.setOpaque(words, base + TRACE_LOW, traceIdLow);
        WORD.setOpaque(words, base + SPAN, spanId);
        WORD.setRelease(words, base + VERSION, version + 2);
    }

    /** 256 µs and less, then a slot for each two octaves, up to 1 s and more. */
    static int slotOf(long value) {
        int octave = 64 - Long.numberOfLeadingZeros(value >>> 18);
        return Math.min(SLOTS - 1, (octave + 1) >>> 1);
    }

    /** Adds what the slots hold to {@code target} and returns it. */
    List<LatencyExemplar> read(List<LatencyExemplar> target) {
        for (int base = 0; base < words.length; base += WORDS) {
            long version = (long) WORD.getAcquire(words, base + VERSION);
            if (version == 0 || (version & 1) != 0) {
                continue;
            }
            LatencyExemplar exemplar = new LatencyExemplar(
                    (long) WORD.getOpaque(words, base + VALUE),
                    (long) WORD.getOpaque(words, base + EPOCH_NANOS),
                    (long) WORD.getOpaque(words, base + TRACE_HIGH),
                    (long) WORD.getOpaque(words, base + TRACE_LOW),
                    (long) WORD.getOpaque(words, base + SPAN));
            VarHandle.loadLoadFence();
            if ((long) WORD.getOpaque(words, base + VERSION) == version) {
                target.add(exemplar);
            }
        }
        return target;
    }
}
