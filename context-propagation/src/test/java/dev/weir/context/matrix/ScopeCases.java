// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.matrix;

import dev.weir.context.Traced;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Where one trace ends and another begins, cancellation, hooks, and what lies outside Reactor. */
final class ScopeCases {

    private final List<Case> cases = new ArrayList<>();

    static List<Case> all() {
        ScopeCases all = new ScopeCases();
        all.scopes();
        all.cancellation();
        all.hooks();
        all.outside();
        return all.cases;
    }

    private void one(String name, Case.Body body) {
        cases.add(new Case(name, body));
    }

    private void scopes() {
        one(
                "nested scopes",
                p -> p.await(p.with(
                        Mono.just(1)
                                .flatMap(p.fn(
                                        1,
                                        v -> p.with(Mono.just(v).publishOn(p.a).map(p.fn(2)), 2)))
                                .map(p.fn(1)),
                        1)));
        one(
                "a scope for each element",
                p -> p.await(p.with(
                        Flux.range(2, 3)
                                .publishOn(p.a)
                                .concatMap(
                                        v -> p.with(Mono.just(v).publishOn(p.b).map(p.fn(v)), v))
                                .map(p.fn(1)),
                        1)));
        one(
                "below a scope is clean",
                p -> p.await(p.with(Flux.range(1, 3).publishOn(p.a).map(p.fn(1)), 1)
                        .map(p.fn(0))
                        .doFinally(p.at(0))));
        one(
                "subscriber below a scope inside another",
                p -> p.await(p.with(
                        p.with(Flux.range(1, 2).publishOn(p.a).map(p.fn(2)), 2)
                                .map(p.fn(1))
                                .doOnComplete(p.run(1))
                                .doFinally(p.at(1)),
                        1)));
        one("toFuture().thenApply below a scope is clean", p -> {
            CompletableFuture<Integer> source = new CompletableFuture<>();
            CompletableFuture<Integer> result = p.with(Mono.fromFuture(source).map(p.fn(1)), 1)
                    .toFuture()
                    .thenApply(v -> {
                        p.see("thenApply", 0);
                        return v;
                    });
            p.foreign(() -> source.complete(1));
            result.join();
        });
        one(
                "contextWrite of the trace by hand",
                p -> p.await(Flux.range(1, 3)
                        .map(p.fn(1))
                        .publishOn(p.a)
                        .map(p.fn(1))
                        .contextWrite(p.writing(1))
                        .map(p.fn(0))));
        one(
                "contextWrite of the trace by hand, Mono",
                p -> p.await(Mono.fromCallable(() -> {
                            p.see(1);
                            return 1;
                        })
                        .contextWrite(p.writing(1))
                        .map(p.fn(0))));
        one("contextWrite by hand over a foreign source", p -> {
            Sinks.One<Integer> sink = Sinks.one();
            CompletableFuture<?> done =
                    sink.asMono().map(p.fn(1)).contextWrite(p.writing(1)).toFuture();
            p.foreign(9, () -> sink.tryEmitValue(1));
            done.join();
        });
        one(
                "contextWrite of something else",
                p -> p.await(p.with(
                        Flux.range(1, 2).publishOn(p.a).map(p.fn(1)).contextWrite(view -> view.put("tenant", "a")),
                        1)));
        one(
                "a scope without a trace inside one with",
                p -> p.await(p.with(
                        Mono.just(1)
                                .flatMap(v -> p.with(
                                        Mono.just(v).publishOn(p.a).map(w -> {
                                            p.see(7);
                                            return w;
                                        }),
                                        7))
                                .publishOn(p.b)
                                .map(p.fn(1)),
                        1)));
        one(
                "ambient trace, subscribe on the same thread",
                p -> p.ambient(
                        5,
                        () -> p.await(
                                Flux.range(1, 2).map(p.fn(5)).publishOn(p.a).map(p.fn(5)))));
        one("one pipeline subscribed under two traces", p -> {
            Flux<Integer> pipeline = Flux.deferContextual(view -> Flux.just((int) Probe.current()))
                    .publishOn(p.a)
                    .doOnNext(id -> p.see(id));
            p.await(p.with(pipeline, 1));
            p.await(p.with(pipeline, 2));
        });
    }

