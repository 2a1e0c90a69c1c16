// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/** The end of a pipeline: asks for one value at first, for more from elsewhere. */
final class LastSubscriber implements CoreSubscriber<Object> {

    private final Run run;
    private final String place;
    private final long wanted;
    private Subscription upstream = Operators.emptySubscription();

    LastSubscriber(Run run, String place, long wanted) {
        this.run = run;
        this.place = place;
        this.wanted = wanted;
    }

    void request() {
        upstream.request(2);
    }

    void cancel() {
        upstream.cancel();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        upstream = subscription;
        run.see(place + ".onSubscribe", wanted);
        subscription.request(1);
    }

    @Override
    public void onNext(Object value) {
        run.see(place + ".onNext", wanted);
    }

    @Override
    public void onError(Throwable error) {
        run.see(place + ".onError", wanted);
        if (error instanceof ClassCastException
                || error instanceof NullPointerException
                || error instanceof IllegalArgumentException
                || error instanceof Values.UnknownType
                || error instanceof UnsupportedOperationException
                || error instanceof Error) {
            run.defect("ended with " + error);
        }
    }

    @Override
    public void onComplete() {
        run.see(place + ".onComplete", wanted);
    }
}
