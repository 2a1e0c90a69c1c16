// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.matrix;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;

/** Signals that come from a thread that Reactor knows nothing of. */
final class SourceCases {

    private final List<Case> cases = new ArrayList<>();

    static List<Case> all() {
        SourceCases all = new SourceCases();
        all.callbacks();
        all.sinks();
        all.foreignPublishers();
        return all.cases;
    }

    private void one(String name, Case.Body body) {
        cases.add(new Case(name, body));
    }

    private void callbacks() {
        one(
                "Mono.create, foreign thread",
                p -> p.await(p.with(
                        Mono.<Integer>create(sink -> {
                                    p.see(1);
                                    p.later(() -> sink.success(1));
                                })
                                .map(p.fn(1)),
                        1)));
        one(
                "Mono.create, foreign thread with another trace",
                p -> p.await(p.with(
                        Mono.<Integer>create(sink -> p.later(() -> p.ambient(9, () -> sink.success(1))))
                                .map(p.fn(1)),
                        1)));
        one(
                "Mono.create inside flatMap",
                p -> p.await(p.with(
                        Mono.just(1)
                                .flatMap(v -> Mono.<Integer>create(sink -> p.later(() -> sink.success(v))))
                                .map(p.fn(1)),
                        1)));
        one(
                "Mono.create that fails",
                p -> p.await(p.with(
                        Mono.<Integer>create(sink -> p.later(() -> sink.error(new IllegalStateException("as planned"))))
                                .doOnError(p.at(1))
                                .onErrorResume(e -> {
                                    p.see(1);
                                    return Mono.just(1);
                                }),
                        1)));
        one(
                "Flux.create, onRequest, onCancel, onDispose",
                p -> p.await(p.with(
                        Flux.<Integer>create(sink -> {
                                    p.see(1);
                                    sink.onRequest(n -> p.see("onRequest", 1));
                                    sink.onCancel(() -> p.see("onCancel", 1));
                                    sink.onDispose(() -> p.see("onDispose", 1));
                                    p.later(() -> sink.next(1));
                                })
                                .map(p.fn(1))
                                .take(1),
                        1)));
        one(
                "Flux.push",
                p -> p.await(p.with(
                        Flux.<Integer>push(sink -> p.later(() -> sink.next(1).complete()))
                                .map(p.fn(1)),
                        1)));
        one("fromFuture", p -> {
            CompletableFuture<Integer> future = new CompletableFuture<>();
            p.later(() -> p.ambient(9, () -> future.complete(1)));
            p.await(p.with(Mono.fromFuture(future).map(p.fn(1)), 1));
        });
        one("fromFuture of a supplier, fromCompletionStage", p -> {
            CompletableFuture<Integer> future = new CompletableFuture<>();
            CompletableFuture<Integer> other = new CompletableFuture<>();
            p.later(() -> future.complete(1));
            p.later(() -> other.complete(1));
            p.await(p.with(
                    Mono.fromFuture(() -> future)
                            .map(p.fn(1))
                            .then(Mono.fromCompletionStage(() -> other).map(p.fn(1))),
                    1));
        });
        one("ambient, fromFuture, subscribe()", p -> {
            CompletableFuture<Integer> future = new CompletableFuture<>();
            CompletableFuture<Void> done = new CompletableFuture<>();
            p.ambient(
                    4,
                    () -> Mono.fromFuture(future)
                            .map(p.fn(4))
                            .doOnTerminate(() -> done.complete(null))
                            .subscribe());
            p.later(() -> future.complete(1));
            done.join();
        });
        one(
                "ambient, Flux.create, block()",
                p -> p.ambient(
                        4,
                        () -> p.await(Flux.<Integer>create(
                                        sink -> p.later(() -> sink.next(1).complete()))
                                .map(p.fn(4)))));
    }

