// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.matrix;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.reactivestreams.Publisher;
import reactor.core.observability.DefaultSignalListener;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Operators with a lambda, on the subscribing thread and behind a hop. */
final class OperatorCases {

    private final List<Case> cases = new ArrayList<>();

    static List<Case> all() {
        OperatorCases all = new OperatorCases();
        all.simple();
        all.peeking();
        all.errors();
        all.repeating();
        all.combining();
        return all.cases;
    }

    /** The same body, with a source on the caller's thread and with one behind a hop. */
    private void flux(String name, FluxBody body) {
        cases.add(new Case(name, p -> p.await(p.with(body.build(p, Flux.range(1, 4)), 1))));
        cases.add(new Case(
                name + " after a hop",
                p -> p.await(p.with(body.build(p, Flux.range(1, 4).publishOn(p.a)), 1))));
    }

    private void one(String name, Case.Body body) {
        cases.add(new Case(name, body));
    }

    @FunctionalInterface
    private interface FluxBody {
        Publisher<?> publisher(Probe p, Flux<Integer> source);

        default Flux<?> build(Probe p, Flux<Integer> source) {
            return Flux.from(publisher(p, source));
        }
    }

    private void simple() {
        flux("map, filter", (p, f) -> f.map(p.fn(1)).filter(p.yes(1)));
        flux("flatMap", (p, f) -> f.flatMap(p.fn(1, v -> Mono.just(v).map(p.fn(1)))));
        flux(
                "flatMap with hops",
                (p, f) -> f.flatMap(p.fn(1, v -> Mono.just(v).publishOn(p.b).map(p.fn(1))))
                        .map(p.fn(1)));
        flux(
                "concatMap",
                (p, f) -> f.concatMap(p.fn(1, v -> Mono.just(v).subscribeOn(p.b).map(p.fn(1))))
                        .map(p.fn(1)));
        flux("switchMap", (p, f) -> f.switchMap(p.fn(1, v -> Mono.just(v).map(p.fn(1)))));
        flux(
                "flatMapSequential",
                (p, f) -> f.flatMapSequential(p.fn(1, v -> Mono.just(v).subscribeOn(p.b)))
                        .map(p.fn(1)));
        flux(
                "expand",
                (p, f) -> f.expand(v -> {
                    p.see(1);
                    return v < 8 ? Flux.just(v * 2) : Flux.empty();
                }));
        flux(
                "scan, reduce",
                (p, f) -> f.scan((x, y) -> {
                            p.see(1);
                            return x + y;
                        })
                        .reduce((x, y) -> {
                            p.see(1);
                            return x + y;
                        }));
        flux(
                "handle",
                (p, f) -> f.handle((v, sink) -> {
                    p.see(1);
                    sink.next(v);
                }));
        flux("groupBy", (p, f) -> f.groupBy(p.fn(1, v -> v % 2)).flatMap(p.fn(1, group -> group.map(p.fn(1)))));
        flux("window", (p, f) -> f.window(2).flatMap(p.fn(1, window -> window.map(p.fn(1)))));
        flux(
                "windowTimeout",
                (p, f) -> f.windowTimeout(2, Duration.ofSeconds(5), p.b).flatMap(w -> w.map(p.fn(1))));
        flux(
                "bufferTimeout",
                (p, f) -> f.bufferTimeout(3, Duration.ofMillis(20), p.b).map(p.fn(1)));
        flux(
                "transformDeferred",
                (p, f) -> f.transformDeferred(s -> {
                    p.see(1);
                    return s.map(p.fn(1));
                }));
        flux(
                "switchOnFirst",
                (p, f) -> f.switchOnFirst((signal, s) -> {
                    p.see(1);
                    return s.map(p.fn(1));
                }));
        flux(
                "publish(Function)",
                (p, f) -> f.publish(s -> {
                    p.see(1);
                    return s.map(p.fn(1)).mergeWith(s.map(p.fn(1)));
                }));
        flux(
                "parallel and runOn",
                (p, f) -> f.parallel(2).runOn(p.b).map(p.fn(1)).sequential().map(p.fn(1)));
        flux("collectList, then", (p, f) -> f.collectList().map(p.fn(1)).then(Mono.fromCallable(call(p))));
        flux(
                "distinct, takeWhile, skipUntil",
                (p, f) -> f.distinct(p.fn(1)).takeWhile(p.yes(1)).skipUntil(p.yes(1)));
        flux(
                "index, timed, elapsed",
                (p, f) -> f.index().map(p.fn(1)).timed().map(p.fn(1)).elapsed().map(p.fn(1)));
        flux(
                "sort, collectMap",
                (p, f) -> f.sort((x, y) -> {
                            p.see(1);
                            return y - x;
                        })
                        .collectMap(p.fn(1)));
        flux("onBackpressureBuffer", (p, f) -> f.onBackpressureBuffer(8).map(p.fn(1)));
        flux("limitRate", (p, f) -> f.limitRate(2).map(p.fn(1)));
        one(
                "Mono operators",
                p -> p.await(p.with(
                        Mono.fromCallable(call(p))
                                .map(p.fn(1))
                                .filter(p.yes(1))
                                .flatMap(p.fn(
                                        1,
                                        v -> Mono.fromSupplier(() -> {
                                            p.see(1);
                                            return v;
                                        })))
                                .flatMapMany(p.fn(1, v -> Flux.just(v).map(p.fn(1))))
                                .next()
                                .doOnSuccess(p.at(1))
                                .zipWhen(p.fn(1, v -> Mono.just(v).subscribeOn(p.a)))
                                .map(p.fn(1)),
                        1)));
        one("defer, generate, using", p -> {
            p.await(p.with(
                    Mono.defer(() -> {
                        p.see(1);
                        return Mono.just(1).map(p.fn(1));
                    }),
                    1));
            p.await(p.with(
                    Flux.<Integer>generate(sink -> {
                                p.see(1);
                                sink.next(1);
                                sink.complete();
                            })
                            .map(p.fn(1)),
                    1));
            p.await(p.with(
                    Flux.using(
                            call(p),
                            v -> {
                                p.see(1);
                                return Flux.just(v).publishOn(p.a);
                            },
                            p.at(1)),
                    1));
        });
        one(
                "deferContextual, transformDeferredContextual",
                p -> p.await(p.with(
                        Mono.deferContextual(view -> {
                                    p.see(1);
                                    return Mono.just(1).map(p.fn(1));
                                })
                                .transformDeferredContextual((m, view) -> {
                                    p.see(1);
                                    return m.map(p.fn(1));
                                }),
                        1)));
    }

