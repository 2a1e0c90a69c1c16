// SPDX-License-Identifier: Apache-2.0
package dev.weir.context;

import dev.weir.context.internal.Slot;
import dev.weir.context.internal.reactor.ReactorHooks;
import dev.weir.core.Registration;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Notices what a framework changes after the start: Spring Boot switches Reactor's automatic mode on, and makes its tracer, when
 * its context refreshes, which may be long after Weir looked. A line for each of them is written once.
 *
 * <p>Each call of status or health looks for them, and so does the telemetry's worker, which waits twice as long after each
 * look: two static reads, never on a request. Thread-safe.
 */
final class LaterChanges implements Registration {

    private static final Duration FIRST_LOOK = Duration.ofSeconds(1);

    /** The longest time between two looks of the worker. */
    static final Duration LONGEST_REST = Duration.ofMinutes(1);

    private final boolean automaticAtStart = ReactorHooks.isAutomaticModeOn();
    private final boolean hooks;
    private final ThrottledLog mode;
    private final ThrottledLog tracers;
    private final AtomicBoolean modeSaid = new AtomicBoolean();
    private final AtomicBoolean tracerSaid = new AtomicBoolean();
    private volatile Registration next = Registration.NONE;
    private volatile boolean closed;

    /** @param hooks whether the hooks of Weir are installed in Reactor, so that its mode makes a difference */
    LaterChanges(Ticker ticker, boolean hooks) {
        this.hooks = hooks;
        this.mode = ThrottledLog.of("weir.context", ticker::nanoTime);
        this.tracers = ThrottledLog.of("weir.context", ticker::nanoTime);
    }

    /** Says what is new. */
    void look() {
        if (switchedOnLater() && modeSaid.compareAndSet(false, true)) {
            Tier now = Slot.OWNED ? Tier.COMPATIBLE : Tier.STAND_DOWN;
            mode.info(
                    "context=" + now + " now: Reactor's automatic context propagation was switched on after the start");
        }
        String finding = tracerSaid.get() ? null : OtherTracers.finding();
        if (finding != null && tracerSaid.compareAndSet(false, true)) {
            tracers.warn(finding);
        }
    }

    boolean switchedOnLater() {
        return hooks && !automaticAtStart && ReactorHooks.isAutomaticModeOn();
    }

    @Nullable
    String finding() {
        return switchedOnLater() ? "Reactor's automatic context propagation was switched on after the start" : null;
    }

    void lookFrom(TelemetryLoop worker) {
        lookAgain(worker, FIRST_LOOK);
    }

    private void lookAgain(TelemetryLoop worker, Duration rest) {
        next = worker.schedule(rest, () -> {
            look();
            if (!closed && !(modeSaid.get() && tracerSaid.get())) {
                Duration twice = rest.multipliedBy(2);
                lookAgain(worker, twice.compareTo(LONGEST_REST) < 0 ? twice : LONGEST_REST);
            }
        });
        if (closed) {
            next.close();
        }
    }

    @Override
    public void close() {
        closed = true;
        next.close();
    }
}
