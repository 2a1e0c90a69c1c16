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

    private final PropagationStatus status;
    private final AtomicBoolean closed = new AtomicBoolean();

    private TracePropagation(PropagationStatus status) {
        this.status = status;
    }

    /** Turns propagation on for this process, or joins it where it is on. */
    public static TracePropagation enable() {
        synchronized (LOCK) {
            if (handles++ == 0) {
                ReactorHooks.install();
            }
            return new TracePropagation(inspect());
        }
    }

    private static PropagationStatus inspect() {
        List<String> findings = new ArrayList<>();
        String storage = ContextStorage.get().getClass().getName();
        if (!Slot.OWNED) {
            findings.add("the context storage is " + storage + ", traces are switched through it");
        }
        return new PropagationStatus(
                Slot.OWNED ? Tier.LIBRARY : Tier.STAND_DOWN, Slot.OWNED ? "weir slot" : storage, findings);
    }

    /** What was chosen, and what was found when it was. */
    public PropagationStatus status() {
        return status;
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
        return "TracePropagation{" + status + '}';
    }
}
