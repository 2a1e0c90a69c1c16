// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.fuzz;

import dev.weir.context.Traced;
import dev.weir.context.Traces;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * Builds a random pipeline whose every lambda knows which trace it must see. The Reactor Context is asked, too: it must say
 * the same.
 */
final class Pipelines {

    private static final long DIRT = 99_999;

    private final Random random;
    private final List<Scheduler> schedulers;
    private final Executor foreign;
    private final AtomicInteger ids = new AtomicInteger();
    final AtomicInteger checks = new AtomicInteger();
    final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();

    Pipelines(long seed, List<Scheduler> schedulers, Executor foreign) {
        this.random = new Random(seed);
        this.schedulers = schedulers;
        this.foreign = foreign;
    }

    Flux<Integer> build() {
        return scoped(3);
    }

    /** Without any scope: nothing is traced, and the guards must not be noticed. */
    Flux<Integer> buildUntraced() {
        return chain(0, 2);
    }

    private Flux<Integer> scoped(int depth) {
        long id = ids.incrementAndGet();
        Context trace = Traces.trace(id);
        Flux<Integer> inside = chain(id, depth);
        if (random.nextInt(3) == 0) {
            return inside.contextWrite(view -> Traced.put(view, trace));
        }
        return Traced.with(inside, trace);
    }

    private Flux<Integer> chain(long id, int depth) {
        Flux<Integer> flux = source(id).map(see("source", id));
        int operators = 1 + random.nextInt(6);
        for (int i = 0; i < operators; i++) {
            flux = operator(id, depth).apply(flux);
        }
        return flux.transformDeferredContextual((source, view) -> {
            // Above a shared source, whose subscribers may all be gone, Reactor knows no Context at all.
            Context known = Traced.find(view);
            if (known != null && id != 0 && !idOf(known).equals(Long.toString(id))) {
                wrong.add("the Context of " + id + " says " + idOf(known));
            }
            return source;
        });
    }

    private static String idOf(Context context) {
        return Long.toString(Long.parseLong(
                io.opentelemetry.api.trace.Span.fromContext(context)
                        .getSpanContext()
                        .getSpanId(),
                16));
    }

    private <T> Function<T, T> see(String place, long id) {
        return value -> {
            checks.incrementAndGet();
            long seen = Traces.current();
            // Without a trace nothing is promised on a thread that shows the one of its emitter.
            if (seen != id && id != 0) {
                wrong.add(place + " saw " + seen + " instead of " + id + " on "
                        + Thread.currentThread().getName());
            }
            return value;
        };
    }

    private int see(String place, long id, int value) {
        return this.<Integer>see(place, id).apply(value);
    }

    private void dirty(Runnable task) {
        foreign.execute(() -> {
            try (Scope scope = Traces.trace(DIRT).makeCurrent()) {
                task.run();
            }
        });
    }

    private Scheduler scheduler() {
        return schedulers.get(random.nextInt(schedulers.size()));
    }

    private Flux<Integer> source(long id) {
        switch (random.nextInt(8)) {
            case 0:
                return Flux.create(sink -> {
                    see("create", id, 1);
                    dirty(() -> {
                        sink.next(1);
                        sink.next(2);
                        sink.complete();
                    });
                });
            case 1:
                return Mono.<Integer>create(sink -> dirty(() -> sink.success(1)))
                        .flux();
            case 2:
                return Flux.defer(() -> {
                    see("defer", id, 1);
                    Sinks.Many<Integer> sink = Sinks.many().unicast().onBackpressureBuffer();
                    dirty(() -> {
                        sink.tryEmitNext(1);
                        sink.tryEmitNext(2);
                        sink.tryEmitComplete();
                    });
                    return sink.asFlux();
                });
            case 3:
                return Mono.fromFuture(() -> {
                            CompletableFuture<Integer> future = new CompletableFuture<>();
                            dirty(() -> future.complete(3));
                            return future;
                        })
                        .flux();
            case 4:
                return Flux.interval(Duration.ofMillis(1), scheduler())
                        .onBackpressureBuffer()
                        .take(2)
                        .map(Long::intValue);
            case 5:
                return Flux.just(1, 2, 3).subscribeOn(scheduler());
            default:
                return Flux.range(1, 1 + random.nextInt(5));
        }
    }

