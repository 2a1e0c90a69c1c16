// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

/**
 * What the rooms of one Weir instance share: settings, clock, threads, ledger, health. Thread-safe.
 *
 * <p>A room that is built without one makes its own with {@link #create()}. Who creates a runtime closes it; a room that was
 * given one {@link TelemetryThreads#retain retains} the threads for as long as it works.
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

    /** A runtime of this process's settings, on the system's clock. */
    public static TelemetryRuntime create() {
        return create(Settings.load());
    }

    /** As {@link #create()}, with the given settings. */
    public static TelemetryRuntime create(Settings settings) {
        return create(settings, Ticker.system());
    }

    /** As {@link #create(Settings)}, on the given clock. */
    public static TelemetryRuntime create(Settings settings, Ticker ticker) {
        return new TelemetryRuntime(settings, TelemetryThreads.create(ticker));
    }

    /** What was configured. */
    public Settings settings() {
        return settings;
    }

    /** The clock of all modules. */
    public Ticker ticker() {
        return threads.ticker();
    }

    /** The two threads of all modules. */
    public TelemetryThreads threads() {
        return threads;
    }

    /** The account of every record. */
    public Ledger ledger() {
        return ledger;
    }

    /** How the modules are. */
    public Health health() {
        return health;
    }

    /** Gives back the reference to the threads; they end when no room uses them any more. */
    @Override
    public void close() {
        threads.close();
    }
}
