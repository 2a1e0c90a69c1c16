// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.testing;

import dev.weir.core.Registration;
import dev.weir.core.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A clock that stands still until a test moves it. Thread-safe.
 *
 * <p>Monotonic and wall time can be moved apart, as they are by a clock that is set. A
 * {@link dev.weir.core.TelemetryLoop} that waits on this clock wakes at each {@link #advance}.
 *
 * @since 0.1
 */
public final class ManualTicker implements Ticker {

    private final AtomicLong nanos;
    private final AtomicLong epochNanos;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /** Starts at monotonic 0 and 2026-01-01T00:00:00Z. */
    public ManualTicker() {
        this(0, 1_767_225_600_000_000_000L);
    }

    /**
     * Starts at the given readings: a negative or nearly overflowing monotonic start is a test worth having.
     *
     * @param nanoTime the monotonic time, in nanoseconds; any value
     * @param epochNanos the wall time, in nanoseconds since 1970-01-01T00:00:00Z
     */
    public ManualTicker(long nanoTime, long epochNanos) {
        this.nanos = new AtomicLong(nanoTime);
        this.epochNanos = new AtomicLong(epochNanos);
    }

    @Override
    public long nanoTime() {
        return nanos.get();
    }

    @Override
    public long epochNanos() {
        return epochNanos.get();
    }

    /**
     * Moves both times forward, then runs the listeners on the calling thread.
     *
     * @param by how far, at most 292 years; not checked, so a negative one moves both times back
     */
    public void advance(Duration by) {
        epochNanos.addAndGet(by.toNanos());
        nanos.addAndGet(by.toNanos());
        listeners.forEach(Runnable::run);
    }

    /**
     * Sets the wall clock alone, as an operator or NTP does. Runs no listener.
     *
     * @param by how far, at most 292 years; a negative one sets the clock back
     */
    public void stepWallClock(Duration by) {
        epochNanos.addAndGet(by.toNanos());
    }

    @Override
    public Registration onAdvance(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }
}
