// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.matrix;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The instruments of one case: lambdas that note a wrong current span, and threads that are asked afterwards whether they
 * were left clean.
 */
final class Probe implements AutoCloseable {

    static final Duration LIMIT = Duration.ofSeconds(10);

    /** Threads of the case that schedulers use; asked directly, past every hook. */
    private final ExecutorService workerA = single("worker-a");

    private final ExecutorService workerB = single("worker-b");

    /** A thread that no scheduler knows. */
    private final ExecutorService foreign = single("foreign");

    final Scheduler a = Schedulers.fromExecutorService(workerA);
    final Scheduler b = Schedulers.fromExecutorService(workerB);

    private final Scoping scoping;
    private final List<String> wrong = new CopyOnWriteArrayList<>();
    private final AtomicInteger checks = new AtomicInteger();

    Probe(Scoping scoping) {
        this.scoping = scoping;
    }

    private static ExecutorService single(String name) {
        return Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    static Context trace(long id) {
        return Context.root()
                .with(Span.wrap(SpanContext.create(
                        "%032x".formatted(id),
                        "%016x".formatted(id),
                        TraceFlags.getSampled(),
                        TraceState.getDefault())));
    }

    static long current() {
        return Long.parseUnsignedLong(Span.current().getSpanContext().getSpanId(), 16);
    }

    <T> Mono<T> with(Mono<T> source, long id) {
        return scoping.with(source, trace(id));
    }

    <T> Flux<T> with(Flux<T> source, long id) {
        return scoping.with(source, trace(id));
    }

    Function<reactor.util.context.Context, reactor.util.context.Context> writing(long id) {
        return view -> scoping.put(view, trace(id));
    }

    void see(String place, long expected) {
        checks.incrementAndGet();
        long seen = current();
        if (seen != expected) {
            wrong.add(place + "=" + seen + " instead of " + expected + " on "
                    + Thread.currentThread().getName());
        }
    }

    void see(long expected) {
        see("lambda", expected);
    }

    <T> Function<T, T> fn(long expected) {
        return value -> {
            see("function", expected);
            return value;
        };
    }

    <T, R> Function<T, R> fn(long expected, Function<T, R> function) {
        return value -> {
            see("function", expected);
            return function.apply(value);
        };
    }

    <T> Consumer<T> at(long expected) {
        return value -> see("consumer", expected);
    }

    <T> Predicate<T> yes(long expected) {
        return value -> {
            see("predicate", expected);
            return true;
        };
    }

    Runnable run(long expected) {
        return () -> see("runnable", expected);
    }

    /** Runs on the foreign thread and waits for it. */
    void foreign(Runnable task) {
        foreign(0, task);
    }

    /** As {@link #foreign(Runnable)}, while the trace {@code id} is current there. */
    void foreign(long id, Runnable task) {
        try {
            foreign.submit(() -> {
                        if (id == 0) {
                            task.run();
                            return;
                        }
                        try (Scope scope = trace(id).makeCurrent()) {
                            task.run();
                        }
                    })
                    .get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs on the foreign thread, soon. */
    void later(Runnable task) {
        foreign.execute(task);
    }

    /** Runs while the trace {@code id} is current on the calling thread. */
    void ambient(long id, Runnable task) {
        try (Scope scope = trace(id).makeCurrent()) {
            task.run();
        }
    }

    ExecutorService foreignExecutor() {
        return foreign;
    }

    void await(Publisher<?> publisher) {
        Flux.from(publisher).blockLast(LIMIT);
    }

    List<String> wrong() {
        return wrong;
    }

    int checks() {
        return checks.get();
    }

    /** The threads that a span was left on. */
    List<String> unclean() {
        List<String> found = new CopyOnWriteArrayList<>();
        if (current() != 0) {
            found.add("caller=" + current());
            Context.root().makeCurrent();
        }
        for (ExecutorService executor : List.of(workerA, workerB, foreign)) {
            try {
                // Asked twice: the first task comes right behind the last one of the case.
                for (int i = 0; i < 2; i++) {
                    String answer = executor.submit(() -> Thread.currentThread().getName() + "=" + current())
                            .get(LIMIT.toSeconds(), TimeUnit.SECONDS);
                    if (!answer.endsWith("=0")) {
                        found.add(answer);
                    }
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
        return found;
    }

    @Override
    public void close() {
        workerA.shutdownNow();
        workerB.shutdownNow();
        foreign.shutdownNow();
    }
}
