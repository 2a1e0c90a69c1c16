// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.matrix;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import reactor.core.publisher.ConnectableFlux;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** One source, several subscribers of different traces: each must see its own below the shared part. */
final class SharingCases {

    private SharingCases() {}

    static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        cases.add(two("Mono.cache()", p -> slow(p).cache()));
        cases.add(two("Mono.cache(ttl)", p -> slow(p).cache(Duration.ofSeconds(9))));
        cases.add(two("Mono.cacheInvalidateIf", p -> slow(p).cacheInvalidateIf(v -> false)));
        cases.add(two("Mono.share()", p -> slow(p).share()));
        cases.add(new Case("Mono.cache() with lambdas of the second only", p -> {
            Mono<Integer> cached = slow(p).cache();
            p.await(p.with(cached.map(p.fn(1)), 1));
            p.await(p.with(cached.map(p.fn(2)).publishOn(p.b).map(p.fn(2)), 2));
        }));
        cases.add(twoOfFlux("Flux.share()", p -> slow(p).flux().share()));
        cases.add(twoOfFlux("Flux.cache()", p -> slow(p).flux().cache()));
        cases.add(twoOfFlux(
                "publish().autoConnect(2)", p -> slow(p).flux().publish().autoConnect(2)));
        cases.add(
                twoOfFlux("publish().refCount(2)", p -> slow(p).flux().publish().refCount(2)));
        cases.add(twoOfFlux(
                "publish().refCount(2, grace)", p -> slow(p).flux().publish().refCount(2, Duration.ofMillis(5), p.b)));
        cases.add(
                twoOfFlux("replay().autoConnect()", p -> slow(p).flux().replay().autoConnect()));
        cases.add(new Case("publish().connect()", p -> {
            ConnectableFlux<Integer> shared = slow(p).flux().publish();
            CompletableFuture<?> one =
                    p.with(shared.map(p.fn(1)), 1).collectList().toFuture();
            CompletableFuture<?> two =
                    p.with(shared.map(p.fn(2)), 2).collectList().toFuture();
            shared.connect();
            CompletableFuture.allOf(one, two).join();
        }));
        cases.add(new Case("replay().refCount(), late subscriber", p -> {
            Sinks.Many<Integer> sink = Sinks.many().unicast().onBackpressureBuffer();
            Flux<Integer> shared = sink.asFlux().replay().refCount();
            CompletableFuture<?> one =
                    p.with(shared.map(p.fn(1)), 1).collectList().toFuture();
            p.foreign(() -> sink.tryEmitNext(1));
            CompletableFuture<?> two =
                    p.with(shared.map(p.fn(2)), 2).collectList().toFuture();
            p.foreign(() -> {
                sink.tryEmitNext(2);
                sink.tryEmitComplete();
            });
            CompletableFuture.allOf(one, two).join();
        }));
        cases.add(new Case(
                "groups subscribed under another trace",
                p -> p.await(p.with(
                        Flux.range(1, 4)
                                .publishOn(p.a)
                                .groupBy(v -> v % 2)
                                .flatMap(group -> p.with(group.map(p.fn(2)), 2))
                                .map(p.fn(1)),
                        1))));
        cases.add(new Case("STRESS: 200 requests, shared cache, hops, sinks", SharingCases::stress));
        return cases;
    }

    private static Mono<Integer> slow(Probe p) {
        return Mono.just(1).delayElement(Duration.ofMillis(5), p.a);
    }

    private static Case two(String name, java.util.function.Function<Probe, Mono<Integer>> source) {
        return new Case(name + ", two traces", p -> {
            Mono<Integer> shared = source.apply(p);
            CompletableFuture<?> one =
                    p.with(shared.map(p.fn(1)).filter(p.yes(1)), 1).toFuture();
            CompletableFuture<?> two =
                    p.with(shared.map(p.fn(2)).doFinally(p.at(2)), 2).toFuture();
            CompletableFuture.allOf(one, two).join();
        });
    }

    private static Case twoOfFlux(String name, java.util.function.Function<Probe, Flux<Integer>> source) {
        return new Case(name + ", two traces", p -> {
            Flux<Integer> shared = source.apply(p);
            CompletableFuture<?> one = p.with(shared.map(p.fn(1)).filter(p.yes(1)), 1)
                    .collectList()
                    .toFuture();
            CompletableFuture<?> two = p.with(shared.map(p.fn(2)).publishOn(p.b).map(p.fn(2)), 2)
                    .collectList()
                    .toFuture();
            CompletableFuture.allOf(one, two).join();
        });
    }

    private static void stress(Probe p) {
        Mono<Integer> shared = slow(p).cache();
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (int i = 1; i <= 200; i++) {
            long id = i;
            Sinks.One<Integer> sink = Sinks.one();
            all.add(p.with(
                            Mono.just(1)
                                    .flatMap(p.fn(id, v -> shared.map(p.fn(id))))
                                    .publishOn(p.b)
                                    .map(p.fn(id))
                                    .flatMap(v -> Mono.<Integer>create(s -> p.later(() -> s.success(v)))
                                            .map(p.fn(id)))
                                    .zipWith(sink.asMono().map(p.fn(id)))
                                    .map(p.fn(id))
                                    .doFinally(p.at(id)),
                            id)
                    .toFuture());
            p.later(() -> p.ambient(9, () -> sink.tryEmitValue(1)));
        }
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
    }
}
