// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import dev.weir.core.internal.KeepsTrace;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Scannable;
import reactor.core.publisher.ConnectableFlux;

/** A ConnectableFlux each of whose subscribers gets a guard; still connectable. */
final class GuardedConnectable<T> extends ConnectableFlux<T> implements KeepsTrace, Scannable {

    private final ConnectableFlux<T> source;

    GuardedConnectable(ConnectableFlux<T> source) {
        this.source = source;
    }

    @Override
    public void connect(Consumer<? super Disposable> cancelSupport) {
        source.connect(cancelSupport);
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        Guards.subscribe(source, actual, Placement.EDGE);
    }

    @Override
    public int getPrefetch() {
        return source.getPrefetch();
    }

    @Override
    @SuppressWarnings("rawtypes") // the signature is Reactor's
    public @Nullable Object scanUnsafe(Attr key) {
        return Guards.scanOperator(key, source);
    }
}
