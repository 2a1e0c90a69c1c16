// SPDX-License-Identifier: Apache-2.0
package dev.weir.context;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What a signal and a subscription may allocate. */
class AllocationTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void elementsThatCrossAScope_allocateNothing() {
        Integer[] few = elements(1_000);
        Integer[] many = elements(101_000);

        long perElement = perElement(
                () -> Traced.with(Flux.fromArray(few).filter(v -> true), Traces.trace(1))
                        .subscribe(new Drain()),
                () -> Traced.with(Flux.fromArray(many).filter(v -> true), Traces.trace(1))
                        .subscribe(new Drain()));

        assertThat(perElement).as("bytes for 100,000 elements").isLessThan(1_000);
    }

    @Test
    void elementsOfASinkThroughAGuard_allocateNothing() {
        try (TracePropagation propagation = TracePropagation.enable()) {
            Sinks.Many<Integer> sink = Sinks.many().multicast().directBestEffort();
            Traced.with(sink.asFlux().map(v -> v), Traces.trace(1)).subscribe(new Drain());
            Integer value = 1;

            long bytes = perElement(() -> emit(sink, value, 1_000), () -> emit(sink, value, 101_000));

            assertThat(bytes).as("bytes for 100,000 elements").isLessThan(1_000);
        }
    }

    @Test
    void nestedScope_allocatesItsThreeObjects() {
        Mono<Integer> source = Mono.just(1);

        long perScope = perElement(() -> scopes(source, 1_000), () -> scopes(source, 11_000)) / 10_000;

        assertThat(perScope).as("bytes for a scope").isLessThanOrEqualTo(190);
    }

    private static void scopes(Mono<Integer> source, int count) {
        io.opentelemetry.context.Context trace = Traces.trace(1);
        Drain drain = new Drain();
        for (int i = 0; i < count; i++) {
            Traced.with(source, trace).subscribe((CoreSubscriber<Object>) drain);
        }
    }

    private static void emit(Sinks.Many<Integer> sink, Integer value, int count) {
        for (int i = 0; i < count; i++) {
            sink.tryEmitNext(value);
        }
    }

    private static Integer[] elements(int count) {
        Integer[] elements = new Integer[count];
        Arrays.fill(elements, 1);
        return elements;
    }

    /** The bytes that {@code more} allocates above {@code less}; the smallest of several rounds, without the warm-up. */
    private static long perElement(Runnable less, Runnable more) {
        long best = Long.MAX_VALUE;
        for (int round = 0; round < 30; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            less.run();
            long between = THREADS.getCurrentThreadAllocatedBytes();
            more.run();
            long after = THREADS.getCurrentThreadAllocatedBytes();
            best = Math.min(best, (after - between) - (between - before));
        }
        return best;
    }

    private static final class Drain implements CoreSubscriber<Object> {

        @Override
        public void onSubscribe(Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(Object value) {}

        @Override
        public void onError(Throwable error) {}

        @Override
        public void onComplete() {}
    }
}
