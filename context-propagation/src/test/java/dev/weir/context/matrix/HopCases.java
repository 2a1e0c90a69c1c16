// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.matrix;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Ways to another thread. */
final class HopCases {

    private HopCases() {}

    static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        cases.add(new Case(
                "publishOn twice",
                p -> p.await(p.with(
                        Flux.range(1, 3)
                                .map(p.fn(1))
                                .publishOn(p.a)
                                .map(p.fn(1))
                                .publishOn(p.b)
                                .map(p.fn(1)),
                        1))));
        cases.add(new Case(
                "subscribeOn",
                p -> p.await(p.with(
                        Flux.defer(() -> {
                                    p.see(1);
                                    return Flux.range(1, 3);
                                })
                                .subscribeOn(p.a)
                                .map(p.fn(1)),
                        1))));
        cases.add(new Case("subscribeOn of a scalar and of a callable", p -> {
            p.await(p.with(Mono.just(1).subscribeOn(p.a).map(p.fn(1)), 1));
            p.await(p.with(
                    Mono.fromCallable(() -> {
                                p.see(1);
                                return 1;
                            })
                            .subscribeOn(p.b)
                            .map(p.fn(1)),
                    1));
        }));
        cases.add(new Case("cancelOn", p -> {
            CountDownLatch cancelled = new CountDownLatch(1);
            Disposable subscription = p.with(
                            Flux.never()
                                    .doOnCancel(() -> {
                                        p.see(1);
                                        cancelled.countDown();
                                    })
                                    .cancelOn(p.a),
                            1)
                    .subscribe();
            subscription.dispose();
            cancelled.await(10, TimeUnit.SECONDS);
        }));
        cases.add(new Case(
                "delayElements, delaySubscription, delayUntil",
                p -> p.await(p.with(
                        Flux.range(1, 2)
                                .delayElements(Duration.ofMillis(1), p.a)
                                .map(p.fn(1))
                                .delaySubscription(Duration.ofMillis(1), p.b)
                                .delayUntil(v -> {
                                    p.see(1);
                                    return Mono.delay(Duration.ofMillis(1), p.b).map(p.fn(1));
                                })
                                .map(p.fn(1)),
                        1))));
        cases.add(new Case(
                "interval",
                p -> p.await(p.with(
                        Flux.interval(Duration.ofMillis(1), p.a).map(p.fn(1)).take(3), 1))));
        cases.add(new Case(
                "Mono.delay",
                p -> p.await(p.with(Mono.delay(Duration.ofMillis(1), p.a).map(p.fn(1)), 1))));
        cases.add(new Case(
                "timeout(3)",
                p -> p.await(p.with(
                        Flux.range(1, 3)
                                .delayElements(Duration.ofMillis(1), p.a)
                                .timeout(Mono.delay(Duration.ofSeconds(9), p.b), v -> Mono.never(), Mono.just(1))
                                .map(p.fn(1)),
                        1))));
        cases.add(new Case(
                "Schedulers.parallel, boundedElastic, single",
                p -> p.await(p.with(
                        Flux.range(1, 3)
                                .publishOn(Schedulers.parallel())
                                .map(p.fn(1))
                                .publishOn(Schedulers.boundedElastic())
                                .map(p.fn(1))
                                .publishOn(Schedulers.single())
                                .map(p.fn(1)),
                        1))));
        cases.add(new Case("Schedulers.immediate and fromExecutor trampolining", p -> {
            Scheduler trampolining = Schedulers.fromExecutor(p.foreignExecutor(), true);
            p.await(p.with(
                    Flux.range(1, 3)
                            .publishOn(Schedulers.immediate())
                            .map(p.fn(1))
                            .publishOn(trampolining)
                            .flatMap(v -> Mono.just(v).publishOn(trampolining).map(p.fn(1)))
                            .map(p.fn(1)),
                    1));
        }));
        cases.add(new Case("one task inside another, of another trace", p -> {
            Scheduler direct = Schedulers.fromExecutor(Runnable::run);
            p.await(p.with(
                    Flux.range(1, 2)
                            .publishOn(p.a)
                            .map(p.fn(1))
                            .flatMap(v -> p.with(Mono.just(v).publishOn(direct).map(p.fn(2)), 2))
                            .map(p.fn(1)),
                    1));
        }));
        cases.add(new Case(
                "block() inside boundedElastic",
                p -> p.await(p.with(
                        Mono.fromCallable(() -> {
                                    p.see(1);
                                    return Mono.just(1)
                                            .publishOn(p.b)
                                            .map(p.fn(1))
                                            .block(Probe.LIMIT);
                                })
                                .subscribeOn(Schedulers.boundedElastic())
                                .map(p.fn(1)),
                        1))));
        cases.add(new Case("toIterable, toStream", p -> {
            for (Integer value :
                    p.with(Flux.range(1, 3).publishOn(p.a).map(p.fn(1)), 1).toIterable()) {
                p.see("loop", 0);
            }
            p.with(Flux.range(1, 3).publishOn(p.a).map(p.fn(1)), 1).toStream().forEach(p.at(0));
        }));
        cases.add(new Case("worker of a scheduler used by hand", p -> {
            CountDownLatch done = new CountDownLatch(1);
            p.ambient(
                    3,
                    () -> p.a.createWorker().schedule(() -> {
                        p.see(3);
                        done.countDown();
                    }));
            done.await(10, TimeUnit.SECONDS);
        }));
        cases.add(new Case("schedulePeriodically by hand", p -> {
            CountDownLatch done = new CountDownLatch(3);
            Disposable[] task = new Disposable[1];
            p.ambient(
                    3,
                    () -> task[0] = p.a.schedulePeriodically(
                            () -> {
                                p.see(3);
                                done.countDown();
                            },
                            0,
                            1,
                            TimeUnit.MILLISECONDS));
            done.await(10, TimeUnit.SECONDS);
            task[0].dispose();
        }));
        cases.add(new Case("Schedulers with virtual time", p -> {
            try {
                StepVerifier.withVirtualTime(() -> p.with(
                                Flux.interval(Duration.ofSeconds(1))
                                        .map(p.fn(1))
                                        .take(3),
                                1))
                        .thenAwait(Duration.ofSeconds(5))
                        .expectNextCount(3)
                        .verifyComplete();
            } finally {
                VirtualTimeScheduler.reset();
            }
        }));
        return cases;
    }
}
