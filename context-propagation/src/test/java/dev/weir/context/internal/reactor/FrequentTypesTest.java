// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What is known of frequent publishers without a look must be what a look finds, and it must be known of them at all. */
class FrequentTypesTest {

    static Stream<Publisher<?>> operators() {
        Mono<Integer> hidden = Mono.just(1).hide();
        return Stream.of(
                hidden.map(i -> i),
                Mono.just(1).map(i -> i),
                hidden.doOnNext(i -> {}),
                Mono.just(1).doOnNext(i -> {}),
                hidden.filter(i -> true),
                hidden.handle((i, sink) -> sink.next(i)),
                Mono.just(1).handle((i, sink) -> sink.next(i)),
                hidden.doFinally(signal -> {}),
                Flux.just(1, 2).hide().map(i -> i),
                Flux.just(1, 2).hide().filter(i -> true),
                Flux.just(1, 2).hide().doOnNext(i -> {}),
                Flux.just(1, 2).flatMap(Flux::just));
    }

    @ParameterizedTest
    @MethodSource("operators")
    void operator_isKnown_asALookFindsIt(Publisher<?> operator) {
        Class<?> type = operator.getClass();
        PublisherType looked = PublisherType.of(operator);

        assertThat(FrequentTypes.isMonoOperator(type) || FrequentTypes.isFluxOperator(type))
                .isTrue();
        assertThat(FrequentTypes.isSafe(type)).isTrue();
        assertThat(looked.kind()).isEqualTo(PublisherKind.OPERATOR);
        assertThat(looked.isSafe()).isTrue();
        assertThat(looked.inputs().areKnownToBeSafe(operator)).isTrue();
    }

    @Test
    void source_isKnown_asALookFindsIt() {
        for (Publisher<?> source : List.of(Mono.just(1), Mono.fromCallable(() -> 1), Mono.empty(), Flux.just(1))) {
            assertThat(FrequentTypes.isKeeping(source.getClass()))
                    .as("%s", source)
                    .isTrue();
            assertThat(PublisherType.of(source).kind()).isEqualTo(PublisherKind.KEEPS);
        }
    }

    @Test
    void sourceOfAnOperator_isRead() throws Throwable {
        Mono<Integer> mono = Mono.just(1);
        Flux<Integer> flux = Flux.just(1, 2);

        assertThat(FrequentTypes.sourceOfMono(mono.map(i -> i))).isSameAs(mono);
        assertThat(FrequentTypes.sourceOfFlux(flux.hide().map(i -> i))).isInstanceOf(Flux.class);
    }

    @Test
    void otherPublishers_areNotKnown() {
        for (Publisher<?> other : List.of(
                Mono.defer(Mono::empty),
                Mono.create(sink -> {}),
                Flux.just(1).share(),
                Mono.just(1).hide())) {
            assertThat(FrequentTypes.isSafe(other.getClass())).as("%s", other).isFalse();
            assertThat(FrequentTypes.isKeeping(other.getClass())).isFalse();
        }
    }
}
