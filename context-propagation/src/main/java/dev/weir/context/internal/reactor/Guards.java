// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import dev.weir.context.internal.Slot;
import dev.weir.context.internal.TraceKey;
import dev.weir.context.micrometer.Observations;
import io.opentelemetry.context.Context;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CorePublisher;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/** Places guards around publishers and subscribers. Stateless. */
public final class Guards {

    private static final String INTERNAL_PRODUCER = "reactor.core.publisher.InternalProducerAttr";

    private Guards() {}

    /** {@code source} and all above it under {@code trace}. */
    public static <T> Mono<T> scope(Mono<T> source, Context trace) {
        return new ScopeMono<>(Mono.from(source), trace);
    }

    /** {@code source} and all above it under {@code trace}. */
    public static <T> Flux<T> scope(Flux<T> source, Context trace) {
        return new ScopeFlux<>(Flux.from(source), trace);
    }

    /** {@code source} with a guard for each of its subscribers. */
    public static <T> Mono<T> edge(Mono<T> source) {
        return GuardedMono.of(source, Placement.EDGE);
    }

    /** {@code source} with a guard for each of its subscribers. */
    public static <T> Flux<T> edge(Flux<T> source) {
        return GuardedFlux.of(source, Placement.EDGE);
    }

    /** {@code written}, the result of a contextWrite, with a guard that follows the trace that was written. */
    public static <T> Flux<T> contextWritten(Flux<T> written) {
        return isContextWrite(written) ? GuardedFlux.of(written, Placement.THROUGH_OPERATORS) : written;
    }

    /** As {@link #contextWritten(Flux)}. */
    public static <T> Mono<T> contextWritten(Mono<T> written) {
        return isContextWrite(written) ? GuardedMono.of(written, Placement.THROUGH_OPERATORS) : written;
    }

    private static boolean isContextWrite(Publisher<?> publisher) {
        PublisherKind kind = PublisherType.of(publisher).kind();
        if (kind == PublisherKind.LIFT) {
            Object lifted = ((Scannable) publisher).scanUnsafe(Scannable.Attr.PARENT);
            return lifted instanceof Publisher<?> inside && isContextWrite(inside);
        }
        return kind == PublisherKind.CONTEXT_WRITE && OperatorAccess.AVAILABLE;
    }

    /** {@code source} with guards if it is a publisher of another library that Reactor takes as it is. */
    public static <T> Publisher<T> foreignSource(Publisher<T> source) {
        if (PublisherType.of(source).kind() != PublisherKind.HIDDEN_SOURCE
                || PublisherType.isOfReactor(source.getClass())) {
            return source;
        }
        if (source instanceof Flux<T> flux) {
            return edge(flux);
        }
        return source instanceof Mono<T> mono ? edge(mono) : source;
    }

    /** Whether the subscribers of {@code publisher} need a guard. */
    public static boolean isForeign(Publisher<?> publisher) {
        PublisherType type = PublisherType.of(publisher);
        PublisherKind kind = type.kind();
        return kind == PublisherKind.SOURCE
                || kind == PublisherKind.HIDDEN_SOURCE
                || type.inputs().isScheduledElsewhere(publisher)
                || type.isAdapter() && !AssemblyHook.isSafe(AssemblyHook.parent(publisher));
    }

    /** {@code view} with {@code trace} in it. */
    public static reactor.util.context.Context put(reactor.util.context.Context view, Context trace) {
        return view.put(TraceKey.INSTANCE, trace);
    }

    static <T> void subscribeInScope(
            CorePublisher<? extends T> source, CoreSubscriber<? super T> actual, Context trace) {
        @Nullable Object[] holder = Slot.holder();
        reactor.util.context.Context below = actual.currentContext();
        Context down = TraceKey.traceOf(below, Slot.current(holder));
        Context up = Slot.nullIfRoot(trace);
        GuardSubscriber<T> guard = new GuardSubscriber<>(actual, put(below, trace), up, down, holder);
        Object before = Slot.enter(holder, up);
        try {
            direct(source, guard);
        } finally {
            Slot.exit(holder, before, up);
        }
    }

    /** Subscribes {@code actual} to {@code source} with a guard between them. */
    static <T> void subscribe(
            CorePublisher<? extends T> source, CoreSubscriber<? super T> actual, Placement placement) {
        switch (placement) {
            case EDGE -> subscribeAtEdge(source, actual);
            case THROUGH_OPERATORS -> subscribeThroughOperators(source, actual);
            case END -> subscribeAtEnd(source, actual);
        }
    }

    /** Reactor's own operators subscribe under their trace; another subscriber may have a Context of another one. */
    private static void subscribeAtEdge(CorePublisher<?> source, CoreSubscriber<?> actual) {
        GuardSubscriber<?> guard = (GuardSubscriber<?>) edge(actual);
        Context trace = guard.trace();
        @Nullable Object[] holder = guard.holder();
        if (Slot.current(holder) == trace || CodeOwner.of(actual) == CodeOwner.REACTOR) {
            direct(source, guard);
            return;
        }
        Object before = Slot.enter(holder, trace);
        try {
            direct(source, guard);
        } finally {
            Slot.exit(holder, before, trace);
        }
    }

