// SPDX-License-Identifier: Apache-2.0
package dev.weir.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class TracedTest {

    private final List<SpanData> ended = new CopyOnWriteArrayList<>();
    private final SdkTracerProvider provider =
            SdkTracerProvider.builder().addSpanProcessor(new Recording()).build();
    private final Tracer tracer = provider.get("test");
    private final ExecutorService foreign = Executors.newSingleThreadExecutor();

    @AfterEach
    void close() {
        foreign.shutdownNow();
        provider.close();
    }

    @Test
    void span_completes_isAChildOfTheSubscribersTrace() {
        Long id = Traced.with(
                        Traced.span(Mono.fromSupplier(Traces::current), tracer.spanBuilder("work")), Traces.trace(7))
                .block();

        assertThat(ended).hasSize(1);
        assertThat(ended.get(0).getParentSpanId()).isEqualTo("%016x".formatted(7));
        assertThat(ended.get(0).getSpanId()).isEqualTo("%016x".formatted(id));
        assertThat(ended.get(0).getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    }

    @Test
    void span_fails_hasStatusAndType() {
        Mono<Object> work =
                Traced.span(Mono.error(new IllegalStateException("as planned")), tracer.spanBuilder("work"));

        assertThatThrownBy(work::block).isInstanceOf(IllegalStateException.class);
        assertThat(ended.get(0).getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(ended.get(0).getAttributes().get(AttributeKey.stringKey("error.type")))
                .isEqualTo("java.lang.IllegalStateException");
    }

    @Test
    void span_cancelled_ends() {
        Traced.span(Flux.never(), tracer.spanBuilder("work")).subscribe().dispose();

        assertThat(ended).hasSize(1);
    }

    @Test
    void span_emptyMono_ends() {
        Traced.span(Mono.empty(), tracer.spanBuilder("work")).block();

        assertThat(ended).hasSize(1);
    }

    @Test
    void span_subscribedTwice_isTwoSpans() {
        Flux<Integer> work = Traced.span(Flux.just(1), tracer.spanBuilder("work"));
        work.blockLast();
        work.blockLast();

        assertThat(ended).hasSize(2);
        assertThat(ended.get(0).getSpanId()).isNotEqualTo(ended.get(1).getSpanId());
    }

    @Test
    void perElement_handlerRunsUnderTheElementsTrace() {
        List<Long> seen = new CopyOnWriteArrayList<>();

        Traced.perElement(Flux.just(3L, 4L, 5L), Traces::trace, id -> {
                    seen.add(Traces.current());
                    return Mono.just(id).doOnNext(v -> seen.add(Traces.current()));
                })
                .blockLast();

        assertThat(seen).containsExactly(3L, 3L, 4L, 4L, 5L, 5L);
        assertThat(Traces.current()).isZero();
    }

    @Test
    void wrap_runnableCallableSupplierFunctionConsumerExecutor_takeTheTraceAlong() throws Exception {
        AtomicLong seen = new AtomicLong();
        Runnable runnable;
        java.util.concurrent.Callable<Long> callable;
        java.util.function.Supplier<Long> supplier;
        java.util.function.Function<String, Long> function;
        java.util.function.Consumer<String> consumer;
        try (Scope scope = Traces.trace(6).makeCurrent()) {
            runnable = Traced.wrap((Runnable) () -> seen.set(Traces.current()));
            callable = Traced.wrap(Traces::current);
            supplier = Traced.wrapSupplier(Traces::current);
            function = Traced.wrapFunction(text -> Traces.current());
            consumer = Traced.wrapConsumer(text -> seen.addAndGet(Traces.current()));
            Traced.wrap(foreign).execute(() -> seen.set(Traces.current()));
        }
        foreign.submit(() -> {}).get(5, TimeUnit.SECONDS);
        assertThat(seen).hasValue(6);
        foreign.submit(runnable).get(5, TimeUnit.SECONDS);
        assertThat(seen).hasValue(6);
        foreign.submit(() -> consumer.accept("")).get(5, TimeUnit.SECONDS);
        assertThat(seen).hasValue(12);
        assertThat(callable.call()).isEqualTo(6);
        assertThat(supplier.get()).isEqualTo(6);
        assertThat(function.apply("")).isEqualTo(6);
        assertThat(foreign.submit(Traces::current).get(5, TimeUnit.SECONDS)).isZero();
    }

    @Test
    void edge_onASinkInsideFlatMap_keepsTheTrace() throws Exception {
        Sinks.One<Integer> sink = Sinks.one();
        List<Long> seen = new CopyOnWriteArrayList<>();
        Traced.with(
                        Mono.just(1).flatMap(v -> Traced.edge(sink.asMono())).doOnNext(v -> seen.add(Traces.current())),
                        Traces.trace(5))
                .subscribe();

        foreign.submit(() -> {
                    try (Scope scope = Traces.trace(9).makeCurrent()) {
                        sink.tryEmitValue(1);
                    }
                })
                .get(5, TimeUnit.SECONDS);

        assertThat(seen).containsExactly(5L);
    }

    @Test
    void with_baggageAndOtherKeys_travelAlong() {
        ContextKey<String> key = ContextKey.named("tenant");
        Context trace = Traces.trace(3)
                .with(key, "a")
                .with(Baggage.builder().put("user", "u1").build());

        String seen = Traced.with(
                        Mono.fromSupplier(() ->
                                Context.current().get(key) + Baggage.current().getEntryValue("user")),
                        trace)
                .block();

        assertThat(seen).isEqualTo("au1");
    }

    @Test
    void with_root_hidesTheCallersTrace() {
        try (Scope scope = Traces.trace(3).makeCurrent()) {
            assertThat(Traced.with(Mono.fromSupplier(Traces::current), Context.root())
                            .block())
                    .isZero();
            assertThat(Traces.current()).isEqualTo(3);
        }
    }

    @Test
    void with_sourceThrowsOnSubscribe_callerIsClean() {
        Mono<Integer> broken = new Mono<>() {
            @Override
            public void subscribe(reactor.core.CoreSubscriber<? super Integer> actual) {
                throw new IllegalStateException("as planned");
            }
        };

        assertThatThrownBy(() -> Traced.with(broken, Traces.trace(3)).block()).hasMessageContaining("as planned");
        assertThat(Traces.current()).isZero();
    }

    @Test
    void get_andFind_readAContext() {
        reactor.util.context.Context view = Traced.put(reactor.util.context.Context.empty(), Traces.trace(2));

        assertThat(Traced.find(view)).isEqualTo(Traced.get(view));
        assertThat(Traced.find(reactor.util.context.Context.empty())).isNull();
        assertThat(Traced.get(reactor.util.context.Context.empty())).isSameAs(Context.root());
    }

    @Test
    void nulls_areRefusedByName() {
        assertThatNullPointerException()
                .isThrownBy(() -> Traced.with(Mono.empty(), null))
                .withMessage("trace");
        assertThatNullPointerException()
                .isThrownBy(() -> Traced.with((Mono<?>) null, Context.root()))
                .withMessage("source");
    }

    private final class Recording implements SpanProcessor {

        @Override
        public void onStart(Context parent, ReadWriteSpan span) {}

        @Override
        public boolean isStartRequired() {
            return false;
        }

        @Override
        public void onEnd(ReadableSpan span) {
            ended.add(span.toSpanData());
        }

        @Override
        public boolean isEndRequired() {
            return true;
        }
    }
}
