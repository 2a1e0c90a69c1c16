// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.reactor;

import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.ParallelFlux;

/** The rails of a foreign source, each with a guard. */
final class GuardedParallel<T> extends ParallelFlux<T> implements Guard, Scannable {

    private final ParallelFlux<T> source;

    GuardedParallel(ParallelFlux<T> source) {
        this.source = source;
    }

    @Override
    public int parallelism() {
        return source.parallelism();
    }

    @Override
    public void subscribe(CoreSubscriber<? super T>[] subscribers) {
        if (!validate(subscribers)) {
            return;
        }
        CoreSubscriber<? super T>[] guarded = subscribers.clone();
        for (int i = 0; i < guarded.length; i++) {
            guarded[i] = Guards.edge(guarded[i]);
        }
        source.subscribe(guarded);
    }

    @Override
    @SuppressWarnings("rawtypes") // the signature is Reactor's
    public @Nullable Object scanUnsafe(Attr key) {
        return Guards.scanOperator(key, source);
    }
}
