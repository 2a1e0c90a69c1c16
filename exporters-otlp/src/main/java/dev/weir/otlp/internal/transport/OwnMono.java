// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import dev.weir.core.internal.InstrumentationSuppression;
import dev.weir.core.internal.OwnWork;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/** Subscribes untraced and as the export's own work: Reactor Netty acquires a connection on the subscribing thread. */
final class OwnMono<T> extends Mono<T> {

    private final Mono<T> source;

    OwnMono(Mono<T> source) {
        this.source = source;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        InstrumentationSuppression.run(() -> OwnWork.run(() -> source.subscribe(actual)));
    }
}
