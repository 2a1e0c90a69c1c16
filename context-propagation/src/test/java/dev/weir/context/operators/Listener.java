// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import org.reactivestreams.Publisher;
import reactor.core.observability.DefaultSignalListener;
import reactor.core.observability.SignalListener;
import reactor.core.observability.SignalListenerFactory;
import reactor.core.publisher.SignalType;
import reactor.util.context.ContextView;

/** The listener of {@code tap}. */
final class Listener extends DefaultSignalListener<Object> {

    private final Run run;
    private final String place;
    private final long wanted;

    Listener(Run run, String place) {
        this.run = run;
        this.place = place;
        this.wanted = run.own;
    }

    private void see(String what) {
        run.see(place + "." + what, wanted);
    }

    @Override
    public void doFirst() {
        see("doFirst");
    }

    @Override
    public void doFinally(SignalType signal) {
        see("doFinally");
    }

    @Override
    public void doOnSubscription() {
        see("doOnSubscription");
    }

    @Override
    public void doOnRequest(long requested) {
        see("doOnRequest");
    }

    @Override
    public void doOnCancel() {
        see("doOnCancel");
    }

    @Override
    public void doOnNext(Object value) {
        see("doOnNext");
    }

    @Override
    public void doOnComplete() {
        see("doOnComplete");
    }

    @Override
    public void doOnError(Throwable error) {
        see("doOnError");
    }

    @Override
    public void doAfterComplete() {
        see("doAfterComplete");
    }

    @Override
    public void doAfterError(Throwable error) {
        see("doAfterError");
    }

    /** Its state is made at assembly, its listener for each subscription. */
    record Factory(Run run, String place) implements SignalListenerFactory<Object, Object> {

        @Override
        public Object initializePublisherState(Publisher<?> source) {
            return "state";
        }

        @Override
        public SignalListener<Object> createListener(Publisher<?> source, ContextView view, Object state) {
            Listener listener = new Listener(run, place);
            listener.see("createListener");
            return listener;
        }
    }
}
