// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

/**
 * What the modules of one Weir instance share: settings, clock, threads, ledger, health. Thread-safe.
 *
 * <p>A module that is built without one makes its own with {@link #create()}. The code that creates a runtime closes it; a module
 * that was given one {@link TelemetryThreads#retain retains} the threads for as long as it works.
 *
 * @since 0.1
 */
public final class TelemetryRuntime implements AutoCloseable {

    private final Settings settings;
    private final TelemetryThreads threads;
    private final Ledger ledger = new Ledger();
    private final Health health = new Health();

    private TelemetryRuntime(Settings settings, TelemetryThreads threads) {
        this.settings = settings;
        this.threads = threads;
    }

    /**
     * Makes a runtime of this process's settings, on the clock of this machine, and starts its threads.
     *
     * @return the runtime; the caller must {@link #close} it
     * @throws IllegalArgumentException for a value that is not allowed, as {@link Settings#load}
     * @throws IllegalStateException when one setting has two declarations, as {@link Settings#load}
     */
    public static TelemetryRuntime create() {
        return create(Settings.load());
    }

    /**
     * As {@link #create()}, with other settings.
     *
     * @param settings what all modules of the runtime read
     * @return the runtime; the caller must {@link #close} it
     */
    public static TelemetryRuntime create(Settings settings) {
        return create(settings, Ticker.system());
    }

    /**
     * As {@link #create(Settings)}, on another clock.
     *
     * @param settings what all modules of the runtime read
     * @param ticker the clock of all modules and of the timers
     * @return the runtime; the caller must {@link #close} it
     */
    public static TelemetryRuntime create(Settings settings, Ticker ticker) {
        return new TelemetryRuntime(settings, TelemetryThreads.create(ticker));
    }

    /** {@return the settings that all modules read} */
    public Settings settings() {
        return settings;
    }

    /** {@return the clock of all modules} */
    public Ticker ticker() {
        return threads.ticker();
    }

    /** {@return the two threads of all modules} */
    public TelemetryThreads threads() {
        return threads;
    }

    /** {@return the account of every record} */
    public Ledger ledger() {
        return ledger;
    }

    /** {@return what the modules say about their state} */
    public Health health() {
        return health;
    }

    /** Gives back the reference to the threads; they end when no module uses them any more. */
    @Override
    public void close() {
        threads.close();
    }
}
