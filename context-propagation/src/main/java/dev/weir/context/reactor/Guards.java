// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.reactor;

import dev.weir.context.internal.Slot;
import dev.weir.context.internal.TraceKey;
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
        return GuardedMono.of(source, false);
    }

    /** {@code source} with a guard for each of its subscribers. */
    public static <T> Flux<T> edge(Flux<T> source) {
        return GuardedFlux.of(source, false);
    }

    /** {@code written}, the result of a contextWrite, with a guard that follows the trace that was written. */
    public static <T> Flux<T> contextWritten(Flux<T> written) {
        return isContextWrite(written) ? GuardedFlux.of(written, true) : written;
    }

    /** As {@link #contextWritten(Flux)}. */
    public static <T> Mono<T> contextWritten(Mono<T> written) {
        return isContextWrite(written) ? GuardedMono.of(written, true) : written;
    }

    private static boolean isContextWrite(Publisher<?> publisher) {
        PublisherKind kind = PublisherKind.of(publisher);
        if (kind == PublisherKind.LIFT) {
            Object lifted = ((Scannable) publisher).scanUnsafe(Scannable.Attr.PARENT);
            return lifted instanceof Publisher<?> inside && isContextWrite(inside);
        }
        return kind == PublisherKind.CONTEXT_WRITE && OperatorAccess.AVAILABLE;
    }

    /** {@code source} with guards if it is a publisher of somebody else that Reactor takes as it is. */
    public static <T> Publisher<T> foreignSource(Publisher<T> source) {
        if (PublisherKind.of(source) != PublisherKind.HIDDEN_SOURCE || PublisherKind.isOfReactor(source)) {
            return source;
        }
        if (source instanceof Flux<T> flux) {
            return edge(flux);
        }
        return source instanceof Mono<T> mono ? edge(mono) : source;
    }

    /** Whether the subscribers of {@code publisher} need a guard. */
    public static boolean isForeign(Publisher<?> publisher) {
        PublisherKind kind = PublisherKind.of(publisher);
        return kind == PublisherKind.SOURCE || kind == PublisherKind.HIDDEN_SOURCE;
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

    /**
     * Subscribes {@code actual} to {@code source} with a guard between them.
     *
     * @param throughOperators the guard goes above the operators that {@code source} begins with, directly below what is
     *     foreign, and wherever one of them changes the trace
     */
    static <T> void subscribe(
            CorePublisher<? extends T> source, CoreSubscriber<? super T> actual, boolean throughOperators) {
        if (throughOperators) {
            subscribeThroughOperators(source, actual);
        } else {
            direct(source, edge(actual));
        }
    }

    /**
     * {@code actual} behind a guard that gives each signal its trace: the one in its Context, else the one that is current
     * now. Without either there is nothing to keep right, and {@code actual} itself is returned.
     */
    public static <T> CoreSubscriber<? super T> edge(CoreSubscriber<? super T> actual) {
        reactor.util.context.Context view = actual.currentContext();
        Object known = view.isEmpty() ? null : view.getOrDefault((Object) TraceKey.INSTANCE, (Object) null);
        @Nullable Object[] holder = Slot.holder();
        Context trace;
        if (known != null) {
            trace = Slot.nullIfRoot((Context) known);
        } else {
            trace = ConnectionCode.isConnectionCode(actual) ? null : Slot.current(holder);
            if (trace == null) {
                return actual;
            }
        }
        if (actual instanceof GuardSubscriber<?> guard && guard.givesDown(trace)) {
            return actual;
        }
        return new GuardSubscriber<>(actual, view, trace, trace, holder);
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
                if (PublisherKind.of((Publisher<?>) operator) == PublisherKind.CONTEXT_WRITE
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
        boolean foreign = source == operator || PublisherKind.of(source) == PublisherKind.HIDDEN_SOURCE;
        direct(source, foreign ? edge(restored) : restored);
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
