// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.context;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The pipelines that are measured, the same for every propagation. Each method runs one operation. */
public final class Shapes {

    /** How many elements the shapes that are counted by element have. */
    public static final int ELEMENTS = 1_000;

    private static final Scheduler INLINE = Schedulers.fromExecutor(Runnable::run);

    private final Propagation propagation;
    private final Integer[] values = new Integer[ELEMENTS];

    public Shapes(Propagation propagation) {
        this.propagation = propagation;
        java.util.Arrays.fill(values, 1);
    }

    private static Integer next(Integer value) {
        return value + 1 & 0x3f;
    }

    /** Nine operators and two flatMaps, as a handler is written, assembled and subscribed anew. */
    public Object requestChain() {
        Mono<Integer> chain = Mono.fromSupplier(() -> 1)
                .map(Shapes::next)
                .flatMap(v -> Mono.just(v).map(Shapes::next))
                .filter(v -> v > 0)
                .map(Shapes::next)
                .flatMap(v -> Mono.just(v).map(Shapes::next))
                .map(Shapes::next)
                .defaultIfEmpty(0)
                .doOnNext(v -> {})
                .map(Shapes::next);
        return propagation.with(chain).block();
    }

    /** Two changes of the scheduler, on one thread. */
    public Object twoHops() {
        Mono<Integer> chain = Mono.just(1)
                .publishOn(INLINE)
                .map(Shapes::next)
                .publishOn(INLINE)
                .map(Shapes::next);
        return drain(propagation.with(chain).flux());
    }

    /** A callback that is made into a Mono. */
    public Object callbackSource() {
        Mono<Integer> chain = Mono.just(1)
                .flatMap(v -> Mono.<Integer>create(sink -> sink.success(v)).map(Shapes::next))
                .map(Shapes::next);
        return drain(propagation.with(chain).flux());
    }

    /** A scope of its own for each of {@link #ELEMENTS} elements. */
    public Object nestedScopes() {
        return drain(propagation.with(Flux.fromArray(values).concatMap(v -> propagation.with(Mono.just(v)), 0)));
    }

    /** {@link #ELEMENTS} elements from inside a scope to outside. */
    public Object elementsCrossScope() {
        return drain(propagation.with(Flux.fromArray(values).filter(v -> v > 0)));
    }

    /** {@link #ELEMENTS} elements through ten operators inside a scope. */
    public Object tenOperators() {
        Flux<Integer> flux = Flux.fromArray(values);
        for (int i = 0; i < 5; i++) {
            flux = flux.map(Shapes::next).filter(v -> v >= 0);
        }
        return drain(propagation.with(flux));
    }

    private static Object drain(Flux<Integer> flux) {
        Drain drain = new Drain();
        flux.subscribe(drain);
        return drain;
    }

    private static final class Drain implements CoreSubscriber<Integer> {

        private int count;

        @Override
        public void onSubscribe(Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(Integer value) {
            count++;
        }

        @Override
        public void onError(Throwable error) {
            throw new IllegalStateException(error);
        }

        @Override
        public void onComplete() {}
    }
}
