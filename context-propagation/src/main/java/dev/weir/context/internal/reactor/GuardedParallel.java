// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import dev.weir.core.internal.KeepsTrace;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.ParallelFlux;

/** The rails of a foreign source, each with a guard. */
final class GuardedParallel<T> extends ParallelFlux<T> implements KeepsTrace, Scannable {

    private final ParallelFlux<T> source;

    GuardedParallel(ParallelFlux<T> source) {
        this.source = source;
    }

    @Override
    public int parallelism() {
        return source.parallelism();
    }

    @Override
    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    public void subscribe(CoreSubscriber<? super T>[] subscribers) {
        if (!validate(subscribers)) {
            return;
        }
        // Not a clone: the array may be one of a narrower type.
        CoreSubscriber<? super T>[] guarded = new CoreSubscriber[subscribers.length];
        for (int i = 0; i < guarded.length; i++) {
            guarded[i] = Guards.edge(subscribers[i]);
        }
        source.subscribe(guarded);
    }

    @Override
    @SuppressWarnings("rawtypes") // the signature is Reactor's
    public @Nullable Object scanUnsafe(Attr key) {
        return Guards.scanOperator(key, source);
    }
}
