// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import static dev.weir.context.operators.SeenTraces.under;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.context.TracePropagation;
import dev.weir.context.Traced;
import dev.weir.context.Traces;
import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** A token or a configuration that requests share: each goes on under its own trace, and a background job under none. */
class SharedMonoTest {

    private static TracePropagation propagation;

    @BeforeAll
    static void enable() {
        propagation = TracePropagation.enable();
    }

    @AfterAll
    static void close() {
        propagation.close();
    }

    static Stream<Named<UnaryOperator<Mono<String>>>> waysToShare() {
        return Stream.of(
                Named.of("share", Mono::share),
                Named.of("share, checkpoint", mono -> mono.share().checkpoint("token")),
                Named.of("share, hide", mono -> mono.share().hide()),
                Named.of("cache", Mono::cache),
                Named.of("cache with a time", mono -> mono.cache(Duration.ofMinutes(1))),
                Named.of("cacheInvalidateIf", mono -> mono.cacheInvalidateIf(value -> false)),
                Named.of(
                        "flux, replay, next",
                        mono -> mono.flux().replay(1).refCount(1).next()),
                Named.of("flux, shareNext", mono -> mono.flux().shareNext()));
    }

    @ParameterizedTest
    @MethodSource("waysToShare")
    void flatMapToASharedMono_eachRequestGoesOnUnderItsOwnTrace(UnaryOperator<Mono<String>> share) {
        Sinks.One<String> fetched = Sinks.one();
        Mono<String> token = share.apply(fetched.asMono().map(value -> value));
        SeenTraces seen = new SeenTraces();

        Traced.with(request(token, seen, "first"), Traces.trace(1)).subscribe();
        Traced.with(request(token, seen, "second"), Traces.trace(2)).subscribe();
        request(token, seen, "background").subscribe();
        under(3, () -> request(token, seen, "ambient").subscribe());
        under(9, () -> fetched.tryEmitValue("token"));

        assertThat(seen.byPlace()).isEqualTo(Map.of("first", 1L, "second", 2L, "background", 0L, "ambient", 3L));
        assertThat(Traces.current()).isZero();
    }

    @ParameterizedTest
    @MethodSource("waysToShare")
    void mapOfASharedMono_eachRequestGoesOnUnderItsOwnTrace(UnaryOperator<Mono<String>> share) {
        Sinks.One<String> fetched = Sinks.one();
        Mono<String> token = share.apply(fetched.asMono().map(value -> value));
        SeenTraces seen = new SeenTraces();

        Traced.with(token.map(seen.at("first")), Traces.trace(1)).subscribe();
        Traced.with(token.map(seen.at("second")), Traces.trace(2)).subscribe();
        token.map(seen.at("background")).subscribe();
        under(9, () -> fetched.tryEmitValue("token"));

        assertThat(seen.byPlace()).isEqualTo(Map.of("first", 1L, "second", 2L, "background", 0L));
    }

    private static Mono<String> request(Mono<String> token, SeenTraces seen, String place) {
        return Mono.just("order").flatMap(order -> token).map(seen.at(place));
    }
}
