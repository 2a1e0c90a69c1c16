// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import java.time.Duration;
import java.util.SplittableRandom;

/**
 * Lets requests pass, or not for a while: after failures for a {@link Backoff}, or for as long as the receiver asked;
 * then one request probes. It is down after {@value #FAILURES_UNTIL_DOWN} failures to reach the receiver in a row, or
 * after {@link #SILENCE_UNTIL_DOWN} without success. Owned by the worker; {@link #state}, {@link #lastFailure} and
 * {@link #throttledNanos} may be called by any thread.
 */
final class Gate {

    static final int FAILURES_UNTIL_DOWN = 5;
    static final Duration SILENCE_UNTIL_DOWN = Duration.ofSeconds(30);

    private static final Duration PRESSED_BACKOFF = Duration.ofMillis(250);

    private final SplittableRandom random;
    private final ThrottledLog log;

    private int inFlight;
    private int failuresInRow;
    private boolean failing;
    private long failingSinceNanos;
    private long backoffNanos;
    private long blockedUntilNanos;

    private volatile DestinationState state = DestinationState.UP;
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
        return state == DestinationState.UP || inFlight == 0 && now - blockedUntilNanos >= 0;
    }

    void started() {
        inFlight++;
    }

    void ended() {
        inFlight--;
    }

    /** @return whether it was shut */
    boolean succeeded() {
        boolean wasShut = state != DestinationState.UP;
        state = DestinationState.UP;
        failing = false;
        failuresInRow = 0;
        backoffNanos = 0;
        return wasShut;
    }

    /**
     * A request failed.
     *
     * @param counts whether a few of these failures in a row mean that the destination is down
     * @param pressed whether pauses are to be short
     * @return how long it is shut from now; 0 when the failure gives no new information
     */
    long failed(long now, boolean counts, boolean pressed) {
        if (state != DestinationState.UP && inFlight > 0) {
            // An older request of the same outage: its failure gives no new information.
            return 0;
        }
        if (!failing) {
            failing = true;
            failingSinceNanos = now;
        }
        failuresInRow += counts ? 1 : 0;
        boolean silent = now - failingSinceNanos >= SILENCE_UNTIL_DOWN.toNanos();
        backoffNanos = Backoff.next(random, backoffNanos);
        if (pressed) {
            backoffNanos = Math.min(backoffNanos, PRESSED_BACKOFF.toNanos());
        }
        boolean down = silent || failuresInRow >= FAILURES_UNTIL_DOWN;
        return shut(now, backoffNanos, down ? DestinationState.DOWN : DestinationState.BACKOFF);
    }

    /** @return how long it is shut from now; 0 when it is shut for longer already */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    long throttled(long now, long delayNanos) {
        long jitter = delayNanos / 10 == 0 ? 0 : random.nextLong(delayNanos / 10);
        long nanos = delayNanos + jitter;
        if (state == DestinationState.THROTTLED && now + nanos - blockedUntilNanos <= 0) {
            return 0;
        }
        throttledNanos += nanos;
        return shut(now, nanos, DestinationState.THROTTLED);
    }

    private long shut(long now, long nanos, DestinationState newState) {
        blockedUntilNanos = now + nanos;
        state = newState;
        return nanos;
    }

    /** Ends a pause that the receiver did not ask for. */
    void press(long now) {
        if (state == DestinationState.BACKOFF || state == DestinationState.DOWN) {
            blockedUntilNanos = now;
        }
    }

    DestinationState state() {
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
