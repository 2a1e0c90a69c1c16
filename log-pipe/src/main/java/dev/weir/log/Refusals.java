// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.log.internal.pipe.RingInput;
import dev.weir.log.internal.store.Journal;
import java.time.Duration;

/**
 * What follows when a store refuses records: they wait in the ring, the store is tried again after a pause, and after
 * several failures another store is used. The disk's thread.
 */
final class Refusals {

    private static final long PAUSE_NANOS = Duration.ofMillis(500).toNanos();
    private static final int FAILURES_BEFORE_FALLBACK = 3;

    private final RingInput input;
    private final Stores stores;
    private final Ticker ticker;
    private final ThrottledLog log;

    private long retryNanos;
    private int failures;
    private boolean blocked;

    Refusals(RingInput input, Stores stores, Ticker ticker, ThrottledLog log) {
        this.input = input;
        this.stores = stores;
        this.ticker = ticker;
        this.log = log;
        this.retryNanos = ticker.nanoTime();
    }

    /** {@code by} did not take what it was given. */
    void refusedBy(Journal by) {
        tryLater();
        String problem = by.problem();
        blocked = true;
        input.blockedBy(problem == null ? "the store refuses records" : problem);
        log.warn("log records wait in the ring: " + problem
                + "; once the ring is full, records are dropped and counted");
        if (!by.isFull() && ++failures >= FAILURES_BEFORE_FALLBACK) {
            failures = 0;
            stores.currentFails(problem);
            tryNow();
        }
    }

    /** The store took records of the ring. */
    void stored() {
        if (blocked) {
            blocked = false;
            input.blockedBy(null);
        }
        failures = 0;
    }

    /** Whether the last answer of the store to records was a refusal. */
    boolean isBlocked() {
        return blocked;
    }

    /** The store gets nothing before the pause has passed. */
    void tryLater() {
        retryNanos = ticker.nanoTime() + PAUSE_NANOS;
    }

    /** There is no pause any more. */
    void tryNow() {
        retryNanos = ticker.nanoTime();
    }

    /** Whether the store may get records at {@code now}. */
    boolean isPauseOver(long now) {
        return now - retryNanos >= 0;
    }
}
