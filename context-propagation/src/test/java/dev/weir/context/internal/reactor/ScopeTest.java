// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.context.TracePropagation;
import dev.weir.context.Traced;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class ScopeTest {

    private final List<String> seen = new CopyOnWriteArrayList<>();

    @Test
    void with_everyOperatorAbove_seesTheTrace_andBelowNone() {
        try (TracePropagation propagation = TracePropagation.enable()) {
            String result = Traced.with(
                            Flux.just("a", "b")
                                    .doFirst(this::see)
                                    .doOnRequest(n -> see())
                                    .map(this::see)
                                    .publishOn(Schedulers.parallel())
                                    .filter(v -> see(v) != null)
                                    .delayElements(Duration.ofMillis(1))
                                    .flatMap(v -> Mono.just(v)
                                            .subscribeOn(Schedulers.boundedElastic())
                                            .map(this::see))
                                    .collectList()
                                    .map(List::toString),
                            trace(7))
                    .doOnNext(v -> assertThat(id(Span.current())).isEqualTo(0))
                    .block();

            assertThat(result).hasSize(6);
            assertThat(seen).isNotEmpty().containsOnly("7");
            assertThat(Span.current()).isSameAs(Span.getInvalid());
        }
    }

    @Test
    void with_nested_innerWinsInside() {
        Traced.with(
                        Traced.with(Mono.fromCallable(() -> see("inner")), trace(2))
                                .map(this::see)
                                .doFinally(signal -> see()),
                        trace(1))
                .block();

        assertThat(seen).containsExactly("2", "1", "1");
    }

    @Test
    void with_cancelled_seesTheTraceInDoOnCancel() {
        Traced.with(Flux.never().doOnCancel(this::see), trace(3)).subscribe().dispose();

        assertThat(seen).containsExactly("3");
    }

    @Test
    void with_fusedSource_keepsFusionAndTrace() {
        Traced.with(Flux.range(1, 3).map(i -> see("x")), trace(4))
                .publishOn(Schedulers.parallel())
                .blockLast();

        assertThat(seen).containsOnly("4").hasSize(3);
    }

    @Test
    void enable_twice_staysOnUntilTheLastHandleIsClosed() {
        TracePropagation first = TracePropagation.enable();
        TracePropagation second = TracePropagation.enable();
        first.close();
        first.close();

        Traced.with(Mono.just("v").publishOn(Schedulers.parallel()).map(this::see), trace(5))
                .block();
        second.close();
        Traced.with(Mono.just("v").publishOn(Schedulers.parallel()).map(this::see), trace(5))
                .block();

        assertThat(seen).containsExactly("5", "0");
    }

    private void see() {
        see("");
    }

    private <T> T see(T value) {
        seen.add(Long.toString(id(Span.current())));
        return value;
    }

    private static long id(Span span) {
        return Long.parseLong(span.getSpanContext().getSpanId(), 16);
    }

    private static Context trace(long id) {
        return Context.root()
                .with(Span.wrap(SpanContext.create(
                        "%032x".formatted(id),
                        "%016x".formatted(id),
                        TraceFlags.getSampled(),
                        TraceState.getDefault())));
    }
}
