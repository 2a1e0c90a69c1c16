// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Registration;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.ThrottledLog;
import dev.weir.core.Ticker;
import dev.weir.otlp.internal.transport.SendResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Where batches go: one or more addresses that are worth the same, with everything that is known about how they are. Decides
 * whether a request may start now. Owned by the worker; {@link #state} and the counters may be read by any thread.
 *
 * <p>A retryable refusal pauses the whole destination (decorrelated jitter, {@link #MIN_BACKOFF} to {@link #MAX_BACKOFF});
 * then a single request probes it, and one success opens it again. {@value #FAILURES_TO_OPEN} failures to reach it in a row
 * or {@link #SILENCE_TO_OPEN} without success open the circuit: lanes then put new batches into their spool at once.
 *
 * <p>A receiver may ask for a pause of its own. One that is shorter than {@link #MIN_BACKOFF} asks for nothing, so that no answer
 * can make requests come faster than without it.
 */
final class Destination {

    static final Duration MIN_BACKOFF = Duration.ofMillis(100);
    static final Duration MAX_BACKOFF = Duration.ofSeconds(30);
    static final int FAILURES_TO_OPEN = 5;
    static final Duration SILENCE_TO_OPEN = Duration.ofSeconds(30);
    private static final int TIMEOUTS_TO_ABANDON = 2;
    private static final int FEW = 2;
    private static final Duration SLOW = Duration.ofSeconds(1);
    private static final Duration PRESSED_BACKOFF = Duration.ofMillis(250);

    /** How the destination is. */
    enum State {
        /** Answers. */
        CLOSED,
        /** Pauses after a failure. */
        BACKOFF,
        /** Pauses because it asked for it. */
        THROTTLED,
        /** Has not answered for a while. */
        OPEN
    }

    private final TelemetryLoop worker;
    private final Ticker ticker;
    private final ThrottledLog log;
    private final ConcurrencyLimit limit;
    private final SizeLimit sizes;
    private final SplittableRandom random;
    private final Endpoint[] endpoints;
    private final String hint;
    private final List<Lane> lanes = new ArrayList<>();

    private int nextEndpoint;
    private int nextLane;
    private int inFlight;
    private int failuresInRow;
    private boolean failing;
    private long failingSinceNanos;
    private long backoffNanos;
    private long blockedUntilNanos;
    private Registration timer = Registration.NONE;
    private boolean pressed;

    private volatile State state = State.CLOSED;
    private volatile String lastFailure = "";
    private volatile int limitNow;
    private volatile long throttledNanos;

    /** @param hint what may be wrong when nothing gets through; empty when nothing looks wrong */
    Destination(
            TelemetryLoop worker, Ticker ticker, int maxConcurrency, long seed, List<String> addresses, String hint) {
        this.worker = worker;
        this.ticker = ticker;
        this.log = ThrottledLog.of("weir.otlp", ticker);
        this.limit = new ConcurrencyLimit(maxConcurrency);
        this.limitNow = limit.current();
        this.sizes = new SizeLimit(ticker);
        this.random = new SplittableRandom(seed);
        this.hint = hint;
        this.endpoints = new Endpoint[addresses.size()];
        for (int i = 0; i < endpoints.length; i++) {
            endpoints[i] = new Endpoint(addresses.get(i));
        }
    }

    void add(Lane lane) {
        lanes.add(lane);
    }

    /** Says that nothing can be delivered now: one line, however many signals go here. */
    void warn(String why) {
        log.warn("nothing can be delivered to " + addresses() + " now: " + why
                + "; nothing is lost while there is room, and it will be tried again" + hint);
    }

    String hint() {
        return hint;
    }

    /**
     * Takes the right to start one request.
     *
     * @return the index of the address to use, or -1 when none may start now
     */
    int tryAcquire() {
        long now = ticker.nanoTime();
        if (state != State.CLOSED) {
            if (inFlight > 0 || now - blockedUntilNanos < 0) {
                return -1;
            }
        } else if (inFlight >= limit.current()) {
            return -1;
        }
        inFlight++;
        limit.started(inFlight);
        return pick(now);
    }

    /** Spreads over the addresses that are well; when none is, takes the one whose turn it is. */
    private int pick(long now) {
        int turn = -1;
        for (int i = 0; i < endpoints.length; i++) {
            int candidate = (nextEndpoint + i) % endpoints.length;
            Endpoint endpoint = endpoints[candidate];
            if (endpoint.address == null) {
                continue;
            }
            if (!endpoint.isDown(now)) {
                turn = candidate;
                break;
            }
            if (turn < 0) {
                turn = candidate;
            }
        }
        int picked = Math.max(0, turn);
        nextEndpoint = (picked + 1) % endpoints.length;
        return picked;
    }

    /** From now on the address at {@code index} is this one; null when there is none. */
    void readdress(int index, @Nullable String address) {
        Endpoint endpoint = endpoints[index];
        if (!Objects.equals(endpoint.address, address)) {
            endpoint.up();
            endpoint.address = address;
        }
    }

    /** Returns the right and learns from what the attempt came to. */
    void finished(int endpoint, SendResult result, long roundTripNanos, int bytes) {
        inFlight--;
        long now = ticker.nanoTime();
        switch (result.outcome()) {
            case DELIVERED -> {
                endpoints[endpoint].up();
                succeeded();
                limit.succeeded(roundTripNanos, bytes, now);
            }
            case TOO_LARGE, REJECTED -> {
                endpoints[endpoint].up();
                succeeded();
            }
            case RETRY -> {
                lastFailure = result.message();
                endpoints[endpoint].up();
                failed(now, false);
            }
            case THROTTLE -> {
                lastFailure = result.message();
                endpoints[endpoint].up();
                if (result.delayNanos() < MIN_BACKOFF.toNanos()) {
                    failed(now, false);
                } else {
                    throttled(now, result.delayNanos());
                }
            }
            case UNREACHABLE -> {
                lastFailure = endpoints[endpoint].address + ": " + result.message();
                endpoints[endpoint].down(now, random);
                if (!anotherIsUp(now)) {
                    failed(now, true);
                }
            }
            case UNAUTHORIZED -> {
                lastFailure = result.message();
                failed(now, true);
            }
        }
        limitNow = limit.current();
        pumpLanes();
    }

    /**
     * An attempt was given up without an answer.
     *
     * @return whether the connection should be, too
     */
    boolean timedOut(int endpoint) {
        return ++endpoints[endpoint].timeoutsInRow >= TIMEOUTS_TO_ABANDON;
    }

    private boolean anotherIsUp(long now) {
        for (Endpoint endpoint : endpoints) {
            if (endpoint.address != null && !endpoint.isDown(now)) {
                return true;
            }
        }
        return false;
    }

    private void succeeded() {
        if (state != State.CLOSED) {
            limit.reset();
            state = State.CLOSED;
            timer.close();
        }
        failing = false;
        failuresInRow = 0;
        backoffNanos = 0;
    }

    private void failed(long now, boolean unreachable) {
        limit.pushedBack(now);
        if (state != State.CLOSED && inFlight > 0) {
            // An older request of the same outage: its failure says nothing new.
            return;
        }
        if (!failing) {
            failing = true;
            failingSinceNanos = now;
        }
        failuresInRow += unreachable ? 1 : 0;
        boolean silent = now - failingSinceNanos >= SILENCE_TO_OPEN.toNanos();
        long ceiling = Math.max(MIN_BACKOFF.toNanos() + 1, Math.min(MAX_BACKOFF.toNanos(), backoffNanos * 3));
        backoffNanos = random.nextLong(MIN_BACKOFF.toNanos(), ceiling);
        if (pressed) {
            backoffNanos = Math.min(backoffNanos, PRESSED_BACKOFF.toNanos());
        }
        block(now, backoffNanos, silent || failuresInRow >= FAILURES_TO_OPEN ? State.OPEN : State.BACKOFF);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    private void throttled(long now, long delayNanos) {
        limit.throttled();
        long jitter = delayNanos / 10 == 0 ? 0 : random.nextLong(delayNanos / 10);
        long until = now + delayNanos + jitter;
        if (state == State.THROTTLED && until - blockedUntilNanos <= 0) {
            return;
        }
        throttledNanos += delayNanos + jitter;
        block(now, delayNanos + jitter, State.THROTTLED);
    }

    private void block(long now, long nanos, State newState) {
        blockedUntilNanos = now + nanos;
        state = newState;
        timer.close();
        timer = worker.schedule(Duration.ofNanos(nanos), this::pumpLanes);
    }

    /** Lets every lane start what it may, beginning with another one each time. */
    void pumpLanes() {
        int count = lanes.size();
        for (int i = 0; i < count; i++) {
            lanes.get((nextLane + i) % count).pump();
        }
        nextLane = count == 0 ? 0 : (nextLane + 1) % count;
    }

    /** There is a deadline now: a pause of our own making ends, and later ones are short. A throttle is still respected. */
    void press() {
        pressed = true;
        if (state == State.BACKOFF || state == State.OPEN) {
            blockedUntilNanos = ticker.nanoTime();
        }
        pumpLanes();
    }

    State state() {
        return state;
    }

    /** Whether lanes should not wait for it. */
    boolean isOpen() {
        return state == State.OPEN;
    }

    int inFlight() {
        return inFlight;
    }

    /** How long bodies may be here. */
    SizeLimit sizes() {
        return sizes;
    }

    /** Whether no more requests may start although it answers. */
    boolean isSaturated() {
        return state == State.CLOSED && inFlight >= limit.current();
    }

    /** Whether it answers late although little is in flight. */
    boolean isSlow() {
        return limit.current() <= FEW && limit.meanNanos() >= SLOW.toNanos();
    }

    /** Requests that may be in flight at once. Any thread. */
    int limit() {
        return limitNow;
    }

    /** For people: why it is not {@code CLOSED}. Any thread. */
    String lastFailure() {
        return lastFailure;
    }

    /** How long it asked to be left alone, in all. Any thread. */
    long throttledNanos() {
        return throttledNanos;
    }

    /** The addresses, for people. */
    String addresses() {
        StringBuilder text = new StringBuilder();
        for (Endpoint endpoint : endpoints) {
            String address = endpoint.address;
            if (address != null) {
                text.append(text.isEmpty() ? "" : ", ").append(address);
            }
        }
        return text.toString();
    }

    private static final class Endpoint {

        /** For people; null while there is nothing here. */
        volatile @Nullable String address;

        private long downUntilNanos;
        private boolean down;
        private long pauseNanos;
        int timeoutsInRow;

        Endpoint(@Nullable String address) {
            this.address = address;
        }

        boolean isDown(long now) {
            return down && now - downUntilNanos < 0;
        }

        void up() {
            timeoutsInRow = 0;
            down = false;
            pauseNanos = 0;
        }

        void down(long now, SplittableRandom random) {
            down = true;
            long ceiling = Math.max(MIN_BACKOFF.toNanos() + 1, Math.min(MAX_BACKOFF.toNanos(), pauseNanos * 3));
            pauseNanos = random.nextLong(MIN_BACKOFF.toNanos(), ceiling);
            downUntilNanos = now + pauseNanos;
        }
    }
}
