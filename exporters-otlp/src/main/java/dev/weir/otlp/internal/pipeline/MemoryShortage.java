// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.Signal;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import java.time.Duration;

/**
 * Remembers for a moment that there was no memory to prepare a batch: until it is over, nothing new is prepared.
 * Records stay where they are; a shortage of memory loses none. Owned by the worker.
 */
final class MemoryShortage {

    private static final Duration PAUSE = Duration.ofMillis(200);

    private final Signal signal;
    private final TelemetryLoop worker;
    private final Ticker ticker;
    private final ThrottledLog log;
    private boolean isShort;
    private long untilNanos;

    MemoryShortage(Signal signal, TelemetryLoop worker, Ticker ticker, ThrottledLog log) {
        this.signal = signal;
        this.worker = worker;
        this.ticker = ticker;
        this.log = log;
    }

    boolean isShort() {
        if (isShort && ticker.nanoTime() - untilNanos >= 0) {
            isShort = false;
        }
        return isShort;
    }

    /** Whether {@link #ended} may still have something to say. */
    boolean isPending() {
        return isShort;
    }

    /** Whether a shortage is over since the last call. */
    boolean ended() {
        return isShort && !isShort();
    }

    /** There was no memory to prepare something. */
    void began(OutOfMemoryError cause) {
        assert worker.inLoop();
        isShort = true;
        untilNanos = ticker.nanoTime() + PAUSE.toNanos();
        log.warn(signal.label() + " wait: there is no memory to prepare them for sending", cause);
        try {
            worker.schedule(PAUSE, worker::wake);
        } catch (OutOfMemoryError noTimer) {
            // The next round of the worker will do.
        }
    }
}
