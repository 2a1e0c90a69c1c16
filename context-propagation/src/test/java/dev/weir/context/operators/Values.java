// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Level;
import java.util.stream.Collector;
import java.util.stream.Stream;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import reactor.core.Disposable;
import reactor.core.observability.SignalListener;
import reactor.core.observability.SignalListenerFactory;
import reactor.core.publisher.BufferOverflowStrategy;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.publisher.ParallelFlux;
import reactor.core.publisher.Signal;
import reactor.core.publisher.SignalType;
import reactor.core.scheduler.Scheduler;
import reactor.util.Logger;
import reactor.util.context.Context;
import reactor.util.context.ContextView;
import reactor.util.function.Tuple2;
import reactor.util.function.Tuples;
import reactor.util.retry.Retry;

/**
 * A value for every type that Reactor's operators take or want from a function. A type that is not known here is an error
 * of the test, so that a new operator of Reactor is met here first.
 */
final class Values {

    /** What a type without a value is answered with. */
    static final class UnknownType extends RuntimeException {

        private static final long serialVersionUID = 1;

        UnknownType(Type type) {
            super("no value for " + type.getTypeName());
        }
    }

    private final Run run;

    private final Operator operator;
    private final boolean unhookedScheduler;
    private boolean sourceGiven;
    private int integers;
    private int durations;
    private int functions;

    Values(Run run, Operator operator, boolean unhookedScheduler) {
        this.run = run;
        this.operator = operator;
        this.unhookedScheduler = unhookedScheduler;
    }

    /** A publisher that the pipeline begins with. */
    Publisher<Object> source(Class<?> shape, Type element) {
        sourceGiven = true;
        return publisher(run.source, shape, element, run.above, "source");
    }

    /** An argument of an operator. */
    Object argument(Type type) {
        Class<?> raw = Types.raw(type);
        if (raw.isArray() && Publisher.class.isAssignableFrom(raw.getComponentType())) {
            Object[] array = (Object[]) java.lang.reflect.Array.newInstance(raw.getComponentType(), 2);
            for (int i = 0; i < array.length; i++) {
                array[i] = argument(publisherIn(type));
            }
            return array;
        }
        if (raw == Iterable.class && Types.isPublisher(Types.element(type))) {
            Type element = Types.element(type);
            return List.of(argument(element), argument(element));
        }
        if (Publisher.class.isAssignableFrom(raw)) {
            return sourceGiven ? inner(raw, Types.element(type)) : source(raw, Types.element(type));
        }
        if (Types.functionOf(raw) != null
                && raw != Publisher.class
                && raw != Comparator.class
                && raw != Iterable.class
                && raw != SignalListenerFactory.class
                && raw != Disposable.class) {
            return Lambdas.of(type, this, run, operator, "lambda" + functions++);
        }
        return plain(type, new Object[0], "argument" + functions++);
    }

    private static Type publisherIn(Type arrayType) {
        return arrayType instanceof java.lang.reflect.GenericArrayType array
                ? array.getGenericComponentType()
                : ((Class<?>) arrayType).getComponentType();
    }

    /** What a function gives back that was called with {@code arguments}. */
    Object result(Type type, Object[] arguments, String place) {
        Class<?> raw = Types.raw(type);
        boolean mayBePublisher =
                Publisher.class.isAssignableFrom(raw) || raw == Object.class || raw == ParallelFlux.class;
        if (mayBePublisher) {
            for (Object argument : arguments) {
                if (argument instanceof Publisher<?>) {
                    Object through = through(argument, place);
                    if (raw.isInstance(through)) {
                        return through;
                    }
                }
            }
        }
        if (Publisher.class.isAssignableFrom(raw)) {
            return inner(raw, Types.element(type));
        }
        return plain(type, arguments, place);
    }

