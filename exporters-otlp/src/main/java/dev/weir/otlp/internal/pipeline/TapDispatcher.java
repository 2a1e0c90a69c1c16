// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.Signal;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.GuestCalls;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.core.spi.SignalTap;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Passes each request body to the taps. Each tap has a queue and a thread of its own, so that a slow one delays no
 * other. Owned by the worker; costs nothing without taps.
 */
public final class TapDispatcher {

    /** Bytes that may wait for one tap. */
    static final long MAX_WAITING_BYTES = 16L << 20;

    private static final int MAX_WAITING = 1024;

    private final List<Tap> taps = new ArrayList<>();
    private final TelemetryLoop worker;

    public TapDispatcher(List<SignalTap> taps, TelemetryLoop worker, Ticker ticker) {
        this.worker = worker;
        taps.forEach(tap -> this.taps.add(new Tap(tap, ticker)));
    }

    void pass(Signal signal, int records, List<ByteBuffer> body, int length) {
        if (taps.isEmpty()) {
            return;
        }
        ByteBuffer whole;
        try {
            whole = ByteBuffer.allocate(length);
            for (ByteBuffer part : body) {
                whole.put(part.duplicate());
            }
        } catch (OutOfMemoryError e) {
            taps.forEach(Tap::missed);
            return;
        }
        ByteBuffer view = whole.flip().asReadOnlyBuffer();
        taps.forEach(tap -> tap.pass(signal, records, view));
    }

    /** A mark of all bodies that were passed until now, for each tap. */
    long[] mark() {
        return taps.stream().mapToLong(tap -> tap.offered).toArray();
    }

    /** Whether the taps have received all that was passed before {@code mark}, or are late. */
    boolean passed(long[] mark) {
        for (int i = 0; i < mark.length; i++) {
            Tap tap = taps.get(i);
            if (tap.received.get() < mark[i] && !tap.guests.isLate()) {
                return false;
            }
        }
        return true;
    }

    public void close() {
        taps.forEach(tap -> tap.guests.close());
    }

    private final class Tap {

        final SignalTap tap;
        final GuestCalls guests;
        final ThrottledLog log;
        final AtomicLong received = new AtomicLong();
        final AtomicLong waitingBytes = new AtomicLong();
        long offered;

        Tap(SignalTap tap, Ticker ticker) {
            this.tap = tap;
            this.log = ThrottledLog.of("weir.otlp", ticker::nanoTime);
            this.guests = new GuestCalls(
                    "the signal tap " + tap.getClass().getName(),
                    "batches for which it has no room are not passed to it",
                    MAX_WAITING,
                    "weir.otlp",
                    ticker::nanoTime,
                    (task, delay) -> worker.schedule(delay, task));
        }

        void pass(Signal signal, int records, ByteBuffer body) {
            int length = body.remaining();
            long waiting = waitingBytes.get();
            if (waiting > 0 && waiting + length > MAX_WAITING_BYTES) {
                missed();
                return;
            }
            waitingBytes.addAndGet(length);
            if (guests.offer(() -> call(signal, records, body.duplicate(), length))) {
                offered++;
            } else {
                waitingBytes.addAndGet(-length);
                missed();
            }
        }

        private void call(Signal signal, int records, ByteBuffer body, int length) {
            try {
                tap.onBatch(signal, records, body);
            } catch (Throwable failure) {
                log.warn(
                        "a signal tap failed and was skipped: " + tap.getClass().getName(), failure);
            } finally {
                waitingBytes.addAndGet(-length);
                received.incrementAndGet();
                worker.wake();
            }
        }

        void missed() {
            log.warn("a batch was not passed to the signal tap "
                    + tap.getClass().getName() + ", which has no room for it");
        }
    }
}
