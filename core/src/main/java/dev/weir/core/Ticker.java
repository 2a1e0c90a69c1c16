// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

/**
 * The clock of every module: monotonic time for durations, wall time for timestamps.
 *
 * <p>Thread-safe. Tests use {@link dev.weir.core.testing.ManualTicker}.
 *
 * @since 0.1
 */
public interface Ticker {

    /**
     * The monotonic time. Its origin is arbitrary: only differences mean something, and they may overflow.
     *
     * @return the time in nanoseconds
     */
    long nanoTime();

    /**
     * The wall time. May step in both directions.
     *
     * @return the nanoseconds since 1970-01-01T00:00:00Z
     */
    long epochNanos();

    /**
     * Registers {@code listener} to be called when time is moved by hand. A clock that runs by itself ignores it.
     *
     * @param listener runs on the thread that moves the time; must not block
     * @return undoes the registration
     */
    default Registration onAdvance(Runnable listener) {
        return Registration.NONE;
    }

    /** {@return the clock of this machine} */
    static Ticker system() {
        return SystemTicker.INSTANCE;
    }
}
