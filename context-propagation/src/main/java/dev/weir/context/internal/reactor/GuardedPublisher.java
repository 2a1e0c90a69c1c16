// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import dev.weir.core.internal.KeepsTrace;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import reactor.core.publisher.Operators;

/** A publisher that is neither Flux nor Mono, whose subscribers get a guard. */
final class GuardedPublisher<T> implements Publisher<T>, KeepsTrace {

    private final Publisher<T> source;

    GuardedPublisher(Publisher<T> source) {
        this.source = source;
    }

    @Override
    public void subscribe(Subscriber<? super T> subscriber) {
        source.subscribe(Guards.edge(Operators.toCoreSubscriber(subscriber)));
    }
}