    /** What another operator gave to a function, with lambdas below it; in a scope of its own if that is tried. */
    @SuppressWarnings("unchecked")
    private Object through(Object given, String place) {
        long wanted = run.inner.isScoped() && run.own != Run.ANY ? Run.INNER : run.own;
        Sources sources = new Sources(run, () -> null, wanted, place + "'s flux");
        if (given instanceof Flux<?> flux) {
            // A companion must end: the operator would subscribe again for ever.
            Flux<Object> limited = operator.subscribesAgain() ? ((Flux<Object>) flux).take(2) : (Flux<Object>) flux;
            Flux<Object> below = sources.operators(limited);
            return run.inner.isScoped() ? run.scoping.with(below, Run.trace(Run.INNER)) : below;
        }
        if (given instanceof Mono<?> mono) {
            Mono<Object> below = sources.operators((Mono<Object>) mono);
            return run.inner.isScoped() ? run.scoping.with(below, Run.trace(Run.INNER)) : below;
        }
        return given;
    }

    Publisher<Object> inner(Class<?> shape, Type element) {
        if (!run.mayAddSource()) {
            return shape == Mono.class ? Mono.empty() : Flux.empty();
        }
        return publisher(run.inner, shape, element, run.own, "inner");
    }

    private Publisher<Object> publisher(Kind kind, Class<?> shape, Type element, long wanted, String name) {
        Class<?> raw = Types.raw(element);
        Sources sources =
                new Sources(run, () -> raw == Void.class ? null : result(element, new Object[0], name), wanted, name);
        if (shape == Mono.class) {
            // An operator that takes publishers of both shapes is tried with more kinds than a Mono has.
            return sources.mono(kind.base.ofMono ? kind : Kind.CREATE);
        }
        boolean bare = kind.base == Kind.Base.BARE && kind.top == Kind.Top.NOTHING && shape == Publisher.class;
        return bare ? sources.bare() : sources.flux(kind);
    }

    private Object plain(Type type, Object[] arguments, String place) {
        Class<?> raw = Types.raw(type);
        if (raw == int.class) {
            // Two subscribers, elements or rails; but one subscriber connects.
            return operator.isOfConnectable() ? 1 : Math.max(1, 2 - integers++);
        }
        if (raw == long.class) {
            return 2L;
        }
        if (raw == boolean.class) {
            return true;
        }
        if (raw == Boolean.class) {
            return Boolean.TRUE;
        }
        if (raw == Object.class || raw == Comparable.class || raw == Integer.class) {
            return firstInteger(arguments);
        }
        if (raw == Long.class) {
            return 2L;
        }
        if (raw == Object[].class) {
            return new Integer[] {1, 2};
        }
        if (raw == String.class) {
            return "name";
        }
        if (raw == Duration.class) {
            return operator.blocks() ? Duration.ofSeconds(10) : Duration.ofMillis(Math.max(3, 6 - 3 * durations++));
        }
        if (raw == Scheduler.class) {
            return unhookedScheduler ? QueueScheduler.UNHOOKED : QueueScheduler.HOOKED;
        }
        if (raw == Class.class) {
            return Throwable.class.isAssignableFrom(Types.raw(Types.element(type))) ? Boom.class : Integer.class;
        }
        if (Throwable.class.isAssignableFrom(raw) && raw.isAssignableFrom(Boom.class)) {
            return new Boom();
        }
        Object found = ofTheJdk(type, raw, arguments, place);
        found = found == null ? ofReactor(raw, arguments, place) : found;
        if (found == null) {
            throw new UnknownType(type);
        }
        return found;
    }

    private static Object firstInteger(Object[] arguments) {
        for (Object argument : arguments) {
            if (argument instanceof Integer) {
                return argument;
            }
        }
        return 1;
    }

