// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.kotlin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.context.TracePropagation;
import dev.weir.context.Traced;
import dev.weir.context.Traces;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import kotlin.ResultKt;
import kotlin.Unit;
import kotlin.coroutines.Continuation;
import kotlin.coroutines.CoroutineContext;
import kotlin.coroutines.intrinsics.IntrinsicsKt;
import kotlin.coroutines.jvm.internal.SuspendLambda;
import kotlin.jvm.functions.Function2;
import kotlinx.coroutines.CoroutineScope;
import kotlinx.coroutines.DelayKt;
import kotlinx.coroutines.ExecutorsKt;
import kotlinx.coroutines.reactor.MonoKt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** {@code mono(dispatcher + TraceElement) { … }} of kotlinx-coroutines-reactor, its body written as the compiler lays it out. */
class MonoBuilderTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final CoroutineContext dispatcher = ExecutorsKt.from(thread);
    private TracePropagation propagation;

    @BeforeEach
    void enable() {
        propagation = TracePropagation.enable();
    }

    @AfterEach
    void stop() throws Exception {
        propagation.close();
        assertThat(thread.submit(Traces::current).get(10, TimeUnit.SECONDS))
                .as("the coroutines' thread is clean")
                .isZero();
        assertThat(Traces.current()).isZero();
        thread.shutdownNow();
    }

    @Test
    void coroutineSeesItsTrace_beforeAndAfterItSuspends_andSoDoOperatorsBelow() {
        assertThat(request(4).block(LIMIT)).containsExactly(4L, 4L, 4L, 4L, 4L);
    }

    @Test
    void coroutinesOfManyTraces_thatTakeTurnsOnOneThread_doNotMix() {
        List<List<Long>> all = Flux.range(1, 50)
                .flatMapSequential(id -> request(id), 50)
                .collectList()
                .block(LIMIT);

        assertThat(all).hasSize(50);
        for (int i = 0; i < 50; i++) {
            assertThat(all.get(i)).containsOnly(i + 1L).hasSize(5);
        }
    }

    /** The element decides inside the coroutine, the Reactor Context outside of it. */
    @Test
    void elementOfAnotherTrace_holdsInTheCoroutineOnly() {
        Mono<List<Long>> work = MonoKt.mono(dispatcher.plus(TraceElement.of(Traces.trace(7))), new Body());

        assertThat(Traced.with(work.map(seen -> append(seen, Traces.current())), Traces.trace(8))
                        .block(LIMIT))
                .startsWith(7L, 7L)
                .endsWith(7L, 8L);
    }

    private Mono<List<Long>> request(long id) {
        Mono<List<Long>> work =
                Mono.deferContextual(view -> MonoKt.mono(dispatcher.plus(TraceElement.of(view)), new Body()));
        return Traced.with(work.map(seen -> append(seen, Traces.current())), Traces.trace(id))
                .doOnNext(seen -> assertThat(Traces.current()).isZero());
    }

    private static List<Long> append(List<Long> seen, long current) {
        List<Long> longer = new ArrayList<>(seen);
        longer.add(current);
        return longer;
    }

    /**
     * {@code { a = current(); delay(2); b = current(); c = Mono.delay(2).map { current() }.awaitSingle(); d = current();
     * listOf(a, b, c, d) }}.
     */
    private static final class Body extends SuspendLambda
            implements Function2<CoroutineScope, Continuation<? super List<Long>>, Object> {

        private int step;
        private long start;
        private long afterDelay;

        Body() {
            super(2, null);
        }

        private Body(Continuation<Object> completion) {
            super(2, completion);
        }

        @Override
        @SuppressWarnings("unchecked")
        public Continuation<Unit> create(Object scope, Continuation<?> completion) {
            return (Continuation<Unit>) (Continuation<?>) new Body((Continuation<Object>) completion);
        }

        @Override
        public Object invoke(CoroutineScope scope, Continuation<? super List<Long>> completion) {
            return ((Body) (Continuation<?>) create(scope, completion)).invokeSuspend(Unit.INSTANCE);
        }

        /** Goes from step to step; a step that suspends comes back here with its result when it is resumed. */
        @Override
        protected Object invokeSuspend(Object resumedWith) {
            ResultKt.throwOnFailure(resumedWith);
            Object result = resumedWith;
            while (step < 2) {
                if (step++ == 0) {
                    start = Traces.current();
                    result = DelayKt.delay(2, unit());
                } else {
                    afterDelay = Traces.current();
                    Mono<Long> below = Mono.delay(Duration.ofMillis(2)).map(tick -> Traces.current());
                    result = MonoKt.awaitSingle(below, number());
                }
                if (result == IntrinsicsKt.getCOROUTINE_SUSPENDED()) {
                    return result;
                }
            }
            return List.of(start, afterDelay, (Long) result, Traces.current());
        }

        @SuppressWarnings("unchecked")
        private Continuation<Unit> unit() {
            return (Continuation<Unit>) (Continuation<?>) this;
        }

        @SuppressWarnings("unchecked")
        private Continuation<Long> number() {
            return (Continuation<Long>) (Continuation<?>) this;
        }
    }
}
