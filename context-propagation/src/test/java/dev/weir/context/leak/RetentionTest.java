// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.leak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.context.TracePropagation;
import dev.weir.context.Traced;
import dev.weir.context.Traces;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.context.Scope;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.ConnectionSubscriber;
import reactor.pool.EvictionTask;

/** Each test leaves something long-lived behind and expects that it does not keep the request that caused it. */
class RetentionTest {

    private static final ContextKey<byte[]> BODY = ContextKey.named("body");

    private TracePropagation propagation;
    private Scheduler scheduler;

    @BeforeEach
    void enable() {
        propagation = TracePropagation.enable();
        scheduler = Schedulers.newSingle("retention", true);
    }

    @AfterEach
    void close() {
        scheduler.dispose();
        propagation.close();
    }

    /** A request's context, which only the weak reference may know in the end. */
    private static Context request() {
        return Traces.trace(7).with(BODY, new byte[1024]);
    }

    private static void assertCollected(WeakReference<?> reference) {
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            System.gc();
            assertThat(reference.get()).isNull();
        });
    }

    @Test
    void taskOfAPool_doesNotKeepTheRequestThatStartedThePool() throws Exception {
        AtomicLong seen = new AtomicLong(-1);
        CountDownLatch ran = new CountDownLatch(2);
        Context request = request();
        WeakReference<Context> reference = new WeakReference<>(request);
        Disposable eviction;
        try (Scope scope = request.makeCurrent()) {
            eviction = scheduler.schedulePeriodically(
                    new EvictionTask(() -> {
                        seen.set(Traces.current());
                        ran.countDown();
                    }),
                    0,
                    1,
                    TimeUnit.MILLISECONDS);
        }
        request = null;

        assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(seen).hasValue(0);
        assertCollected(reference);
        eviction.dispose();
    }

    @Test
    void subscriberOfAConnection_doesNotKeepTheFirstRequest() {
        AtomicLong seen = new AtomicLong(-1);
        List<FluxSink<Object>> inbound = new ArrayList<>();
        Context request = request();
        WeakReference<Context> reference = new WeakReference<>(request);
        ConnectionSubscriber subscriber = new ConnectionSubscriber(() -> seen.set(Traces.current()));
        try (Scope scope = request.makeCurrent()) {
            Flux.create(inbound::add).subscribe(subscriber);
        }
        request = null;

        inbound.get(0).next(1);
        assertThat(seen).hasValue(0);
        assertCollected(reference);
        inbound.get(0).complete();
    }

    @Test
    void threadsOfASchedulerAndTheCaller_keepNoContext() {
        Context request = request();
        WeakReference<Context> reference = new WeakReference<>(request);
        Traced.with(Flux.range(1, 3).publishOn(scheduler).map(v -> v), request).blockLast();
        request = null;

        assertCollected(reference);
    }

    @Test
    void sinkWhoseSubscriberWasCancelled_keepsNoContext() {
        Sinks.Many<Integer> sink = Sinks.many().multicast().directBestEffort();
        Context request = request();
        WeakReference<Context> reference = new WeakReference<>(request);
        Traced.with(sink.asFlux().map(v -> v), request).subscribe().dispose();
        request = null;

        assertCollected(reference);
        sink.tryEmitNext(1);
    }

    @Test
    void cacheThatIsFull_keepsNoContextOfItsFirstSubscriber() {
        Mono<Integer> cached = Mono.just(1).publishOn(scheduler).cache();
        Context request = request();
        WeakReference<Context> reference = new WeakReference<>(request);
        Traced.with(cached.map(v -> v), request).block();
        request = null;

        assertCollected(reference);
        assertThat(cached.block()).isEqualTo(1);
    }

    @Test
    void wrappedTaskThatRan_keepsItsContextOnlyAsLongAsItIsKept() {
        Context request = request();
        WeakReference<Context> reference = new WeakReference<>(request);
        Runnable task;
        try (Scope scope = request.makeCurrent()) {
            task = Traced.wrap((Runnable) () -> {});
        }
        request = null;
        task.run();
        assertThat(reference.get()).isNotNull();
        task = null;

        assertCollected(reference);
    }

    @Test
    void cancelStorm_leavesNothingBehind() {
        Sinks.Many<Integer> source = Sinks.many().multicast().directBestEffort();
        List<WeakReference<Context>> references = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            Context request = request();
            references.add(new WeakReference<>(request));
            Disposable subscription = Traced.with(
                            source.asFlux().publishOn(scheduler).flatMap(v -> Mono.never()), request)
                    .subscribe();
            source.tryEmitNext(i);
            subscription.dispose();
        }

        Mono.just(1).publishOn(scheduler).block();
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            System.gc();
            assertThat(references).allMatch(reference -> reference.get() == null);
        });
        assertThat(source.currentSubscriberCount()).isZero();
    }
}
