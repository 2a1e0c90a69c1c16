// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.client;

import dev.weir.http.internal.Authority;
import dev.weir.http.internal.HttpCore;
import dev.weir.http.internal.UrlTemplate;
import io.opentelemetry.context.Scope;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.netty.Connection;
import reactor.netty.http.client.HttpClientConfig;
import reactor.util.context.Context;

/**
 * One subscription to a client's response, and the sends it takes. It travels in the Reactor Context of the connection, where each
 * send finds it; its signals only tell what no channel can: that there was no connection, or that the caller went away before
 * there was a response.
 */
@SuppressWarnings("try") // scopes are only opened and closed
final class ClientCall implements CoreSubscriber<Connection>, Subscription, Scannable {

    /** In the Reactor Context of the connection. */
    static final Object KEY = ClientCall.class;

    private final ClientInstrumentation owner;
    private final CoreSubscriber<? super Connection> actual;
    private final Context reactorContext;
    private final io.opentelemetry.context.Context context;
    private final long startNanos;
    private @Nullable Subscription upstream;
    private volatile @Nullable HttpClientConfig config;
    private volatile @Nullable ClientExchange current;
    /** Whether the last send has its own exchange; false while one is to come. */
    private volatile boolean sending;

    private volatile boolean terminated;
    private int sends;

    ClientCall(
            ClientInstrumentation owner,
            CoreSubscriber<? super Connection> actual,
            io.opentelemetry.context.Context context) {
        this.owner = owner;
        this.actual = actual;
        this.context = context;
        this.reactorContext = actual.currentContext().put(KEY, this);
        this.startNanos = owner.core().ticker().nanoTime();
    }

    HttpCore core() {
        return owner.core();
    }

    /** The caller's. */
    io.opentelemetry.context.Context context() {
        return context;
    }

    @Nullable
    Authority authority(String url) {
        return owner.authority(url);
    }

    @Nullable
    String template() {
        return UrlTemplate.of(reactorContext);
    }

    /** How many sends there were before. */
    int nextSend() {
        return sends++;
    }

    void config(HttpClientConfig config) {
        this.config = config;
    }

    /** A send has begun. */
    void current(ClientExchange exchange) {
        current = exchange;
        sending = true;
    }

    /** The next send follows, unless it has begun already. */
    void resending(ClientExchange last) {
        if (current == last) {
            sending = false;
        }
    }

    @Override
    public Context currentContext() {
        return reactorContext;
    }

    @Override
    public void onSubscribe(Subscription s) {
        upstream = s;
        actual.onSubscribe(this);
    }

    @Override
    public void request(long n) {
        if (upstream != null) {
            upstream.request(n);
        }
    }

    @Override
    public void onNext(Connection connection) {
        terminated = true;
        actual.onNext(connection);
    }

    @Override
    public void onComplete() {
        terminated = true;
        actual.onComplete();
    }

    @Override
    public void onError(Throwable failure) {
        if (!terminated) {
            terminated = true;
            ClientExchange exchange = current;
            if (exchange == null || !sending) {
                unsent(failure);
            } else if (!exchange.isEnded()) {
                exchange.failure(failure);
                exchange.end(null);
            }
        }
        try (Scope scope = context.makeCurrent()) {
            actual.onError(failure);
        }
    }

    /** A cancel after the headers says nothing: a WebClient always does it. Then the channel tells how the exchange ended. */
    @Override
    public void cancel() {
        boolean early = !terminated;
        terminated = true;
        ClientExchange exchange = sending ? current : null;
        if (upstream != null) {
            upstream.cancel();
        }
        if (early) {
            if (exchange == null) {
                unsent(null);
            } else if (!exchange.hasResponse()) {
                exchange.end(null);
            }
        }
    }

    /** Nothing went out: refused, unresolved, untrusted, no connection in the pool in time, or given up while waiting for one. */
    private void unsent(@Nullable Throwable failure) {
        HttpClientConfig config = this.config;
        if (config == null) {
            return;
        }
        ClientExchange exchange = new ClientExchange(this);
        exchange.beginUnsent(config.method().name(), UnsentUrl.of(config), startNanos);
        if (failure != null) {
            exchange.failure(failure);
        }
        exchange.end(null);
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
        if (key == Attr.TERMINATED) {
            return terminated;
        }
        return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
    }
}
