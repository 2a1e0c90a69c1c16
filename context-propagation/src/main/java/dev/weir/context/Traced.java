// SPDX-License-Identifier: Apache-2.0
package dev.weir.context;

import dev.weir.context.internal.Failures;
import dev.weir.context.internal.Slot;
import dev.weir.context.internal.TraceKey;
import dev.weir.context.internal.TracedCalls;
import dev.weir.context.internal.reactor.Guards;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.context.Context;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * The explicit doors of trace propagation. Stateless and thread-safe; they work with and without
 * {@link TracePropagation#enable()}, which adds the places that are not written by hand.
 *
 * <p>{@code wrap(…)} is for what lies outside Reactor: tasks given to an executor or a thread of the application see no
 * trace unless they are wrapped where they are made. All arguments must not be null; a null is a
 * {@link NullPointerException} with its name.
 *
 * @since 0.1
 */
public final class Traced {

    private Traced() {}

    /**
     * {@code source} and all operators above it run with {@code trace} current, from subscription to end or cancellation;
     * what is below keeps its own trace. Baggage and whatever else is in {@code trace} comes along.
     *
     * @param <T> type of the element
     * @param source stays as it is
     * @param trace {@link Context#root()} for no trace at all
     * @return {@code source} under {@code trace}
     */
    public static <T> Mono<T> with(Mono<T> source, Context trace) {
        return Guards.scope(Objects.requireNonNull(source, "source"), Objects.requireNonNull(trace, "trace"));
    }

    /**
     * As {@link #with(Mono, Context)}.
     *
     * @param <T> type of the elements
     * @param source stays as it is
     * @param trace {@link Context#root()} for no trace at all
     * @return {@code source} under {@code trace}
     */
    public static <T> Flux<T> with(Flux<T> source, Context trace) {
        return Guards.scope(Objects.requireNonNull(source, "source"), Objects.requireNonNull(trace, "trace"));
    }

    /**
     * {@code source} in a span of its own: each subscription starts one from {@code span}, as a child of the subscriber's
     * trace, and ends it on completion, error (with status and {@code error.type}) or cancellation. When the span cannot be
     * started or ended because something throws, the source runs as it would without.
     *
     * @param <T> type of the element
     * @param source stays as it is
     * @param span used by one subscription at a time; its parent is set here
     * @return {@code source} with one span for each subscription
     */
    public static <T> Mono<T> span(Mono<T> source, SpanBuilder span) {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(span, "span");
        return Mono.deferContextual(view -> {
            SpanScope scope = new SpanScope(span, view);
            return with(
                    source.doOnError(scope::fail)
                            .doOnSuccess(value -> scope.end())
                            .doOnCancel(scope::end),
                    scope.trace);
        });
    }

    /**
     * As {@link #span(Mono, SpanBuilder)}.
     *
     * @param <T> type of the elements
     * @param source stays as it is
     * @param span used by one subscription at a time; its parent is set here
     * @return {@code source} with one span for each subscription
     */
    public static <T> Flux<T> span(Flux<T> source, SpanBuilder span) {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(span, "span");
        return Flux.deferContextual(view -> {
            SpanScope scope = new SpanScope(span, view);
            return with(source.doOnError(scope::fail).doOnComplete(scope::end).doOnCancel(scope::end), scope.trace);
        });
    }

    /**
     * Handles elements that each belong to a trace of their own, such as the records of a message broker, one after the
     * other: {@code handler} and what it returns run under the trace that {@code traceOf} finds for the element. Where it
     * throws or finds none (null), the element is handled without a trace.
     *
     * @param <T> type of the elements
     * @param <R> type of the results
     * @param source its next element is handled when the result of the one before is complete
     * @param traceOf finds the trace of an element, for example in the headers of a record; null for none
     * @param handler called once for each element
     * @return the results of {@code handler}, in the order of the elements
     */
    public static <T, R> Flux<R> perElement(
            Flux<T> source,
            Function<? super T, ? extends @Nullable Context> traceOf,
            Function<? super T, ? extends Publisher<R>> handler) {
        Objects.requireNonNull(traceOf, "traceOf");
        Objects.requireNonNull(handler, "handler");
        return Objects.requireNonNull(source, "source")
                .concatMap(element -> with(Flux.<R>defer(() -> handler.apply(element)), traceOf(traceOf, element)), 0);
    }

    private static <T> Context traceOf(Function<? super T, ? extends @Nullable Context> traceOf, T element) {
        try {
            Context trace = traceOf.apply(element);
            return trace == null ? Context.root() : trace;
        } catch (Throwable failure) {
            Failures.add(failure);
            return Context.root();
        }
    }

    /**
     * Guards a publisher that signals on threads which Reactor does not know, where {@link TracePropagation} is not enabled, or
     * its status says that inputs of operators are not kept right.
     *
     * @param <T> type of the element
     * @param source for example of the driver of a database
     * @return {@code source} with a guard for each of its subscribers, which gives each signal the subscriber's trace
     */
    public static <T> Mono<T> edge(Mono<T> source) {
        return Guards.edge(Objects.requireNonNull(source, "source"));
    }

    /**
     * As {@link #edge(Mono)}.
     *
     * @param <T> type of the elements
     * @param source for example of the driver of a database
     * @return {@code source} with a guard for each of its subscribers, which gives each signal the subscriber's trace
     */
    public static <T> Flux<T> edge(Flux<T> source) {
        return Guards.edge(Objects.requireNonNull(source, "source"));
    }

    /**
     * {@return an executor whose tasks run under the trace that was current when they were handed in}
     *
     * @param executor runs the tasks
     */
    public static Executor wrap(Executor executor) {
        Objects.requireNonNull(executor, "executor");
        return task -> executor.execute(wrap(task));
    }

    /**
     * {@return {@code task} under the trace that is current now}
     *
     * @param task may run on any thread and any number of times
     */
    public static Runnable wrap(Runnable task) {
        return new TracedCalls.Task(Slot.current(), Objects.requireNonNull(task, "task"));
    }

    /**
     * {@return {@code task} under the trace that is current now}
     *
     * @param <T> type of the result, which may be null
     * @param task may run on any thread and any number of times
     */
    public static <T extends @Nullable Object> Callable<T> wrap(Callable<T> task) {
        return TracedCalls.ofCallable(Slot.current(), Objects.requireNonNull(task, "task"));
    }

    /**
     * {@return {@code supplier} under the trace that is current now}
     *
     * @param <T> type of the result, which may be null
     * @param supplier may run on any thread and any number of times
     */
    public static <T extends @Nullable Object> Supplier<T> wrapSupplier(Supplier<T> supplier) {
        return TracedCalls.ofSupplier(Slot.current(), Objects.requireNonNull(supplier, "supplier"));
    }

    /**
     * {@return {@code function} under the trace that is current now}
     *
     * @param <T> type of the argument
     * @param <R> type of the result, which may be null
     * @param function may run on any thread and any number of times
     */
    public static <T, R extends @Nullable Object> Function<T, R> wrapFunction(Function<T, R> function) {
        return TracedCalls.ofFunction(Slot.current(), Objects.requireNonNull(function, "function"));
    }

    /**
     * {@return {@code consumer} under the trace that is current now}
     *
     * @param <T> type of the argument
     * @param consumer may run on any thread and any number of times
     */
    public static <T> Consumer<T> wrapConsumer(Consumer<T> consumer) {
        return TracedCalls.ofConsumer(Slot.current(), Objects.requireNonNull(consumer, "consumer"));
    }

    /**
     * {@return the trace that {@code view} carries; null when it carries none}
     *
     * @param view the Reactor Context, for example that of {@code Mono.deferContextual}
     */
    public static @Nullable Context find(ContextView view) {
        return view.getOrDefault((Object) TraceKey.INSTANCE, (Context) null);
    }

    /**
     * {@return the trace that {@code view} carries, else the current one, else {@link Context#root()}}
     *
     * @param view the Reactor Context, for example that of {@code Mono.deferContextual}
     */
    public static Context get(ContextView view) {
        Context trace = TraceKey.traceOf(view, Slot.current());
        return trace == null ? Context.root() : trace;
    }

    /**
     * {@return {@code view} with {@code trace} in it, for a {@code contextWrite} of your own}
     *
     * @param view the Reactor Context that {@code contextWrite} hands in; it stays as it is
     * @param trace replaces the one that {@code view} carries; {@link Context#root()} for no trace at all
     */
    public static reactor.util.context.Context put(reactor.util.context.Context view, Context trace) {
        return Guards.put(view, Objects.requireNonNull(trace, "trace"));
    }
}
