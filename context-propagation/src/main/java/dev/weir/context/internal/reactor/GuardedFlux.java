// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import dev.weir.core.internal.KeepsTrace;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;

/** A Flux whose subscribers get a guard. */
class GuardedFlux<T> extends FluxOperator<T, T> implements KeepsTrace {

    private final Placement placement;

    private GuardedFlux(Flux<? extends T> source, Placement placement) {
        super(source);
        this.placement = placement;
    }

    static <T> Flux<T> of(Flux<T> source, Placement placement) {
        return source instanceof Fuseable ? new Fused<>(source, placement) : new GuardedFlux<>(source, placement);
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        Guards.subscribe(source, actual, placement);
    }

    @Override
    @SuppressWarnings("rawtypes") // the signature is Reactor's
    public @Nullable Object scanUnsafe(Attr key) {
        return Guards.scanOperator(key, source);
    }

    /**
     * Fuseable only where the source is: without a trace there is no guard, and an operator that asked for a queue subscription gets
     * the source's own.
     */
    private static final class Fused<T> extends GuardedFlux<T> implements Fuseable {

        Fused(Flux<? extends T> source, Placement placement) {
            super(source, placement);
        }
    }
}
