// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.reactor;

import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;

/** A Mono whose subscribers need a guard: at once, or above the operators that {@code source} begins with. */
class GuardedMono<T> extends MonoOperator<T, T> implements Guard {

    private final boolean throughOperators;

    private GuardedMono(Mono<? extends T> source, boolean throughOperators) {
        super(source);
        this.throughOperators = throughOperators;
    }

    static <T> Mono<T> of(Mono<T> source, boolean throughOperators) {
        return source instanceof Fuseable
                ? new Fused<>(source, throughOperators)
                : new GuardedMono<>(source, throughOperators);
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        Guards.subscribe(source, actual, throughOperators);
    }

    @Override
    @SuppressWarnings("rawtypes") // the signature is Reactor's
    public @Nullable Object scanUnsafe(Attr key) {
        return Guards.scanOperator(key, source);
    }

    /**
     * Fuseable only where the source is: without a trace there is no guard, and whoever asked for a queue subscription gets
     * the source's own.
     */
    private static final class Fused<T> extends GuardedMono<T> implements Fuseable {

        Fused(Mono<? extends T> source, boolean throughOperators) {
            super(source, throughOperators);
        }
    }
}
