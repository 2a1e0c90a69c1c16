// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

/**
 * The clock of every room: monotonic time for durations, wall time for timestamps.
 *
 * <p>Thread-safe. Tests use {@link dev.weir.core.testing.ManualTicker}.
 *
 * @since 0.1
 */
public interface Ticker {

    /** Monotonic nanoseconds with an arbitrary origin: only differences mean something, and they may overflow. */
    long nanoTime();

    /** Wall time in nanoseconds since 1970-01-01T00:00:00Z. May step in both directions. */
    long epochNanos();

    /**
     * Registers {@code listener} to be called when time is moved by hand. A clock that runs by itself ignores it.
     *
     * @return undoes the registration
     */
    default Registration onAdvance(Runnable listener) {
        return Registration.NONE;
    }

    /** The clock of this machine. */
    static Ticker system() {
        return SystemTicker.INSTANCE;
    }
}
