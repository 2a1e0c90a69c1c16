// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import static dev.weir.context.operators.SeenTraces.under;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.context.TracePropagation;
import dev.weir.context.Traced;
import dev.weir.context.Traces;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.publisher.ParallelFlux;
import reactor.core.publisher.Sinks;
import reactor.util.retry.Retry;

/** What no hook at assembly meets by itself: each pipeline keeps its trace while another one's is current at the source. */
class UnseenSourcesTest {

    private static TracePropagation propagation;

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
        QueueScheduler.UNHOOKED.clear();
        assertThat(Traces.current()).isZero();
    }

    static Stream<Named<Function<Flux<Integer>, Flux<Integer>>>> operatorsThatAreNotShown() {
        return Stream.of(
                Named.of("nothing", flux -> flux),
                Named.of("checkpoint", flux -> flux.checkpoint("orders")),
                Named.of("checkpoint with a stack", Flux::checkpoint),
                Named.of("hide", Flux::hide),
                Named.of("onTerminateDetach", Flux::onTerminateDetach),
                Named.of("checkpoint, hide", flux -> flux.checkpoint("orders").hide()));
    }

    @ParameterizedTest
    @MethodSource("operatorsThatAreNotShown")
    void operatorThatIsNotShown_aboveASink_keepsTheTraceBelow(Function<Flux<Integer>, Flux<Integer>> operator) {
        Sinks.Many<Integer> many = Sinks.many().multicast().onBackpressureBuffer();
        Sinks.One<Integer> one = Sinks.one();
        Flux<Integer> flux = operator.apply(many.asFlux());

        Traced.with(flux.map(seen.at("map")), Traces.trace(1)).subscribe();
        Traced.with(flux.parallel(2).map(seen.at("rail")).sequential(), Traces.trace(2))
                .subscribe();
        Traced.with(operator.apply(one.asMono().flux()).next().map(seen.at("mono")), Traces.trace(3))
                .subscribe();
        under(9, () -> {
            many.tryEmitNext(1);
            one.tryEmitValue(1);
        });

        assertThat(seen.byPlace()).isEqualTo(Map.of("map", 1L, "rail", 2L, "mono", 3L));
    }

    static Stream<Named<Function<Mono<Integer>, Flux<Integer>>>> operatorsOnASecondPublisher() {
        return Stream.of(
                Named.of(
                        "mergeWith",
                        other -> Flux.<Integer>never().mergeWith(other).take(1)),
                Named.of("concatWith", other -> Flux.<Integer>empty().concatWith(other)),
                Named.of("then", other -> Mono.empty().then(other).flux()),
                Named.of("thenMany", other -> Flux.empty().thenMany(other)),
                Named.of(
                        "switchIfEmpty",
                        other -> Mono.<Integer>empty().switchIfEmpty(other).flux()),
                Named.of("startWith", other -> Flux.<Integer>empty().startWith(other)),
                Named.of("delaySubscription", other -> Flux.just(1).delaySubscription(other)),
                Named.of(
                        "timeout",
                        other -> Mono.<Integer>never()
                                .timeout(other, Mono.just(1))
                                .flux()),
                Named.of(
                        "takeUntilOther",
                        other -> Flux.<Integer>never().takeUntilOther(other).defaultIfEmpty(1)),
                Named.of("or", other -> Mono.<Integer>never().or(other).flux()),
                Named.of(
                        "delayUntil",
                        other -> Mono.just(1).delayUntil(value -> other).flux()),
                Named.of("usingWhen", other -> Flux.usingWhen(other, Flux::just, value -> Mono.empty())),
                Named.of(
                        "repeatWhen",
                        other -> Flux.just(1)
                                .hide()
                                .repeatWhen(companion -> companion.take(1).zipWith(other))
                                .skip(1)),
                Named.of("withLatestFrom", other -> other.flux().withLatestFrom(Flux.just(1), Integer::sum)),
                Named.of("zip", other -> Flux.zip(Flux.just(1), other, Integer::sum)),
                Named.of("flatMap", other -> Flux.just(1).flatMap(value -> other)));
    }

    @ParameterizedTest
    @MethodSource("operatorsOnASecondPublisher")
    void sinkAsTheSecondPublisher_keepsTheTraceBelow(Function<Mono<Integer>, Flux<Integer>> operator) {
        for (long trace : new long[] {0, 1}) {
            Sinks.One<Integer> sink = Sinks.one();
            SeenTraces lambdas = new SeenTraces();
            Flux<Integer> flux =
                    operator.apply(sink.asMono()).map(lambdas.at("map")).doFinally(signal -> lambdas.note("finally"));

            under(trace, () -> flux.subscribe());
            under(9, () -> sink.tryEmitValue(1));

            assertThat(lambdas.byPlace()).isEqualTo(Map.of("map", trace, "finally", trace));
        }
    }

    static Stream<Named<BiFunction<Flux<Integer>, Function<Flux<Integer>, Flux<Integer>>, Flux<Integer>>>>
            operatorsThatGiveAFlux() {
        return Stream.of(
                Named.of("groupBy", (flux, body) -> flux.groupBy(value -> 1).flatMap(body)),
                Named.of("window", (flux, body) -> flux.window(2).concatMap(body)),
                Named.of(
                        "windowUntil",
                        (flux, body) -> flux.windowUntil(value -> value == 1).concatMap(body)),
                Named.of(
                        "windowWhile",
                        (flux, body) -> flux.windowWhile(value -> value > 0).concatMap(body)),
                Named.of(
                        "windowTimeout, fair",
                        (flux, body) -> flux.windowTimeout(2, Duration.ofMinutes(1), QueueScheduler.UNHOOKED, true)
                                .concatMap(body)),
                Named.of("switchOnFirst", (flux, body) -> flux.switchOnFirst((first, all) -> body.apply(all))),
                Named.of("publish(Function)", (flux, body) -> flux.publish(body)),
                Named.of(
                        "Mono.publish(Function)",
                        (flux, body) -> flux.next()
                                .publish(mono -> body.apply(mono.flux()).next())
                                .flux()),
                Named.of(
                        "transformGroups",
                        (flux, body) ->
                                flux.parallel(1).transformGroups(body::apply).sequential()));
    }

    @ParameterizedTest
    @MethodSource("operatorsThatGiveAFlux")
    void scopeAroundTheFluxThatAnOperatorGives_holdsForAllItsElements(
            BiFunction<Flux<Integer>, Function<Flux<Integer>, Flux<Integer>>, Flux<Integer>> operator) {
        List<FluxSink<Integer>> sinks = new ArrayList<>();
        List<Long> inside = new ArrayList<>();
        List<Long> outside = new ArrayList<>();
        Flux<Integer> flux = operator.apply(
                        Flux.create(sinks::add),
                        given -> Traced.with(given.doOnNext(value -> inside.add(Traces.current())), Traces.trace(2)))
                .doOnNext(value -> outside.add(Traces.current()));

        Traced.with(flux, Traces.trace(1)).subscribe();
        under(9, () -> sinks.get(0).next(1).next(2).next(3).complete());

        assertThat(inside).isNotEmpty().containsOnly(2L);
        assertThat(outside).isNotEmpty().containsOnly(1L);
    }

    @Test
    void scopeAroundTheCompanionOfRetry_holds() {
        List<FluxSink<Integer>> sinks = new ArrayList<>();
        Flux<Integer> failing = Flux.<Integer>create(sinks::add)
                .retryWhen(Retry.from(companion -> Traced.with(
                        companion.take(2).map(signal -> seen.at("companion").apply(1)), Traces.trace(2))))
                .doOnComplete(() -> seen.note("below"));

        Traced.with(failing, Traces.trace(1)).subscribe();
        for (int i = 0; i < 3 && i < sinks.size(); i++) {
            FluxSink<Integer> sink = sinks.get(i);
            under(9, () -> sink.error(new Boom()));
        }

        assertThat(seen.byPlace()).isEqualTo(Map.of("companion", 2L, "below", 1L));
    }

    @Test
    void railsFromSinks_keepTheTrace() {
        Sinks.Many<Integer> first = Sinks.many().unicast().onBackpressureBuffer();
        Sinks.Many<Integer> second = Sinks.many().unicast().onBackpressureBuffer();

        Traced.with(
                        ParallelFlux.from(first.asFlux(), second.asFlux())
                                .map(seen.at("rail"))
                                .sequential()
                                .map(seen.at("sequential")),
                        Traces.trace(1))
                .subscribe();
        under(9, () -> {
            first.tryEmitNext(1);
            second.tryEmitNext(1);
        });

        assertThat(seen.byPlace()).isEqualTo(Map.of("rail", 1L, "sequential", 1L));
    }

    /** Rails of a foreign source into an operator that wants subscribers of its own class in an array of that class. */
    @Test
    void railsOfASink_canBeReduced() {
        Sinks.Many<Integer> sink = Sinks.many().unicast().onBackpressureBuffer();

        Traced.with(sink.asFlux().parallel(2).reduce(Integer::sum).map(seen.at("map")), Traces.trace(1))
                .subscribe();
        under(9, () -> {
            sink.tryEmitNext(1);
            sink.tryEmitNext(2);
            sink.tryEmitComplete();
        });

        assertThat(seen.byPlace()).isEqualTo(Map.of("map", 1L));
    }

    @Test
    void schedulerThatAsksNoHook_keepsTheTrace() {
        for (long trace : new long[] {0, 1}) {
            SeenTraces lambdas = new SeenTraces();
            under(trace, () -> {
                Mono.just(1)
                        .publishOn(QueueScheduler.UNHOOKED)
                        .map(lambdas.at("publishOn"))
                        .subscribe();
                Mono.fromCallable(() -> lambdas.at("subscribeOn").apply(1))
                        .subscribeOn(QueueScheduler.UNHOOKED)
                        .map(lambdas.at("below"))
                        .subscribe();
                Flux.just(1, 2)
                        .publishOn(QueueScheduler.UNHOOKED)
                        .map(lambdas.at("flux"))
                        .subscribe();
                Mono.just(1)
                        .delayElement(Duration.ofMillis(5), QueueScheduler.UNHOOKED)
                        .map(lambdas.at("delay"))
                        .subscribe();
            });

            under(9, () -> QueueScheduler.UNHOOKED.run(10));

            assertThat(lambdas.byPlace())
                    .isEqualTo(Map.of(
                            "publishOn", trace, "subscribeOn", trace, "below", trace, "flux", trace, "delay", trace));
        }
    }
}
