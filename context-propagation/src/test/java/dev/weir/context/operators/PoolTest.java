// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import static dev.weir.context.operators.SeenTraces.under;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.context.TracePropagation;
import dev.weir.context.Traced;
import dev.weir.context.Traces;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.pool.InstrumentedPool;
import reactor.pool.PoolBuilder;
import reactor.pool.PooledRef;

/**
 * A pool of one object: whoever waits gets it from the thread, and inside of the call, of the one that gives it back. The
 * waiter goes on under its own trace, and without one under none.
 */
class PoolTest {

    private static final long GIVER = 1;

    private static TracePropagation propagation;

    private final InstrumentedPool<String> pool =
            PoolBuilder.from(Mono.just("connection")).sizeBetween(0, 1).buildPool();
    private final SeenTraces seen = new SeenTraces();

    @BeforeAll
    static void enable() {
        propagation = TracePropagation.enable();
    }

    @AfterAll
    static void close() {
        propagation.close();
    }

    @AfterEach
    void isClean() {
        pool.dispose();
        assertThat(Traces.current()).isZero();
    }

    /** The object, taken by a request that has the trace {@link #GIVER}. */
    private PooledRef<String> taken() {
        List<PooledRef<String>> taken = new ArrayList<>();
        Traced.with(pool.acquire(), Traces.trace(GIVER)).subscribe(taken::add);
        return taken.get(0);
    }

    private static void giveBack(PooledRef<String> taken) {
        under(GIVER, () -> taken.release().subscribe());
    }

    private Mono<String> acquiring() {
        return pool.acquire()
                .flatMap(object -> {
                    seen.note("function");
                    return object.release().thenReturn("done");
                })
                .map(seen.at("map"))
                .publishOn(Schedulers.immediate())
                .doOnNext(seen.at("after a hop")::apply)
                .flatMap(value -> Mono.just(value).map(seen.at("inner")))
                .doOnSuccess(seen.at("success")::apply);
    }

    private Flux<String> withPoolable() {
        return pool.withPoolable(object -> {
                    seen.note("function");
                    return Mono.just(object).map(seen.at("inner"));
                })
                .map(seen.at("map"))
                .doOnComplete(() -> seen.note("success"));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 2})
    void acquire_waiting_keepsTheTraceOfTheWaiter(long waiter) {
        PooledRef<String> taken = taken();

        under(waiter, () -> acquiring().subscribe());
        giveBack(taken);

        assertThat(seen.byPlace())
                .isEqualTo(Map.of(
                        "function", waiter, "map", waiter, "after a hop", waiter, "inner", waiter, "success", waiter));
    }

    @Test
    void acquire_waitingInAScope_keepsTheTraceOfTheScope() {
        PooledRef<String> taken = taken();

        Traced.with(acquiring(), Traces.trace(2)).subscribe();
        giveBack(taken);

        assertThat(seen.byPlace())
                .isEqualTo(Map.of("function", 2L, "map", 2L, "after a hop", 2L, "inner", 2L, "success", 2L));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 2})
    void withPoolable_waiting_keepsTheTraceOfTheWaiter(long waiter) {
        PooledRef<String> taken = taken();

        under(waiter, () -> withPoolable().subscribe());
        giveBack(taken);

        assertThat(seen.byPlace())
                .isEqualTo(Map.of("function", waiter, "inner", waiter, "map", waiter, "success", waiter));
    }

    @Test
    void withPoolable_waitingInAScope_keepsTheTraceOfTheScope() {
        PooledRef<String> taken = taken();

        Traced.with(withPoolable(), Traces.trace(2)).subscribe();
        giveBack(taken);

        assertThat(seen.byPlace()).isEqualTo(Map.of("function", 2L, "inner", 2L, "map", 2L, "success", 2L));
    }

    @Test
    void acquire_aChainOfWaiters_eachKeepsItsOwn() {
        PooledRef<String> taken = taken();
        Map<Long, SeenTraces> waiters = Map.of(0L, new SeenTraces(), 2L, new SeenTraces(), 3L, new SeenTraces());
        waiters.forEach((trace, lambdas) -> under(
                trace,
                () -> pool.withPoolable(object -> Mono.just(object).map(lambdas.at("inner")))
                        .map(lambdas.at("map"))
                        .subscribe()));

        giveBack(taken);

        waiters.forEach(
                (trace, lambdas) -> assertThat(lambdas.byPlace()).isEqualTo(Map.of("inner", trace, "map", trace)));
    }

    /** The object is free, but comes later, from a thread of another request. */
    @ParameterizedTest
    @ValueSource(longs = {0, 2})
    void acquire_anObjectThatIsMadeElsewhere_keepsTheTraceOfTheOneThatWaits(long waiter) {
        Sinks.One<String> made = Sinks.one();
        InstrumentedPool<String> slow =
                PoolBuilder.from(made.asMono()).sizeBetween(0, 1).buildPool();

        under(
                waiter,
                () -> slow.acquire()
                        .flatMap(object -> {
                            seen.note("function");
                            return object.release().thenReturn("done");
                        })
                        .map(seen.at("map"))
                        .subscribe());
        under(9, () -> made.tryEmitValue("connection"));

        assertThat(seen.byPlace()).isEqualTo(Map.of("function", waiter, "map", waiter));
        slow.dispose();
    }
}
