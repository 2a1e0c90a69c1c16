// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import dev.weir.http.internal.UrlTemplate;
import io.opentelemetry.context.Scope;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.netty.Connection;
import reactor.util.context.Context;

/**
 * A call that is not instrumented, perhaps inside one that is: its connection must not find the outer call, and has its
 * own trace.
 */
@SuppressWarnings("try") // scopes are only opened and closed
final class PassedThrough implements CoreSubscriber<Connection>, Scannable {

    private final CoreSubscriber<? super Connection> actual;
    private final Context reactorContext;
    private final io.opentelemetry.context.Context context;
    private @Nullable Subscription upstream;

    PassedThrough(CoreSubscriber<? super Connection> actual, io.opentelemetry.context.Context context) {
        this.actual = actual;
        this.context = context;
        this.reactorContext = ClientCall.withTrace(
                UrlTemplate.without(actual.currentContext()).delete(ClientCall.KEY), context);
    }

    @Override
    public Context currentContext() {
        return reactorContext;
    }

    @Override
    public void onSubscribe(Subscription s) {
        upstream = s;
        try (Scope scope = context.makeCurrent()) {
            actual.onSubscribe(s);
        }
    }

    @Override
    public void onNext(Connection connection) {
        try (Scope scope = context.makeCurrent()) {
            actual.onNext(connection);
        }
    }

    @Override
    public void onError(Throwable failure) {
        try (Scope scope = context.makeCurrent()) {
            actual.onError(failure);
        }
    }

    @Override
    public void onComplete() {
        try (Scope scope = context.makeCurrent()) {
            actual.onComplete();
        }
    }

    @Override
    @SuppressWarnings("rawtypes") // as Reactor declares it
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.PARENT) {
            return upstream;
        }
        if (key == Attr.ACTUAL) {
            return actual;
        }
        return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
    }
}