    private void sinks() {
        one("Sinks.one, foreign thread", p -> {
            Sinks.One<Integer> sink = Sinks.one();
            p.later(() -> sink.tryEmitValue(1));
            p.await(p.with(sink.asMono().map(p.fn(1)), 1));
        });
        one("Sinks.one, thread with another trace", p -> {
            Sinks.One<Integer> sink = Sinks.one();
            Mono<Integer> mono = p.with(sink.asMono().map(p.fn(1)).doOnNext(p.at(1)), 1);
            CompletableFuture<Integer> done = mono.toFuture();
            p.foreign(9, () -> sink.tryEmitValue(1));
            done.join();
        });
        one("Sinks.empty, foreign thread", p -> {
            Sinks.Empty<Integer> sink = Sinks.empty();
            CompletableFuture<Integer> done =
                    p.with(sink.asMono().doOnTerminate(p.run(1)), 1).toFuture();
            p.foreign(9, sink::tryEmitEmpty);
            done.join();
        });
        one("Sinks.one inside flatMap", p -> {
            Sinks.One<Integer> sink = Sinks.one();
            CompletableFuture<Integer> done = p.with(
                            Mono.just(1).flatMap(v -> sink.asMono()).map(p.fn(1)), 1)
                    .toFuture();
            p.foreign(9, () -> sink.tryEmitValue(1));
            done.join();
        });
        one("Sinks.one from defer, zip of sinks", p -> {
            Sinks.One<Integer> left = Sinks.one();
            Sinks.One<Integer> right = Sinks.one();
            CompletableFuture<?> done = p.with(
                            Mono.zip(Mono.defer(left::asMono), right.asMono()).map(p.fn(1)), 1)
                    .toFuture();
            p.foreign(9, () -> left.tryEmitValue(1));
            p.foreign(8, () -> right.tryEmitValue(1));
            done.join();
        });
        one("Sinks.one from defer", p -> {
            Sinks.One<Integer> sink = Sinks.one();
            CompletableFuture<?> done =
                    p.with(Mono.defer(sink::asMono).map(p.fn(1)), 1).toFuture();
            p.foreign(9, () -> sink.tryEmitValue(1));
            done.join();
        });
        one("Sinks unicast, foreign thread", p -> {
            Sinks.Many<Integer> sink = Sinks.many().unicast().onBackpressureBuffer();
            CompletableFuture<?> done = p.with(sink.asFlux().map(p.fn(1)).filter(p.yes(1)), 1)
                    .collectList()
                    .toFuture();
            p.foreign(9, () -> {
                sink.tryEmitNext(1);
                sink.tryEmitNext(2);
                sink.tryEmitComplete();
            });
            done.join();
        });
        one("Sinks unicast, fused into publishOn", p -> {
            Sinks.Many<Integer> sink = Sinks.many().unicast().onBackpressureBuffer();
            CompletableFuture<?> done = p.with(sink.asFlux().publishOn(p.a).map(p.fn(1)), 1)
                    .collectList()
                    .toFuture();
            p.foreign(9, () -> {
                sink.tryEmitNext(1);
                sink.tryEmitComplete();
            });
            done.join();
        });
        one("Sinks multicast, two traces", p -> {
            Sinks.Many<Integer> sink = Sinks.many().multicast().onBackpressureBuffer();
            CompletableFuture<?> one =
                    p.with(sink.asFlux().map(p.fn(1)), 1).collectList().toFuture();
            CompletableFuture<?> two =
                    p.with(sink.asFlux().map(p.fn(2)), 2).collectList().toFuture();
            p.foreign(9, () -> {
                sink.tryEmitNext(1);
                sink.tryEmitComplete();
            });
            CompletableFuture.allOf(one, two).join();
        });
        one("Sinks multicast directBestEffort", p -> {
            Sinks.Many<Integer> sink = Sinks.many().multicast().directBestEffort();
            CompletableFuture<?> one =
                    p.with(sink.asFlux().map(p.fn(1)), 1).collectList().toFuture();
            p.foreign(9, () -> {
                sink.tryEmitNext(1);
                sink.tryEmitComplete();
            });
            one.join();
        });
        one("Sinks replay, late subscriber of another trace", p -> {
            Sinks.Many<Integer> sink = Sinks.many().replay().all();
            CompletableFuture<?> one =
                    p.with(sink.asFlux().map(p.fn(1)), 1).collectList().toFuture();
            p.foreign(9, () -> sink.tryEmitNext(1));
            CompletableFuture<?> two =
                    p.with(sink.asFlux().map(p.fn(2)), 2).collectList().toFuture();
            p.foreign(9, () -> {
                sink.tryEmitNext(2);
                sink.tryEmitComplete();
            });
            CompletableFuture.allOf(one, two).join();
        });
        one("a sink of one request fed by another request", p -> {
            Sinks.One<Integer> sink = Sinks.one();
            CompletableFuture<Integer> done =
                    p.with(sink.asMono().map(p.fn(1)).doFinally(p.at(1)), 1).toFuture();
            p.await(p.with(
                    Mono.just(1).publishOn(p.a).doOnNext(v -> {
                        p.see(2);
                        sink.tryEmitValue(v);
                        p.see("after the emit", 2);
                    }),
                    2));
            done.join();
        });
    }

