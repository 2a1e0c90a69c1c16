// SPDX-License-Identifier: Apache-2.0
package reactor.netty;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/** Stands for a subscriber that lives as long as a connection, although a request caused it. */
public final class ConnectionSubscriber implements CoreSubscriber<Object> {

    private final Runnable onNext;

    public ConnectionSubscriber(Runnable onNext) {
        this.onNext = onNext;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Object value) {
        onNext.run();
    }

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onComplete() {}
}
