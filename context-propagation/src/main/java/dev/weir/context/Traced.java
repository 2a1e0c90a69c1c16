// SPDX-License-Identifier: Apache-2.0
package dev.weir.context;

import dev.weir.context.internal.Slot;
import dev.weir.context.internal.TraceKey;
import dev.weir.context.reactor.Guards;
import io.opentelemetry.context.Context;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * The explicit doors of trace propagation. Stateless and thread-safe; they work with and without
 * {@link TracePropagation#enable()}, which adds the places that nobody writes by hand.
 */
public final class Traced {

    private Traced() {}

    /**
     * {@code source} and all operators above it run with {@code trace} current, from subscription to end or cancellation;
     * what is below keeps its own trace. Baggage and whatever else is in {@code trace} comes along.
     *
     * @param trace {@link Context#root()} for no trace at all
     */
    public static <T> Mono<T> with(Mono<T> source, Context trace) {
        return Guards.scope(Objects.requireNonNull(source, "source"), Objects.requireNonNull(trace, "trace"));
    }

    /** As {@link #with(Mono, Context)}. */
    public static <T> Flux<T> with(Flux<T> source, Context trace) {
        return Guards.scope(Objects.requireNonNull(source, "source"), Objects.requireNonNull(trace, "trace"));
    }

    /** The trace that {@code view} carries; null when it carries none. */
    public static @Nullable Context find(ContextView view) {
        return view.getOrDefault((Object) TraceKey.INSTANCE, (Context) null);
    }

    /** The trace that {@code view} carries, else the current one. */
    public static Context get(ContextView view) {
        Context trace = TraceKey.traceOf(view, Slot.current());
        return trace == null ? Context.root() : trace;
    }

    /** {@code view} with {@code trace} in it, for a {@code contextWrite} of your own. */
    public static reactor.util.context.Context put(reactor.util.context.Context view, Context trace) {
        return Guards.put(view, Objects.requireNonNull(trace, "trace"));
    }
}