    private void cancellation() {
        one("cancel from a foreign thread", p -> {
            Disposable subscription = p.with(Flux.never().doOnCancel(p.run(1)).doFinally(p.at(1)), 1)
                    .subscribe();
            p.foreign(9, subscription::dispose);
        });
        one("request from a foreign thread", p -> {
            CountDownLatch seen = new CountDownLatch(2);
            var subscriber = new reactor.core.publisher.BaseSubscriber<Integer>() {
                @Override
                protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {}

                @Override
                protected void hookOnNext(Integer value) {
                    seen.countDown();
                }
            };
            p.with(Flux.range(1, 4).doOnRequest(n -> p.see("request", 1)).map(p.fn(1)), 1)
                    .subscribe(subscriber);
            p.foreign(9, () -> subscriber.request(2));
            seen.await(10, TimeUnit.SECONDS);
            p.foreign(9, subscriber::cancel);
        });
        one("doOnDiscard on a foreign cancel", p -> {
            Disposable subscription = p.with(
                            Flux.range(1, 20)
                                    .publishOn(p.a)
                                    .concatMap(v -> Mono.never())
                                    .doOnDiscard(Integer.class, p.at(1)),
                            1)
                    .subscribe();
            p.await(Mono.just(1).publishOn(p.a));
            p.foreign(9, subscription::dispose);
            p.await(Mono.just(1).publishOn(p.a));
        });
        one("cancel storm", p -> {
            for (int i = 0; i < 50; i++) {
                Disposable subscription = p.with(Flux.never().publishOn(p.a).doOnCancel(p.run(1)), 1)
                        .subscribe();
                if (i % 2 == 0) {
                    p.later(() -> p.ambient(9, subscription::dispose));
                } else {
                    subscription.dispose();
                }
            }
            p.foreign(() -> {});
        });
        one(
                "switchMap cancels the inner",
                p -> p.await(p.with(
                        Flux.just(1, 2)
                                .publishOn(p.a)
                                .switchMap(v -> v == 1 ? Mono.<Integer>never().doOnCancel(p.run(1)) : Mono.just(v))
                                .map(p.fn(1)),
                        1)));
    }

    private void hooks() {
        one("hooks onErrorDropped and onNextDropped", p -> {
            CompletableFuture<Void> dropped = new CompletableFuture<>();
            Hooks.onNextDropped(v -> p.see("onNextDropped", 1));
            Hooks.onErrorDropped(e -> {
                p.see("onErrorDropped", 1);
                dropped.complete(null);
            });
            try {
                Rude rude = new Rude();
                CompletableFuture<?> done =
                        p.with(Flux.from(rude).map(p.fn(1)), 1).collectList().toFuture();
                p.foreign(9, rude::emit);
                done.join();
                dropped.join();
            } finally {
                Hooks.resetOnErrorDropped();
                Hooks.resetOnNextDropped();
            }
        });
    }

    /** Goes on after the end, against the rules. */
    private static final class Rude implements Publisher<Integer> {

        private volatile Subscriber<? super Integer> subscriber;

        @Override
        public void subscribe(Subscriber<? super Integer> actual) {
            subscriber = actual;
            actual.onSubscribe(new Subscription() {
                @Override
                public void request(long n) {}

                @Override
                public void cancel() {}
            });
        }

        void emit() {
            subscriber.onNext(1);
            subscriber.onComplete();
            subscriber.onNext(2);
            subscriber.onError(new IllegalStateException("as planned"));
        }
    }

    private void outside() {
        one(
                "a subscriber's own lambdas, ambient",
                p -> p.ambient(6, () -> {
                    CompletableFuture<Void> done = new CompletableFuture<>();
                    Mono.just(1)
                            .publishOn(p.a)
                            .subscribe(v -> p.see("subscribe", 6), e -> {}, () -> done.complete(null));
                    done.join();
                }));
        one("an executor of the application, wrapped", p -> {
            Executor executor = Traced.wrap(p.foreignExecutor());
            CompletableFuture<Void> done = new CompletableFuture<>();
            p.await(p.with(
                    Mono.fromRunnable(() -> executor.execute(() -> {
                        p.see("executor", 1);
                        done.complete(null);
                    })),
                    1));
            done.join();
        });
        one("an executor of the application in a lambda", p -> {
            CompletableFuture<Void> done = new CompletableFuture<>();
            p.await(p.with(
                    Mono.fromRunnable(() -> p.foreignExecutor().execute(() -> {
                        p.see("executor", 1);
                        done.complete(null);
                    })),
                    1));
            done.join();
        });
        one("CompletableFuture.thenApply on a foreign thread", p -> {
            CompletableFuture<Integer> source = new CompletableFuture<>();
            CompletableFuture<?> done = p.with(
                            Mono.fromFuture(() -> source.thenApply(p.fn(1)).toCompletableFuture()), 1)
                    .toFuture();
            p.foreign(() -> source.complete(1));
            done.join();
        });
    }
}