    private Object ofTheJdk(Type type, Class<?> raw, Object[] arguments, String place) {
        if (raw == Collection.class) {
            return new ArrayList<>();
        }
        if (raw == Map.class) {
            return new HashMap<>();
        }
        if (raw == Queue.class) {
            return new ConcurrentLinkedQueue<>();
        }
        if (raw == Iterable.class) {
            return iterable(place);
        }
        if (raw == Stream.class) {
            return Stream.of(1, 2).peek(value -> run.see(place + ".stream", run.own));
        }
        if (raw == Optional.class) {
            return Optional.of(1);
        }
        if (raw == AutoCloseable.class) {
            long wanted = run.own;
            return (AutoCloseable) () -> run.see(place + ".close", wanted);
        }
        if (raw == Comparator.class) {
            long wanted = run.own;
            return (Comparator<Object>) (a, b) -> {
                run.see(place + ".compare", wanted);
                return Integer.compare(a.hashCode(), b.hashCode());
            };
        }
        if (raw.isAssignableFrom(CompletableFuture.class)) {
            CompletableFuture<Object> future = new CompletableFuture<>();
            run.add(new Emitter() {
                @Override
                public void next() {
                    future.complete(1);
                }

                @Override
                public void complete() {
                    future.complete(null);
                }

                @Override
                public void error(Throwable failure) {
                    future.completeExceptionally(failure);
                }

                @Override
                public boolean isSingle() {
                    return true;
                }

                @Override
                public boolean isOpen() {
                    return !future.isDone();
                }
            });
            return future;
        }
        if (raw == Collector.class) {
            long wanted = run.own;
            return Collector.<Object, List<Object>, Object>of(
                    () -> {
                        run.see(place + ".supplier", wanted);
                        return new ArrayList<>();
                    },
                    (list, value) -> {
                        run.see(place + ".accumulator", wanted);
                        list.add(value);
                    },
                    (a, b) -> a,
                    list -> {
                        run.see(place + ".finisher", wanted);
                        return list;
                    });
        }
        return raw == Level.class ? Level.INFO : null;
    }

    private Iterable<Object> iterable(String place) {
        long wanted = run.own;
        return () -> {
            run.see(place + ".iterator", wanted);
            Iterator<Object> values = List.<Object>of(1, 2, 3, 4).iterator();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    run.see(place + ".hasNext", wanted);
                    return values.hasNext();
                }

                @Override
                public Object next() {
                    run.see(place + ".next", wanted);
                    return values.next();
                }
            };
        };
    }

    private Object ofReactor(Class<?> raw, Object[] arguments, String place) {
        if (raw == Tuple2.class) {
            return Tuples.of(1, 2);
        }
        if (raw == Signal.class) {
            return Signal.next(1);
        }
        if (raw == Context.class) {
            return (arguments.length > 0 && arguments[0] instanceof Context given ? given : Context.empty())
                    .put("key", "value");
        }
        if (raw == ContextView.class) {
            return Context.of("key", "value").readOnly();
        }
        if (raw == Retry.class) {
            return retry(place);
        }
        if (raw == SignalListener.class) {
            return new Listener(run, place);
        }
        if (raw == SignalListenerFactory.class) {
            return new Listener.Factory(run, place);
        }
        if (raw == Logger.class) {
            return TracedLogger.of(place);
        }
        if (raw == SignalType[].class) {
            return new SignalType[0];
        }
        if (raw == BufferOverflowStrategy.class) {
            return BufferOverflowStrategy.DROP_OLDEST;
        }
        if (raw == FluxSink.OverflowStrategy.class) {
            return FluxSink.OverflowStrategy.BUFFER;
        }
        if (raw == Subscriber.class) {
            return new LastSubscriber(run, place, run.own);
        }
        return null;
    }

    /** The companion is a Flux that Reactor makes: with a scope of its own where that is tried; else the ready one. */
    private Retry retry(String place) {
        long wanted = run.own;
        if (run.inner.isScoped()) {
            return Retry.from(companion -> (Publisher<?>) through(companion, place));
        }
        return Retry.max(1)
                .filter(error -> {
                    run.see(place + ".filter", wanted);
                    return true;
                })
                .doBeforeRetry(signal -> run.see(place + ".doBeforeRetry", wanted))
                .doAfterRetry(signal -> run.see(place + ".doAfterRetry", wanted))
                .doBeforeRetryAsync(signal -> {
                    run.see(place + ".doBeforeRetryAsync", wanted);
                    return Mono.from(inner(Mono.class, Void.class)).then();
                })
                .onRetryExhaustedThrow((spec, signal) -> {
                    run.see(place + ".onRetryExhaustedThrow", wanted);
                    return new Boom();
                });
    }
}