    private static Callable<Integer> call(Probe p) {
        return () -> {
            p.see("callable", 1);
            return 1;
        };
    }

    private void peeking() {
        flux(
                "doOnNext, doOnEach, doOnComplete, doOnTerminate",
                (p, f) -> f.doOnNext(p.at(1))
                        .doOnEach(p.at(1))
                        .doOnComplete(p.run(1))
                        .doOnTerminate(p.run(1))
                        .doAfterTerminate(p.run(1)));
        flux(
                "doOnSubscribe, doFirst, doOnRequest",
                (p, f) -> f.doOnSubscribe(p.at(1)).doFirst(p.run(1)).doOnRequest(n -> p.see(1)));
        flux("doFinally", (p, f) -> f.doFinally(p.at(1)).map(p.fn(1)));
        flux("materialize, log", (p, f) -> f.materialize().map(p.fn(1)).dematerialize());
        flux(
                "tap",
                (p, f) -> f.tap(() -> new DefaultSignalListener<Integer>() {
                    @Override
                    public void doFirst() {
                        p.see("tap first", 1);
                    }

                    @Override
                    public void doOnNext(Integer value) {
                        p.see("tap next", 1);
                    }

                    @Override
                    public void doOnComplete() {
                        p.see("tap complete", 1);
                    }
                }));
        one(
                "doOnCancel by take",
                p -> p.await(p.with(
                        Flux.range(1, 9)
                                .publishOn(p.a)
                                .doOnCancel(p.run(1))
                                .doFinally(p.at(1))
                                .take(2),
                        1)));
        one(
                "checkpoint",
                p -> p.await(p.with(
                        Flux.range(1, 3).publishOn(p.a).checkpoint("here").map(p.fn(1)), 1)));
    }

