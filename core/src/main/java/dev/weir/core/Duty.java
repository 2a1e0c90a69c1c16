// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

/**
 * A piece of work that a {@link TelemetryLoop} repeats, for example draining a ring. Called on the loop's thread only.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface Duty {

    /**
     * Does a bounded share of what there is to do and returns; must not block on a lock or wait.
     *
     * @return how much was done; 0 lets the loop rest
     */
    int doWork();

    /**
     * How long the loop may rest; a {@link TelemetryLoop#wake} ends it early. Asked after each round that found nothing
     * to do, immediately before the rest. A duty that has producers rests long when it makes them call {@code wake}
     * from now on, and then finds that nothing has come since {@link #doWork}.
     *
     * @param idleNanos the idle time that the duty was added with, in nanoseconds
     * @return the longest rest in nanoseconds, by default {@code idleNanos}; less than 1 counts as 1, and the loop
     *     never rests longer than 10 s
     */
    default long restNanos(long idleNanos) {
        return idleNanos;
    }
}