    private void foreignPublishers() {
        one("a Flux subclass of a library", p -> {
            Foreign foreign = new Foreign();
            CompletableFuture<?> done = p.with(foreign.map(p.fn(1)).filter(p.yes(1)), 1)
                    .collectList()
                    .toFuture();
            p.foreign(9, () -> foreign.emit(1));
            done.join();
        });
        one("a Flux subclass of a library, inside flatMap", p -> {
            Foreign foreign = new Foreign();
            CompletableFuture<?> done = p.with(
                            Mono.just(1).flatMapMany(v -> foreign.map(p.fn(1))).map(p.fn(1)), 1)
                    .collectList()
                    .toFuture();
            p.foreign(9, () -> foreign.emit(1));
            done.join();
        });
        one("a Flux subclass of a library, handed to flatMap", p -> {
            Foreign foreign = new Foreign();
            CompletableFuture<?> done = p.with(
                            Mono.just(1).flatMapMany(v -> foreign).map(p.fn(1)), 1)
                    .collectList()
                    .toFuture();
            p.foreign(9, () -> foreign.emit(1));
            done.join();
        });
        one("a Publisher of a library", p -> {
            AtomicReference<org.reactivestreams.Subscriber<? super Integer>> held = new AtomicReference<>();
            Publisher<Integer> publisher = subscriber -> {
                held.set(subscriber);
                subscriber.onSubscribe(new Idle());
            };
            CompletableFuture<?> done =
                    p.with(Flux.from(publisher).map(p.fn(1)), 1).collectList().toFuture();
            p.foreign(9, () -> {
                held.get().onNext(1);
                held.get().onComplete();
            });
            done.join();
        });
        one("Mono.from a Publisher of a library", p -> {
            AtomicReference<org.reactivestreams.Subscriber<? super Integer>> held = new AtomicReference<>();
            Publisher<Integer> publisher = subscriber -> {
                held.set(subscriber);
                subscriber.onSubscribe(new Idle());
            };
            CompletableFuture<?> done =
                    p.with(Mono.from(publisher).map(p.fn(1)), 1).toFuture();
            p.foreign(9, () -> held.get().onNext(1));
            done.join();
        });
        one("rails of a foreign Flux", p -> {
            Foreign foreign = new Foreign();
            CompletableFuture<?> done = p.with(
                            foreign.parallel(2).runOn(p.a).map(p.fn(1)).sequential(), 1)
                    .collectList()
                    .toFuture();
            p.foreign(9, () -> foreign.emit(1));
            done.join();
        });
        one("a long-lived Flux.create emits for another request", p -> {
            AtomicReference<FluxSink<Integer>> sink = new AtomicReference<>();
            AtomicReference<MonoSink<Integer>> answer = new AtomicReference<>();
            p.with(Flux.<Integer>create(sink::set).map(p.fn(1)), 1)
                    .subscribe(v -> answer.get().success(v));
            CompletableFuture<?> done =
                    p.with(Mono.<Integer>create(answer::set).map(p.fn(2)), 2).toFuture();
            p.foreign(() -> sink.get().next(1));
            done.join();
            sink.get().complete();
        });
    }

    /** As Reactor Netty's inbound: a Flux that is no operator of Reactor and emits when data comes. */
    private static final class Foreign extends Flux<Integer> {

        private volatile CoreSubscriber<? super Integer> subscriber;

        @Override
        public void subscribe(CoreSubscriber<? super Integer> actual) {
            subscriber = actual;
            actual.onSubscribe(new Idle());
        }

        void emit(int value) {
            subscriber.onNext(value);
            subscriber.onComplete();
        }
    }

    private static final class Idle implements Subscription {

        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
    }
}