    private static void subscribeAtEnd(CorePublisher<?> source, CoreSubscriber<?> actual) {
        if (actual.currentContext().hasKey(TraceKey.INSTANCE)) {
            direct(source, actual);
        } else {
            subscribeAtEdge(source, actual);
        }
    }

    /**
     * {@code actual} behind a guard that gives each signal its trace: the one in its Context, else the one that is current
     * now, else none. Where Reactor's automatic mode would clear a trace that is only current, what is above has it in its
     * Context.
     */
    public static <T> CoreSubscriber<? super T> edge(CoreSubscriber<? super T> actual) {
        reactor.util.context.Context view = actual.currentContext();
        Object known = view.isEmpty() ? null : view.getOrDefault((Object) TraceKey.INSTANCE, (Object) null);
        @Nullable Object[] holder = Slot.holder();
        Context trace;
        if (known != null) {
            trace = Slot.nullIfRoot((Context) known);
        } else {
            trace = CodeOwner.of(actual) == CodeOwner.CONNECTION ? null : Slot.current(holder);
        }
        if (actual instanceof GuardSubscriber<?> guard && guard.givesDown(trace)) {
            return actual;
        }
        reactor.util.context.Context above =
                known == null && trace != null && currentTraceIsCleared() ? put(view, trace) : view;
        return new GuardSubscriber<>(actual, above, trace, trace, holder);
    }

    /** Reactor's automatic mode takes away what is current on a thread wherever the Context does not say it. */
    static boolean currentTraceIsCleared() {
        return ReactorHooks.isAutomaticModeOn() && !Observations.decide();
    }

    /** Does what Reactor's operators do to subscribe, with guards where the trace changes and at the end. */
    private static void subscribeThroughOperators(Object first, CoreSubscriber<?> actual) {
        Object operator = first;
        CoreSubscriber<?> subscriber = actual;
        try {
            while (true) {
                CoreSubscriber<?> next = OperatorAccess.subscribeOrReturn(operator, subscriber);
                if (next == null) {
                    return;
                }
                if (PublisherType.of((Publisher<?>) operator).kind() == PublisherKind.CONTEXT_WRITE
                        && changesTrace(next, subscriber)) {
                    subscribeAbove(operator, next, subscriber);
                    return;
                }
                subscriber = next;
                Object source = OperatorAccess.nextOperator(operator);
                if (source == null) {
                    subscribeToSource(operator, OperatorAccess.source(operator), subscriber);
                    return;
                }
                operator = source;
            }
        } catch (Throwable failure) {
            Operators.reportThrowInSubscribe(subscriber, failure);
        }
    }

    /** Some operators around a foreign publisher call themselves their source. */
    private static void subscribeToSource(Object operator, CorePublisher<?> source, CoreSubscriber<?> subscriber)
            throws Throwable {
        CoreSubscriber<?> restored = OperatorAccess.restored(source, subscriber);
        if (source == operator || PublisherType.of(source).kind() == PublisherKind.HIDDEN_SOURCE) {
            subscribeAtEdge(source, restored);
        } else {
            direct(source, restored);
        }
    }

    private static boolean changesTrace(CoreSubscriber<?> above, CoreSubscriber<?> below) {
        Object now = above.currentContext().getOrDefault((Object) TraceKey.INSTANCE, (Object) null);
        return now != null && now != below.currentContext().getOrDefault((Object) TraceKey.INSTANCE, (Object) null);
    }

    /** Goes on above an operator that changed the trace, as {@link #subscribeInScope} does. */
    private static void subscribeAbove(Object operator, CoreSubscriber<?> above, CoreSubscriber<?> below)
            throws Throwable {
        @Nullable Object[] holder = Slot.holder();
        Context down = TraceKey.traceOf(below.currentContext(), Slot.current(holder));
        Context up = TraceKey.traceOf(above.currentContext(), null);
        GuardSubscriber<?> guard = new GuardSubscriber<>(above, above.currentContext(), up, down, holder);
        Object before = Slot.enter(holder, up);
        try {
            Object next = OperatorAccess.nextOperator(operator);
            if (next == null) {
                direct(OperatorAccess.source(operator), guard);
            } else {
                subscribeThroughOperators(next, guard);
            }
        } finally {
            Slot.exit(holder, before, up);
        }
    }

    @SuppressWarnings("unchecked")
    private static void direct(CorePublisher<?> source, CoreSubscriber<?> subscriber) {
        ((CorePublisher<Object>) source).subscribe((CoreSubscriber<Object>) subscriber);
    }

    /** The answers of an operator of ours; calls itself internal so that Reactor does not restore below it once more. */
    static @Nullable Object scanOperator(Scannable.Attr<?> key, Publisher<?> source) {
        if (key == Scannable.Attr.PARENT) {
            return source;
        }
        if (key == Scannable.Attr.RUN_STYLE) {
            return Scannable.Attr.RunStyle.SYNC;
        }
        return key.getClass().getName().equals(INTERNAL_PRODUCER) ? Boolean.TRUE : null;
    }
}
