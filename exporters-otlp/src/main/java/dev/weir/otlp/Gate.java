// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import java.time.Duration;
import java.util.SplittableRandom;

/**
 * Lets requests through, or not for a while: after failures with decorrelated jitter, {@link Destination#MIN_BACKOFF} to
 * {@link Destination#MAX_BACKOFF}, or because it was asked for; then one request probes. Owned by the worker; {@link #state} and
 * what people are told may be read by any thread.
 */
final class Gate {

    private static final Duration PRESSED_BACKOFF = Duration.ofMillis(250);

    private final SplittableRandom random;
    private final ThrottledLog log;

    private int inFlight;
    private int failuresInRow;
    private boolean failing;
    private long failingSinceNanos;
    private long backoffNanos;
    private long blockedUntilNanos;

    private volatile Destination.State state = Destination.State.CLOSED;
    private volatile String lastFailure = "";
    private volatile long throttledNanos;

    Gate(SplittableRandom random, Ticker ticker) {
        this.random = random;
        this.log = ThrottledLog.of("weir.otlp", ticker::nanoTime);
    }

    ThrottledLog log() {
        return log;
    }

    boolean lets(long now) {
        return state == Destination.State.CLOSED || inFlight == 0 && now - blockedUntilNanos >= 0;
    }

    void started() {
        inFlight++;
    }

    void ended() {
        inFlight--;
    }

    /** @return whether it was shut */
    boolean succeeded() {
        boolean wasShut = state != Destination.State.CLOSED;
        state = Destination.State.CLOSED;
        failing = false;
        failuresInRow = 0;
        backoffNanos = 0;
        return wasShut;
    }

    /**
     * A request failed.
     *
     * @param counts whether a few of these in a row mean that it is open
     * @param pressed whether pauses are to be short
     * @return how long it is shut from now; 0 when this says nothing new
     */
    long failed(long now, boolean counts, boolean pressed) {
        if (state != Destination.State.CLOSED && inFlight > 0) {
            // An older request of the same outage: its failure says nothing new.
            return 0;
        }
        if (!failing) {
            failing = true;
            failingSinceNanos = now;
        }
        failuresInRow += counts ? 1 : 0;
        boolean silent = now - failingSinceNanos >= Destination.SILENCE_TO_OPEN.toNanos();
        backoffNanos = Destination.nextPause(random, backoffNanos);
        if (pressed) {
            backoffNanos = Math.min(backoffNanos, PRESSED_BACKOFF.toNanos());
        }
        boolean open = silent || failuresInRow >= Destination.FAILURES_TO_OPEN;
        return shut(now, backoffNanos, open ? Destination.State.OPEN : Destination.State.BACKOFF);
    }

    /** @return how long it is shut from now; 0 when it is for longer already */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    long throttled(long now, long delayNanos) {
        long jitter = delayNanos / 10 == 0 ? 0 : random.nextLong(delayNanos / 10);
        long nanos = delayNanos + jitter;
        if (state == Destination.State.THROTTLED && now + nanos - blockedUntilNanos <= 0) {
            return 0;
        }
        throttledNanos += nanos;
        return shut(now, nanos, Destination.State.THROTTLED);
    }

    private long shut(long now, long nanos, Destination.State newState) {
        blockedUntilNanos = now + nanos;
        state = newState;
        return nanos;
    }

    /** A pause of our own making ends. */
    void press(long now) {
        if (state == Destination.State.BACKOFF || state == Destination.State.OPEN) {
            blockedUntilNanos = now;
        }
    }

    Destination.State state() {
        return state;
    }

    void lastFailure(String why) {
        lastFailure = why;
    }

    String lastFailure() {
        return lastFailure;
    }

    long throttledNanos() {
        return throttledNanos;
    }
}
