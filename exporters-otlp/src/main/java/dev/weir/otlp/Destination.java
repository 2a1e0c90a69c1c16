// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.otlp.internal.transport.SendResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Where batches go: one or more addresses that are worth the same, with everything that is known about how they are. Decides
 * whether a request may start now. Owned by the worker; states and counters may be read by any thread.
 *
 * <p>A refusal holds for the signal that got it: a quota for logs says nothing about traces. A lost or refused connection, or no
 * answer, holds for all signals. Either shuts a {@link Gate} for a while. {@value #FAILURES_TO_OPEN} failures to reach the
 * destination in a row or {@link #SILENCE_TO_OPEN} without success open the circuit: lanes then put new batches into their spool
 * at once.
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
    /** What each lane was refused. */
    private final Map<Lane, Gate> gates = new HashMap<>();
    /** Whether anything gets through. */
    private final Gate reach;

    private int nextEndpoint;
    private int nextLane;
    private int inFlight;
    private boolean pressed;

    /** Whether people were told that something cannot be delivered. */
    private boolean told;

    private volatile int limitNow;

    /** @param hint what may be wrong when nothing gets through; empty when nothing looks wrong */
    Destination(
            TelemetryLoop worker, Ticker ticker, int maxConcurrency, long seed, List<String> addresses, String hint) {
        this.worker = worker;
        this.ticker = ticker;
        this.log = ThrottledLog.of("weir.otlp", ticker::nanoTime);
        this.limit = new ConcurrencyLimit(maxConcurrency);
        this.limitNow = limit.current();
        this.sizes = new SizeLimit(ticker);
        this.random = new SplittableRandom(seed);
        this.hint = hint;
        this.reach = new Gate(random, ticker);
        this.endpoints = new Endpoint[addresses.size()];
        for (int i = 0; i < endpoints.length; i++) {
            endpoints[i] = new Endpoint(addresses.get(i));
        }
    }

    void add(Lane lane) {
        lanes.add(lane);
        gates.put(lane, new Gate(random, ticker));
    }

    @SuppressWarnings("NullAway") // add() puts every lane
    private Gate gate(Lane lane) {
        return gates.get(lane);
    }

    /** Says that nothing can be delivered: one line, however many signals go here, but one for each signal that is refused. */
    void warn(Lane lane, SendResult result) {
        told = true;
        boolean refused = result.outcome() != SendResult.Outcome.UNREACHABLE;
        String what = refused
                ? lane.signal().label() + " are refused by " + lane.options().url()
                : "nothing can be delivered to " + addresses();
        ThrottledLog voice = refused ? gate(lane).log() : reach.log();
        voice.warn(what + " now: " + result.message()
                + "; nothing is lost while there is room, and it will be tried again" + hint);
    }

    /** Says that it is over. */
    private void tellSuccess() {
        if (!told || reach.state() != State.CLOSED) {
            return;
        }
        long waited = 0;
        for (Lane lane : lanes) {
            if (gate(lane).state() != State.CLOSED) {
                return;
            }
            waited += lane.account().snapshot().queued();
        }
        told = false;
        log.info(addresses() + " takes everything again, " + waited + " records had waited");
    }

    String hint() {
        return hint;
    }

    /**
     * Takes the right to start one request.
     *
     * @return the index of the address to use, or -1 when none may start now
     */
    int tryAcquire(Lane lane) {
        long now = ticker.nanoTime();
        Gate gate = gate(lane);
        if (!reach.lets(now) || !gate.lets(now) || inFlight >= limit.current()) {
            return -1;
        }
        inFlight++;
        reach.started();
        gate.started();
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
    void finished(Lane lane, int endpoint, SendResult result, long roundTripNanos, int bytes) {
        inFlight--;
        Gate gate = gate(lane);
        reach.ended();
        gate.ended();
        long now = ticker.nanoTime();
        if (result.outcome() != SendResult.Outcome.UNREACHABLE) {
            endpoints[endpoint].up();
            if (reach.succeeded()) {
                limit.reset();
            }
        }
        switch (result.outcome()) {
            case DELIVERED -> {
                gate.succeeded();
                limit.succeeded(roundTripNanos, bytes, now);
                tellSuccess();
            }
            case TOO_LARGE, REJECTED -> gate.succeeded();
            case RETRY, UNAUTHORIZED -> {
                gate.lastFailure(result.message());
                failed(gate, now, result.outcome() == SendResult.Outcome.UNAUTHORIZED);
            }
            case THROTTLE -> {
                gate.lastFailure(result.message());
                if (result.delayNanos() < MIN_BACKOFF.toNanos()) {
                    failed(gate, now, false);
                } else {
                    limit.throttled();
                    pumpAfter(gate.throttled(now, result.delayNanos()));
                }
            }
            case UNREACHABLE -> {
                String why = endpoints[endpoint].address + ": " + result.message();
                gates.values().forEach(each -> each.lastFailure(why));
                endpoints[endpoint].down(now, random);
                if (!anotherIsUp(now)) {
                    failed(reach, now, true);
                }
            }
        }
        limitNow = limit.current();
        pumpLanes();
    }

    private void failed(Gate at, long now, boolean counts) {
        limit.pushedBack(now);
        pumpAfter(at.failed(now, counts, pressed));
    }

    private void pumpAfter(long nanos) {
        if (nanos > 0) {
            worker.schedule(Duration.ofNanos(nanos), this::pumpLanes);
        }
    }

    /** The next pause after one of {@code lastNanos}, 0 for the first. */
    static long nextPause(SplittableRandom random, long lastNanos) {
        long ceiling = Math.max(MIN_BACKOFF.toNanos() + 1, Math.min(MAX_BACKOFF.toNanos(), lastNanos * 3));
        return random.nextLong(MIN_BACKOFF.toNanos(), ceiling);
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
        long now = ticker.nanoTime();
        reach.press(now);
        gates.values().forEach(gate -> gate.press(now));
        pumpLanes();
    }

    /** How it is for {@code lane}. Any thread. */
    State state(Lane lane) {
        return reach.state() != State.CLOSED ? reach.state() : gate(lane).state();
    }

    /** Whether {@code lane} should not wait for it. */
    boolean isOpen(Lane lane) {
        return reach.state() == State.OPEN || gate(lane).state() == State.OPEN;
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
        return reach.state() == State.CLOSED && inFlight >= limit.current();
    }

    /** Whether it answers late although little is in flight. */
    boolean isSlow() {
        return limit.current() <= FEW && limit.meanNanos() >= SLOW.toNanos();
    }

    /** Requests that may be in flight at once. Any thread. */
    int limit() {
        return limitNow;
    }

    /** For people: why the last request of {@code lane} failed, or one of another that found nobody. Any thread. */
    String lastFailure(Lane lane) {
        return gate(lane).lastFailure();
    }

    /** How long it asked {@code lane} to leave it alone, in all. Any thread. */
    long throttledNanos(Lane lane) {
        return gate(lane).throttledNanos();
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
            pauseNanos = nextPause(random, pauseNanos);
            downUntilNanos = now + pauseNanos;
        }
    }
}
