// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import dev.weir.core.internal.KeepsTrace;
import io.opentelemetry.context.Context;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;

/** Everything above it belongs to {@code trace}, everything below to the subscriber's own. */
final class ScopeMono<T> extends MonoOperator<T, T> implements Fuseable, KeepsTrace {

    private final Context trace;

    ScopeMono(Mono<? extends T> source, Context trace) {
        super(source);
        this.trace = trace;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        Guards.subscribeInScope(source, actual, trace);
    }

    @Override
    @SuppressWarnings("rawtypes") // the signature is Reactor's
    public @Nullable Object scanUnsafe(Attr key) {
        return Guards.scanOperator(key, source);
    }
}