    private UnaryOperator<Flux<Integer>> operator(long id, int depth) {
        Scheduler scheduler = scheduler();
        switch (random.nextInt(depth > 0 ? 27 : 22)) {
            case 0:
                return f -> f.filter(v -> see("filter", id, v) > Integer.MIN_VALUE);
            case 1:
            case 2:
                return f -> f.publishOn(scheduler).map(see("publishOn", id));
            case 3:
                return f -> f.subscribeOn(scheduler);
            case 4:
                return f -> f.delayElements(Duration.ofMillis(1), scheduler).map(see("delay", id));
            case 5:
                return f -> f.doOnNext(v -> see("doOnNext", id, v))
                        .doOnComplete(() -> see("doOnComplete", id, 1))
                        .doFinally(signal -> see("doFinally", id, 1));
            case 6:
                return f -> f.buffer(2).map(see("buffer", id)).flatMapIterable(list -> list);
            case 7:
                return f -> f.window(2).concatMap(w -> w.map(see("window", id)));
            case 8:
                return f -> f.groupBy(v -> see("groupBy", id, v) % 2).flatMap(g -> g.map(see("group", id)));
            case 9:
                return f -> f.scan((x, y) -> see("scan", id, x + y));
            case 10:
                return f -> f.cache().map(see("cache", id));
            case 11:
                return f -> f.share().map(see("share", id));
            case 12:
                return f -> f.publish(shared -> shared.map(see("publish", id)).mergeWith(shared));
            case 13:
                AtomicInteger left = new AtomicInteger(1);
                return f -> f.<Integer>handle((v, sink) -> {
                            if (left.getAndDecrement() > 0) {
                                sink.error(new IllegalStateException("as planned"));
                            } else {
                                sink.next(see("handle", id, v));
                            }
                        })
                        .retry(2);
            case 14:
                return f -> f.timeout(Duration.ofSeconds(20), scheduler).map(see("timeout", id));
            case 15:
                return f -> f.take(2).doOnCancel(() -> see("doOnCancel", id, 1));
            case 16:
                return f ->
                        f.parallel(2).runOn(scheduler).map(see("parallel", id)).sequential();
            case 17:
                return f -> f.collectList().map(see("collectList", id)).flatMapIterable(list -> list);
            case 18:
                return f -> f.switchOnFirst((signal, all) -> {
                    see("switchOnFirst", id, 1);
                    return all.map(see("switchOnFirst", id));
                });
            case 19:
                return f -> f.zipWith(Flux.range(0, 9).subscribeOn(scheduler), (x, y) -> see("zip", id, x));
            case 20:
                return f -> f.limitRate(1).concatMap(v -> Mono.just(v).map(see("concatMap", id)));
            case 21:
                return f -> f.doOnEach(signal -> see("doOnEach", id, 1)).onErrorResume(e -> Flux.just(0));
            default:
                Flux<Integer> inner = scoped(depth - 1);
                Flux<Integer> same = chain(id, depth - 1);
                return switch (random.nextInt(5)) {
                    case 0 -> f -> f.take(3).flatMap(v -> inner, 2).map(see("flatMap", id));
                    case 1 -> f -> f.take(3).concatMap(v -> inner).map(see("concatMap scoped", id));
                    case 2 -> f -> f.take(3).flatMap(v -> same).map(see("flatMap same", id));
                    case 3 -> f -> f.mergeWith(inner).map(see("merge", id));
                    default ->
                        f -> f.concatWith(inner).switchMap(v -> same.take(1)).map(see("switchMap", id));
                };
        }
    }
}
