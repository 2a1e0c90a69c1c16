// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import dev.weir.core.internal.OwnWork;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/** Subscribes untraced and as our own work: Reactor Netty looks for a connection, and fails to, on the thread that does. */
final class OwnMono<T> extends Mono<T> {

    private final Mono<T> source;

    OwnMono(Mono<T> source) {
        this.source = source;
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        Suppression.run(() -> OwnWork.run(() -> source.subscribe(actual)));
    }
}