    private void errors() {
        flux(
                "onErrorResume",
                (p, f) -> f.map(failing(p)).onErrorResume(e -> {
                    p.see(1);
                    return Flux.just(1).map(p.fn(1));
                }));
        flux(
                "onErrorMap, onErrorReturn, doOnError",
                (p, f) ->
                        f.map(failing(p)).doOnError(p.at(1)).onErrorMap(p.fn(1)).onErrorReturn(p.yes(1), 7));
        flux("onErrorContinue", (p, f) -> f.map(failing(p)).onErrorContinue((e, v) -> p.see(1)));
        flux("retry", (p, f) -> f.map(failing(p)).retry(2).onErrorReturn(1));
        flux(
                "retryWhen with backoff",
                (p, f) -> f.map(failing(p))
                        .retryWhen(Retry.backoff(2, Duration.ofMillis(2))
                                .scheduler(p.b)
                                .filter(p.yes(1))
                                .doBeforeRetry(p.at(1)))
                        .onErrorResume(e -> {
                            p.see(1);
                            return Mono.just(1);
                        }));
        flux(
                "timeout with fallback",
                (p, f) -> f.concatWith(Flux.never())
                        .timeout(
                                Duration.ofMillis(10),
                                Mono.fromSupplier(() -> {
                                    p.see(1);
                                    return 1;
                                }),
                                p.b)
                        .map(p.fn(1)));
        one(
                "a lambda that throws",
                p -> p.await(p.with(Flux.range(1, 2).publishOn(p.a).map(failing(p)), 1)
                        .onErrorReturn(1)));
    }

    private static java.util.function.Function<Integer, Integer> failing(Probe p) {
        return p.fn(1, v -> {
            throw new IllegalStateException("as planned");
        });
    }

    private void repeating() {
        flux("repeat", (p, f) -> f.map(p.fn(1)).repeat(2));
        flux(
                "repeatWhen",
                (p, f) -> f.map(p.fn(1))
                        .repeatWhen(s -> s.take(2)
                                .delayElements(Duration.ofMillis(1), p.b)
                                .map(p.fn(1))));
        one(
                "usingWhen",
                p -> p.await(p.with(
                        Flux.usingWhen(
                                Mono.just(1).publishOn(p.a).map(p.fn(1)),
                                v -> {
                                    p.see(1);
                                    return Flux.range(1, 2).publishOn(p.b).map(p.fn(1));
                                },
                                v -> Mono.fromRunnable(p.run(1)).publishOn(p.a).doOnTerminate(p.run(1))),
                        1)));
    }

    private void combining() {
        flux(
                "zip",
                (p, f) -> Flux.zip(
                        f.map(p.fn(1)), Flux.range(1, 4).subscribeOn(p.b).map(p.fn(1)), (x, y) -> {
                            p.see(1);
                            return x + y;
                        }));
        flux(
                "merge, concat",
                (p, f) -> Flux.concat(
                        Flux.merge(f, Flux.range(1, 2).publishOn(p.b)).map(p.fn(1)),
                        Mono.just(1).map(p.fn(1))));
        flux(
                "combineLatest, withLatestFrom",
                (p, f) -> Flux.combineLatest(f, Flux.just(1).publishOn(p.b), (x, y) -> {
                            p.see(1);
                            return x + y;
                        })
                        .withLatestFrom(Flux.just(1), (x, y) -> {
                            p.see(1);
                            return x + y;
                        }));
        flux(
                "firstWithSignal",
                (p, f) -> Flux.firstWithSignal(f.map(p.fn(1)), Flux.just(9).delayElements(Duration.ofSeconds(9), p.b))
                        .map(p.fn(1)));
        flux(
                "switchIfEmpty, defaultIfEmpty",
                (p, f) -> f.filter(v -> false)
                        .switchIfEmpty(Flux.just(1).publishOn(p.b).map(p.fn(1)))
                        .map(p.fn(1)));
        flux(
                "takeUntilOther",
                (p, f) -> f.takeUntilOther(Mono.delay(Duration.ofMillis(5), p.b).map(p.fn(1)))
                        .map(p.fn(1)));
        flux(
                "sample",
                (p, f) -> f.concatWith(Mono.just(5).delayElement(Duration.ofMillis(8), p.b))
                        .sample(Duration.ofMillis(2))
                        .map(p.fn(1)));
        one(
                "Mono.when, zip, then",
                p -> p.await(p.with(
                        Mono.zip(
                                        Mono.just(1).subscribeOn(p.a).map(p.fn(1)),
                                        Mono.just(2).subscribeOn(p.b).map(p.fn(1)))
                                .map(p.fn(1))
                                .then(Mono.when(
                                        Mono.fromRunnable(p.run(1)).subscribeOn(p.a), Mono.fromRunnable(p.run(1))))
                                .thenReturn(1)
                                .map(p.fn(1)),
                        1)));
    }
}
