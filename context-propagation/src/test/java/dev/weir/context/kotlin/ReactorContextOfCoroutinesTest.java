// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.kotlin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.context.TracePropagation;
import dev.weir.context.Traced;
import dev.weir.context.Traces;
import dev.weir.context.log.LogFields;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import kotlin.coroutines.Continuation;
import kotlin.coroutines.CoroutineContext;
import kotlin.coroutines.EmptyCoroutineContext;
import kotlin.jvm.functions.Function2;
import kotlinx.coroutines.BuildersKt;
import kotlinx.coroutines.CoroutineName;
import kotlinx.coroutines.CoroutineScope;
import kotlinx.coroutines.CoroutineStart;
import kotlinx.coroutines.Dispatchers;
import kotlinx.coroutines.ExecutorsKt;
import kotlinx.coroutines.flow.Flow;
import kotlinx.coroutines.flow.FlowKt;
import kotlinx.coroutines.reactive.AwaitKt;
import kotlinx.coroutines.reactive.ReactiveFlowKt;
import kotlinx.coroutines.reactor.FluxKt;
import kotlinx.coroutines.reactor.MonoKt;
import kotlinx.coroutines.reactor.ReactorContext;
import kotlinx.coroutines.reactor.ReactorFlowKt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A coroutine has two carriers of the trace, the element and its Reactor Context: the innermost element decides both. The
 * subscriber belongs to trace 1, the element to trace 2.
 */
class ReactorContextOfCoroutinesTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Context REQUEST = Traces.trace(1);

    /** The trace in the Context of whoever subscribes, which is what instruments of clients ask first. */
    private static final Mono<Long> IN_CONTEXT = Mono.deferContextual(view -> Mono.just(number(Traced.find(view))));

    private static final Mono<Long> CURRENT_AFTER_A_HOP =
            Mono.delay(Duration.ofMillis(1)).map(tick -> Traces.current());

    private static final ExecutorService THREAD = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    });
    private static final CoroutineContext DISPATCHER = ExecutorsKt.from(THREAD);

    private static final CoroutineContext IO = Dispatchers.getIO();

    private TracePropagation propagation;

    @BeforeEach
    void enable() {
        propagation = TracePropagation.enable();
    }

    @AfterEach
    void stop() {
        propagation.close();
        assertThat(Traces.current()).isZero();
    }

    private static long number(@org.jspecify.annotations.Nullable Context trace) {
        return trace == null
                ? -1
                : Long.parseUnsignedLong(
                        io.opentelemetry.api.trace.Span.fromContext(trace)
                                .getSpanContext()
                                .getSpanId(),
                        16);
    }

    private static TraceElement element(long id) {
        return TraceElement.of(id == 0 ? Context.root() : Traces.trace(id));
    }

    /** A suspending piece of code as the last call of a block: what it returns, the block returns. */
    @FunctionalInterface
    private interface Suspending {
        Object run(CoroutineScope scope, Continuation<Object> last);
    }

    private static Function2<CoroutineScope, Continuation<? super Object>, Object> block(Suspending body) {
        return (scope, last) -> body.run(scope, of(last));
    }

    @SuppressWarnings("unchecked") // a continuation takes any result
    private static <T> Continuation<T> of(Continuation<?> last) {
        return (Continuation<T>) last;
    }

    private static Object withContext(CoroutineContext context, Suspending body, Continuation<?> last) {
        return BuildersKt.withContext(context, block(body), of(last));
    }

    private static Object await(CoroutineScope scope, CoroutineContext context, Suspending body, Continuation<?> last) {
        return BuildersKt.async(scope, context, CoroutineStart.DEFAULT, block(body))
                .await(ReactorContextOfCoroutinesTest.<Object>of(last));
    }

    /** {@code mono(context) { body }} subscribed to by the request. */
    private static Object request(CoroutineContext context, Suspending body) {
        return Traced.with(MonoKt.mono(context, block(body)), REQUEST).block(LIMIT);
    }

    /** {@code mono { withContext(context) { body } }} subscribed to by the request. */
    private static Object within(CoroutineContext context, Suspending body) {
        return request(EmptyCoroutineContext.INSTANCE, (scope, last) -> withContext(context, body, last));
    }

    static Stream<CoroutineContext> orders() {
        return Stream.of(
                element(2),
                element(2).plus(DISPATCHER),
                DISPATCHER.plus(element(2)),
                new CoroutineName("named").plus(element(2)),
                element(2).plus(new CoroutineName("named")).plus(DISPATCHER),
                new CoroutineName("named").plus(DISPATCHER.plus(element(2))),
                element(3).plus(element(2)),
                IO.plus(element(2)));
    }

    @ParameterizedTest
    @MethodSource("orders")
    void awaitSingle_insideWithContext_hasTheTraceOfTheElement(CoroutineContext context) {
        assertThat(within(context, (scope, last) -> MonoKt.awaitSingle(IN_CONTEXT, last)))
                .isEqualTo(2L);
        assertThat(within(context, (scope, last) -> MonoKt.awaitSingle(CURRENT_AFTER_A_HOP, last)))
                .isEqualTo(2L);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void awaitSingle_insideMonoOfAnElement_hasTheTraceOfTheElement(CoroutineContext context) {
        assertThat(request(context, (scope, last) -> MonoKt.awaitSingle(IN_CONTEXT, last)))
                .isEqualTo(2L);
    }

    @Test
    void awaitFirst_ofAFlux_hasTheTraceOfTheElement() {
        assertThat(within(element(2), (scope, last) -> AwaitKt.awaitFirst(IN_CONTEXT.flux(), last)))
                .isEqualTo(2L);
    }

    @Test
    void withContextInsideAnother_theInnermostDecides() {
        assertThat(within(
                        element(3),
                        (scope, outer) ->
                                withContext(element(2), (inner, last) -> MonoKt.awaitSingle(IN_CONTEXT, last), outer)))
                .isEqualTo(2L);
    }

    @Test
    void elementOfNoTrace_isKeptLikeATrace() {
        assertThat(within(element(0), (scope, last) -> MonoKt.awaitSingle(IN_CONTEXT, last)))
                .isEqualTo(0L);
        assertThat(within(element(0), (scope, last) -> MonoKt.awaitSingle(CURRENT_AFTER_A_HOP, last)))
                .isEqualTo(0L);
    }

    @Test
    void otherEntriesOfTheReactorContext_stay() {
        Mono<String> tenant = Mono.deferContextual(view -> Mono.just(view.get("tenant") + " " + Traced.find(view)));
        Mono<Object> work = MonoKt.mono(
                EmptyCoroutineContext.INSTANCE,
                block((scope, last) -> withContext(
                        DISPATCHER.plus(element(2)),
                        (inner, innermost) -> MonoKt.awaitSingle(tenant, innermost),
                        last)));

        assertThat(Traced.with(work, REQUEST)
                        .contextWrite(view -> view.put("tenant", "acme"))
                        .block(LIMIT)
                        .toString())
                .startsWith("acme ")
                .contains("0000000000000002");
    }

    @Test
    void launchedCoroutine_hasTheTraceOfItsElement() {
        assertThat(request(
                        EmptyCoroutineContext.INSTANCE,
                        (scope, last) -> await(
                                scope,
                                IO.plus(element(2)),
                                (inner, innermost) -> MonoKt.awaitSingle(both(), innermost),
                                last)))
                .isEqualTo("2 2");
    }

    @Test
    void coroutineLaunchedInsideWithContext_inheritsBothCarriers() {
        assertThat(within(
                        element(2),
                        (scope, last) ->
                                await(scope, IO, (inner, innermost) -> MonoKt.awaitSingle(both(), innermost), last)))
                .isEqualTo("2 2");
    }

    /** What stays as it was: without an element a thread of a dispatcher has no trace, its Reactor Context has the request's. */
    @Test
    void coroutineWithoutAnElement_hasTheTraceOfItsReactorContextInPublishersOnly() {
        assertThat(request(DISPATCHER, (scope, last) -> Traces.current())).isEqualTo(0L);
        assertThat(request(DISPATCHER, (scope, last) -> MonoKt.awaitSingle(both(), last)))
                .isEqualTo("1 1");
    }

    private static Mono<String> both() {
        return Mono.deferContextual(view -> Mono.just(number(Traced.find(view)) + " " + Traces.current()));
    }

    static Stream<Function<CoroutineContext, Flow<String>>> flows() {
        return Stream.of(
                context -> FlowKt.flowOn(ReactiveFlowKt.asFlow(both()), context),
                context -> FlowKt.flowOn(
                        FlowKt.<String>flow((collector, last) -> collector.emit("2 " + Traces.current(), last)),
                        context),
                context -> FlowKt.flowOn(
                        FlowKt.<String>channelFlow((producer, last) -> producer.send("2 " + Traces.current(), last)),
                        context),
                context -> FlowKt.buffer(
                        FlowKt.flowOn(ReactiveFlowKt.asFlow(both().flux()), context),
                        4,
                        kotlinx.coroutines.channels.BufferOverflow.SUSPEND));
    }

    @ParameterizedTest
    @MethodSource("flows")
    void flowOnAnElement_hasItsTrace_collectedOrAsAFlux(Function<CoroutineContext, Flow<String>> flow) {
        assertThat(request(
                        EmptyCoroutineContext.INSTANCE, (scope, last) -> FlowKt.single(flow.apply(element(2)), last)))
                .isEqualTo("2 2");
        assertThat(Traced.with(
                                ReactorFlowKt.asFlux(
                                        flow.apply(DISPATCHER.plus(element(2))), EmptyCoroutineContext.INSTANCE),
                                REQUEST)
                        .blockLast(LIMIT))
                .isEqualTo("2 2");
    }

    @Test
    void flowCollectedInsideWithContext_hasTheTraceOfTheElement() {
        assertThat(within(element(2), (scope, last) -> FlowKt.single(ReactiveFlowKt.asFlow(both()), last)))
                .isEqualTo("2 2");
    }

    @Test
    void fluxOfAnElement_hasItsTrace() {
        Flux<String> numbers = FluxKt.flux(
                DISPATCHER.plus(element(2)),
                (producer, last) -> producer.send(
                        number(Traced.find(producer.getCoroutineContext()
                                        .get(ReactorContext.Key)
                                        .getContext())) + " " + Traces.current(),
                        of(last)));

        assertThat(Traced.with(numbers, REQUEST).blockLast(LIMIT)).isEqualTo("2 2");
    }

    @Test
    void spanOfAMonoThatIsAwaited_isBelowTheElementsTrace() {
        AtomicReference<SpanData> made = new AtomicReference<>();
        SpanExporter exporter = new SpanExporter() {
            @Override
            public CompletableResultCode export(Collection<SpanData> spans) {
                spans.forEach(made::set);
                return CompletableResultCode.ofSuccess();
            }

            @Override
            public CompletableResultCode flush() {
                return CompletableResultCode.ofSuccess();
            }

            @Override
            public CompletableResultCode shutdown() {
                return CompletableResultCode.ofSuccess();
            }
        };
        try (SdkTracerProvider tracers = SdkTracerProvider.builder()
                .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                .build()) {
            Mono<Long> step = Traced.span(Mono.just(1L), tracers.get("test").spanBuilder("step"));

            within(element(2), (scope, last) -> MonoKt.awaitSingle(step, last));
        }

        assertThat(made.get().getParentSpanId()).isEqualTo("0000000000000002");
    }

    @Test
    void logFields_areThoseOfTheElement() {
        assertThat(within(element(2), (scope, last) -> LogFields.get(LogFields.SPAN_ID)))
                .isEqualTo("0000000000000002");
    }

    @Test
    void elementStays_whenTheReactorContextIsReplacedOrRemoved() {
        CoroutineContext sum = new CoroutineName("named").plus(element(2)).plus(DISPATCHER);
        ReactorContext other = new ReactorContext(reactor.util.context.Context.of("tenant", "acme"));

        CoroutineContext replaced = sum.plus(other);

        assertThat((Object) replaced.get(TraceElement.KEY)).isNotNull();
        assertThat((Object) replaced.get(CoroutineName.Key)).isNotNull();
        assertThat((Object) replaced.get(ReactorContext.Key)).isSameAs(other);
        assertThat((Object) replaced.minusKey(ReactorContext.Key).get(TraceElement.KEY))
                .isNotNull();
        assertThat((Object) sum.minusKey(ReactorContext.Key).get(TraceElement.KEY))
                .isNotNull();
        assertThat((Object) sum.minusKey(TraceElement.KEY).get(ReactorContext.Key))
                .isNull();
    }
}
