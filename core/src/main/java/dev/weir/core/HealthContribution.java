// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

/**
 * The state of one module, for status pages and the start block. Any thread may ask at any time; must not block.
 *
 * @since 0.1
 */
public interface HealthContribution {

    /** How the telemetry is. Never a statement about the application. */
    enum Status {
        /** Works as configured. */
        UP,
        /** Works with less than was configured, for example in memory instead of on disk. */
        DEGRADED,
        /** Does not work: its records are dropped and counted. */
        DOWN
    }

    /** {@return the name of the module, for example {@code log-pipe}} */
    String name();

    /** {@return how the module is now} */
    Status status();

    /** {@return one line: what is wrong, what follows, what to do; empty when nothing is wrong} */
    String detail();
}
