// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The two daemon threads of one Weir instance: {@code weir-worker} encodes, ticks and keeps timers; {@code weir-io}
 * touches the disk. Rooms start no thread of their own.
 *
 * <p>Reference-counted: a module that is built with these threads {@link #retain retains} them, and each {@link #close}
 * gives one reference back; the last one ends the threads. Thread-safe.
 *
 * @since 0.1
 */
public final class TelemetryThreads implements AutoCloseable {

    private static final Duration JOIN = Duration.ofSeconds(2);

    private final Ticker ticker;
    private final TelemetryLoop worker;
    private final TelemetryLoop io;
    private final AtomicInteger references = new AtomicInteger(1);

    private TelemetryThreads(Ticker ticker) {
        this.ticker = ticker;
        this.worker = new TelemetryLoop("weir-worker", ticker);
        this.io = new TelemetryLoop("weir-io", ticker);
    }

    /**
     * Starts a pair of threads on the clock of this machine.
     *
     * @return the pair; the caller holds the first reference and must {@link #close} it
     */
    public static TelemetryThreads create() {
        return create(Ticker.system());
    }

    /**
     * As {@link #create()}, on another clock.
     *
     * @param ticker the clock that the timers follow
     * @return the pair; the caller holds the first reference and must {@link #close} it
     */
    public static TelemetryThreads create(Ticker ticker) {
        TelemetryThreads threads = new TelemetryThreads(ticker);
        threads.worker.start();
        threads.io.start();
        return threads;
    }

    /**
     * Takes one more reference.
     *
     * @return this
     * @throws IllegalStateException when the threads have ended
     */
    public TelemetryThreads retain() {
        int now;
        do {
            now = references.get();
            if (now <= 0) {
                throw new IllegalStateException("the telemetry threads have ended");
            }
        } while (!references.compareAndSet(now, now + 1));
        return this;
    }

    /** {@return the thread for computing: encoding, ticks, timers} */
    public TelemetryLoop worker() {
        return worker;
    }

    /** {@return the thread for the disk} */
    public TelemetryLoop io() {
        return io;
    }

    /** {@return the clock that the timers follow} */
    public Ticker ticker() {
        return ticker;
    }

    /**
     * Gives one reference back. The last one lets both threads finish the tasks that wait and end; the caller waits for
     * that, at most 2 s for each and whether it is interrupted or not, unless it is one of them.
     */
    @Override
    public void close() {
        int left = references.decrementAndGet();
        if (left != 0) {
            if (left < 0) {
                references.incrementAndGet();
            }
            return;
        }
        worker.stop();
        io.stop();
        if (worker.inLoop() || io.inLoop()) {
            return;
        }
        worker.join(JOIN);
        io.join(JOIN);
    }
}
