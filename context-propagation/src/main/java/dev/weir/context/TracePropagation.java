// SPDX-License-Identifier: Apache-2.0
package dev.weir.context;

import dev.weir.context.ContextSettings.Guarding;
import dev.weir.context.agent.AgentAdvice;
import dev.weir.context.internal.Failures;
import dev.weir.context.internal.Slot;
import dev.weir.context.internal.SlotWatch;
import dev.weir.context.internal.reactor.ReactorHooks;
import dev.weir.context.internal.reactor.SelfTest;
import dev.weir.core.HealthContribution;
import dev.weir.core.Registration;
import dev.weir.core.Settings;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import io.opentelemetry.context.ContextStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the current trace right in every Reactor operator, on every scheduler.
 *
 * <pre>{@code
 * try (TracePropagation propagation = TracePropagation.enable()) { … }   // usually never closed
 * }</pre>
 *
 * <p>Reactor's hooks exist once for each process, so propagation does too: {@link #enable()} may be called any number of
 * times, the first call decides the settings, and the hooks go when the last handle is closed. Thread-safe. Cost: one small
 * object for each task given to a scheduler and for each guarded place of a subscription; nothing is allocated for a signal.
 *
 * <p>What stays outside: work that is handed to executors, threads or stages of a CompletableFuture without
 * {@link Traced#wrap(Runnable)}; an agent weaves those, too.
 *
 * @since 0.1
 */
public final class TracePropagation implements AutoCloseable {

    private static final Object LOCK = new Object();
    private static int handles;
    private static Installed installed = Installed.NOTHING;

    private final LaterChanges changes;
    private final Registration health;
    private final AtomicBoolean closed = new AtomicBoolean();

    private TracePropagation(@Nullable TelemetryRuntime runtime, LaterChanges changes) {
        this.changes = changes;
        this.health = runtime == null ? Registration.NONE : runtime.health().register(new Contribution(changes));
        if (runtime != null) {
            changes.lookFrom(runtime.threads().worker());
        }
    }

    /**
     * Turns propagation on for this process, or joins it where it is on. Settings are this process's.
     *
     * @return a handle of this caller; propagation ends when the last handle is closed
     * @throws IllegalArgumentException when the value of a setting is not allowed
     */
    public static TracePropagation enable() {
        return enable(null, null);
    }

    /**
     * As {@link #enable()}, with the settings, clock and health of {@code runtime}; its worker looks now and then whether
     * Reactor's automatic mode was switched on.
     *
     * @param runtime stays open when the handle is closed
     * @return a handle of this caller; propagation ends when the last handle is closed
     * @throws IllegalArgumentException when the value of a setting is not allowed
     */
    public static TracePropagation enable(TelemetryRuntime runtime) {
        return enable(runtime, runtime.settings());
    }

    private static TracePropagation enable(@Nullable TelemetryRuntime runtime, @Nullable Settings given) {
        synchronized (LOCK) {
            if (handles == 0) {
                Settings settings = given == null ? Settings.load() : given;
                Ticker ticker = runtime == null ? Ticker.system() : runtime.ticker();
                installed = Installed.install(settings, ticker);
            }
            handles++;
            Ticker clock = runtime == null ? Ticker.system() : runtime.ticker();
            return new TracePropagation(runtime, new LaterChanges(clock, installed.guarding() != Guarding.OFF));
        }
    }

    /**
     * Looks up what is installed now and what stands beside it.
     *
     * @return a new status at each call; {@link Tier#OFF} after this handle was closed
     */
    public PropagationStatus status() {
        if (closed.get()) {
            return new PropagationStatus(Tier.OFF, storageName(), List.of());
        }
        changes.look();
        synchronized (LOCK) {
            return installed.status(changes.finding());
        }
    }

    /**
     * {@return how often the telemetry of others (spans, processors, samplers, a storage that is not Weir's) threw and
     * was left out, since the process began}
     */
    public long failures() {
        return Failures.count();
    }

    private static String storageName() {
        return Slot.OWNED ? "weir slot" : ContextStorage.get().getClass().getName();
    }

    /** Gives this handle back; the last one removes the hooks. Pipelines already subscribed stay right. Idempotent. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        health.close();
        changes.close();
        synchronized (LOCK) {
            if (--handles == 0) {
                installed.remove();
                installed = Installed.NOTHING;
            }
        }
    }

    @Override
    public String toString() {
        return "TracePropagation{" + status() + '}';
    }

    /** What the first handle put into this process. */
    private record Installed(Guarding guarding, boolean woven, List<String> unguarded, boolean debug) {

        static final Installed NOTHING = new Installed(Guarding.OFF, false, List.of(), false);

        static Installed install(Settings settings, Ticker ticker) {
            Guarding guarding = settings.get(ContextSettings.GUARDING);
            if (guarding == Guarding.OFF) {
                return NOTHING;
            }
            ThrottledLog log = ThrottledLog.of("weir.context", ticker::nanoTime);
            boolean debug = settings.get(ContextSettings.DEBUG);
            if (debug) {
                ThrottledLog findings = ThrottledLog.of("weir.context", ticker::nanoTime);
                SlotWatch.activate(new SlotWatch(findings::warn));
            }
            boolean woven = guarding == Guarding.AUTO && AgentAdvice.isWoven();
            AgentAdvice.activate(woven);
            ReactorHooks.install(guarding != Guarding.HOPS && !woven);
            List<String> unguarded = guarding == Guarding.HOPS ? List.of() : SelfTest.run();
            if (woven && !unguarded.isEmpty()) {
                woven = false;
                AgentAdvice.activate(false);
                ReactorHooks.install(true);
                unguarded = SelfTest.run();
            }
            Installed result = new Installed(guarding, woven, unguarded, debug);
            if (!unguarded.isEmpty()) {
                log.warn("traces are not kept right by " + String.join(", ", unguarded)
                        + " with this version of Reactor and the hooks beside Weir's; Traced.edge and"
                        + " Traced.with still work");
            }
            return result;
        }

        void remove() {
            if (guarding == Guarding.OFF) {
                return;
            }
            ReactorHooks.remove();
            AgentAdvice.activate(false);
            if (debug) {
                SlotWatch.activate(null);
            }
        }

        PropagationStatus status(@Nullable String change) {
            List<String> findings = new ArrayList<>();
            if (change != null) {
                findings.add(change);
            }
            String tracer = OtherTracers.finding();
            if (tracer != null) {
                findings.add(tracer);
            }
            if (!Slot.OWNED) {
                findings.add("the context storage is " + storageName() + ", traces are switched through it");
            }
            for (String place : unguarded) {
                findings.add(place + ": not kept right");
            }
            if (debug) {
                findings.add("the debug mode is on");
            }
            return new PropagationStatus(tier(), storageName(), findings);
        }

        private Tier tier() {
            if (guarding == Guarding.OFF) {
                return Tier.OFF;
            }
            if (!Slot.OWNED) {
                return Tier.STAND_DOWN;
            }
            if (woven) {
                return Tier.AGENT;
            }
            if (guarding == Guarding.HOPS) {
                return Tier.HOPS;
            }
            return ReactorHooks.isAutomaticModeOn() ? Tier.COMPATIBLE : Tier.LIBRARY;
        }
    }

    private record Contribution(LaterChanges changes) implements HealthContribution {

        @Override
        public String name() {
            return "context-propagation";
        }

        @Override
        public Status status() {
            changes.look();
            return places().isEmpty() ? Status.UP : Status.DEGRADED;
        }

        @Override
        public String detail() {
            List<String> places = places();
            if (places.isEmpty()) {
                String change = changes.finding();
                return change == null ? "" : change;
            }
            return "traces are not kept right by " + String.join(", ", places);
        }

        private static List<String> places() {
            synchronized (LOCK) {
                return installed.unguarded();
            }
        }
    }
}
