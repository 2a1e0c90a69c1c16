// SPDX-License-Identifier: Apache-2.0
package dev.weir.context;

import dev.weir.context.internal.Slot;
import dev.weir.context.reactor.ReactorHooks;
import io.opentelemetry.context.ContextStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Keeps the current trace right in every Reactor operator, on every scheduler.
 *
 * <pre>{@code
 * try (TracePropagation propagation = TracePropagation.enable()) { … }   // usually never closed
 * }</pre>
 *
 * <p>Reactor's hooks exist once for each process, so propagation does too: {@link #enable} may be called any number of
 * times, and the hooks go when the last handle is closed. Thread-safe. Cost: one small object for each task given to a
 * scheduler and for each guarded place of a subscription; nothing for each signal.
 */
public final class TracePropagation implements AutoCloseable {

    private static final Object LOCK = new Object();
    private static int handles;

    private final AtomicBoolean closed = new AtomicBoolean();

    private TracePropagation() {}

    /** Turns propagation on for this process, or joins it where it is on. */
    public static TracePropagation enable() {
        synchronized (LOCK) {
            if (handles++ == 0) {
                ReactorHooks.install();
            }
            return new TracePropagation();
        }
    }

    /** What is installed now and what stands beside it; looked up anew by each call. */
    public PropagationStatus status() {
        List<String> findings = new ArrayList<>();
        String storage =
                Slot.OWNED ? "weir slot" : ContextStorage.get().getClass().getName();
        Tier tier = Tier.LIBRARY;
        if (!Slot.OWNED) {
            tier = Tier.STAND_DOWN;
            findings.add("the context storage is " + storage + ", traces are switched through it");
        } else if (ReactorHooks.isAutomaticModeOn()) {
            tier = Tier.COMPATIBLE;
        }
        if (!ReactorHooks.isReparentingAvailable()) {
            findings.add("Reactor's operators cannot be reached, those directly above a sink are not guarded");
        }
        return new PropagationStatus(closed.get() ? Tier.OFF : tier, storage, findings);
    }

    /** Gives this handle back; the last one removes the hooks. Pipelines already subscribed stay right. Idempotent. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        synchronized (LOCK) {
            if (--handles == 0) {
                ReactorHooks.remove();
            }
        }
    }

    @Override
    public String toString() {
        return "TracePropagation{" + status() + '}';
    }
}
