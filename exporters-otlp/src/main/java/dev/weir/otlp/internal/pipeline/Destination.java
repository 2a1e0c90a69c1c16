// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.SignalLedger;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.otlp.internal.transport.SendResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Where batches go: one or more addresses of equal worth, and what is known about them. Decides whether a request may
 * start now. Each signal uses it by its {@link Route}. Owned by the worker; states and counters may be read by any
 * thread.
 *
 * <p>A refusal holds for the signal that got it: a quota for logs is no quota for traces. A lost or refused connection,
 * or no answer, holds for all signals. Both shut a {@link Gate} for a while. While the destination is down, pipelines
 * put new batches into their spool at once.
 *
 * <p>A receiver may ask for a pause. One that is shorter than {@link Backoff#MIN} is ignored, so that no answer can
 * make requests come faster than without it.
 */
public final class Destination {

    private static final int FEW = 2;
    private static final Duration SLOW = Duration.ofSeconds(1);

    private final TelemetryLoop worker;
    private final Ticker ticker;
    private final ThrottledLog log;
    private final ConcurrencyLimit limit;
    private final SizeLimit sizes;
    private final SplittableRandom random;
    private final Endpoints endpoints;
    private final String hint;
    private final List<Member> members = new ArrayList<>();
    /** Whether anything gets through. */
    private final Gate reach;

    private int nextMember;
    private int inFlight;
    private boolean pressed;

    /** Whether the log has a line that something cannot be delivered. */
    private boolean warned;

    private volatile int limitNow;

    /** @param hint what may be wrong when nothing gets through; empty when nothing looks wrong */
    public Destination(
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
        this.endpoints = new Endpoints(addresses, random);
    }

    /** One signal, of those that share this. */
    private record Member(SignalLedger account, Gate gate, Runnable pump) {}

    /**
     * Adds a signal; before the worker uses the destination.
     *
     * @param pump starts the requests that may start
     * @return shut while this signal is refused
     */
    Gate add(SignalLedger account, Runnable pump) {
        Gate gate = new Gate(random, ticker);
        members.add(new Member(account, gate, pump));
        return gate;
    }

    /** Logs that nothing gets through: one line for all signals. */
    void warnUnreachable(SendResult result) {
        warn(reach.log(), "cannot deliver to " + addresses(), result);
    }

    /** Logs that something cannot be delivered; a line will follow when everything can. */
    void warn(ThrottledLog to, String what, SendResult result) {
        assert worker.inLoop();
        warned = true;
        to.warn(what + ": " + result.message() + "; records are kept while there is room, retrying" + hint);
    }

    /** Logs that everything can be delivered again. */
    private void announceRecovery() {
        if (!warned || reach.state() != DestinationState.UP) {
            return;
        }
        long waited = 0;
        for (Member member : members) {
            if (member.gate.state() != DestinationState.UP) {
                return;
            }
            waited += member.account.snapshot().queued();
        }
        warned = false;
        log.info(addresses() + " accepts all signals again, " + waited + " records were waiting");
    }

    /** How it is for all signals. Any thread. */
    DestinationState state() {
        return reach.state();
    }

    String hint() {
        return hint;
    }

    /**
     * Takes the right to start one request.
     *
     * @param gate of the signal
     * @return the index of the address to use, or -1 when no request may start now
     */
    int tryAcquire(Gate gate) {
        assert worker.inLoop();
        long now = ticker.nanoTime();
        if (!reach.lets(now) || !gate.lets(now) || inFlight >= limit.current()) {
            return -1;
        }
        inFlight++;
        reach.started();
        gate.started();
        limit.started(inFlight);
        return endpoints.pick(now);
    }

    /**
     * From now on the address at {@code index} is this one; null when there is none. The worker, or before it starts.
     */
    public void readdress(int index, @Nullable String address) {
        endpoints.readdress(index, address);
    }

    /**
     * Returns the right and learns from the result of the attempt.
     *
     * @param gate of the signal
     */
    void finished(Gate gate, int endpoint, SendResult result, long roundTripNanos, int bytes) {
        assert worker.inLoop();
        inFlight--;
        reach.ended();
        gate.ended();
        long now = ticker.nanoTime();
        if (result.outcome() != SendResult.Outcome.UNREACHABLE) {
            endpoints.up(endpoint);
            if (reach.succeeded()) {
                limit.reset();
            }
        }
        switch (result.outcome()) {
            case DELIVERED -> {
                gate.succeeded();
                limit.succeeded(roundTripNanos, bytes, now);
                announceRecovery();
            }
            case TOO_LARGE, REJECTED -> gate.succeeded();
            case RETRY, UNAUTHORIZED -> {
                gate.lastFailure(result.message());
                failed(gate, now, result.outcome() == SendResult.Outcome.UNAUTHORIZED);
            }
            case THROTTLE -> {
                gate.lastFailure(result.message());
                if (result.delayNanos() < Backoff.MIN.toNanos()) {
                    failed(gate, now, false);
                } else {
                    limit.throttled();
                    pumpAfter(gate.throttled(now, result.delayNanos()));
                }
            }
            case UNREACHABLE -> {
                String why = endpoints.address(endpoint) + ": " + result.message();
                members.forEach(each -> each.gate.lastFailure(why));
                endpoints.down(endpoint, now);
                if (!endpoints.isAnyUp(now)) {
                    failed(reach, now, true);
                }
            }
        }
        limitNow = limit.current();
        pumpAll();
    }

    private void failed(Gate at, long now, boolean counts) {
        limit.pushedBack(now);
        pumpAfter(at.failed(now, counts, pressed));
    }

    private void pumpAfter(long nanos) {
        if (nanos > 0) {
            worker.schedule(Duration.ofNanos(nanos), this::pumpAll);
        }
    }

    /**
     * An attempt had no answer within its timeout.
     *
     * @return whether the connection should be closed, too
     */
    boolean timedOut(int endpoint) {
        assert worker.inLoop();
        return endpoints.timedOut(endpoint);
    }

    /** Lets every signal start what it may, beginning with another one each time. */
    private void pumpAll() {
        int count = members.size();
        for (int i = 0; i < count; i++) {
            members.get((nextMember + i) % count).pump.run();
        }
        nextMember = count == 0 ? 0 : (nextMember + 1) % count;
    }

    /** A close has begun: pauses that the receiver did not ask for end now, and later ones are short. */
    void press() {
        assert worker.inLoop();
        pressed = true;
        long now = ticker.nanoTime();
        reach.press(now);
        members.forEach(member -> member.gate.press(now));
        pumpAll();
    }

    /** How long bodies may be here. */
    SizeLimit sizes() {
        return sizes;
    }

    /** Whether no more requests may start although the destination answers. */
    boolean isSaturated() {
        return reach.state() == DestinationState.UP && inFlight >= limit.current();
    }

    /** Whether it answers late although little is in flight. */
    boolean isSlow() {
        return limit.current() <= FEW && limit.meanNanos() >= SLOW.toNanos();
    }

    /** Requests that may be in flight at once. Any thread. */
    int limit() {
        return limitNow;
    }

    /** The addresses, for messages. Any thread. */
    String addresses() {
        return endpoints.text();
    }
}
