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
            subscribe(source, guard);
        } finally {
            Slot.exit(holder, before, up);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> void subscribe(CorePublisher<? extends T> source, CoreSubscriber<? super T> subscriber) {
        ((CorePublisher<T>) source).subscribe(subscriber);
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
