// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.client;

import dev.weir.http.internal.Authority;
import dev.weir.http.internal.HttpCore;
import dev.weir.http.internal.UrlTemplate;
import io.opentelemetry.context.Scope;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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

    /*
     * A cancel comes on any thread, while an event loop may be about to write the request. Whoever of the two takes the free place in
     * "current" has the exchange that tells of this: the send that begins, or one that is never sent. The other one then makes none.
     * A send takes its place before its span has begun; when the call is given up in between, it ends as soon as it has begun.
     */

    private static final VarHandle CURRENT;
    private static final VarHandle TERMINATED;

    static {
        try {
            CURRENT = MethodHandles.lookup().findVarHandle(ClientCall.class, "current", ClientExchange.class);
            TERMINATED = MethodHandles.lookup().findVarHandle(ClientCall.class, "terminated", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** In the Reactor Context of the connection. */
    static final Object KEY = ClientCall.class;

    private final ClientInstrumentation owner;
    private final CoreSubscriber<? super Connection> actual;
    private final Context reactorContext;
    private final io.opentelemetry.context.Context context;
    private final long startNanos;
    private @Nullable Subscription upstream;
    private volatile @Nullable HttpClientConfig config;
    /** The last send, or what stands for it when there was none; null while one is to come. */
    private volatile @Nullable ClientExchange current;

    private volatile boolean terminated;
    /** Written by who has just taken the place in {@code current}. */
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
    int sends() {
        return sends;
    }

    void config(HttpClientConfig config) {
        this.config = config;
    }

    /** A send begins with {@code exchange}; false when the call was given up before, which has been told. */
    boolean sending(ClientExchange exchange) {
        ClientExchange last = current;
        while (last == null || !last.isUnsent()) {
            if (CURRENT.compareAndSet(this, last, exchange)) {
                sends = exchange.resends() + 1;
                return true;
            }
            last = current;
        }
        return false;
    }

    /** The next send follows, unless it has begun already. */
    void resending(ClientExchange last) {
        CURRENT.compareAndSet(this, last, null);
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
        if (TERMINATED.compareAndSet(this, false, true)) {
            ClientExchange exchange = last();
            if (exchange != null && !exchange.isEnded()) {
                exchange.failure(failure);
                giveUp(exchange);
            }
        }
        try (Scope scope = context.makeCurrent()) {
            actual.onError(failure);
        }
    }

    /** A cancel after the headers says nothing: a WebClient always does it. Then the channel tells how the exchange ended. */
    @Override
    public void cancel() {
        ClientExchange exchange = TERMINATED.compareAndSet(this, false, true) ? last() : null;
        if (upstream != null) {
            upstream.cancel();
        }
        if (exchange != null && !exchange.hasResponse()) {
            giveUp(exchange);
        }
    }

    /**
     * The exchange that tells how the call ended: that of the send under way, else one for what never went out: refused, unresolved,
     * untrusted, no connection in the pool in time, or given up while waiting for one. Null when nothing was tried.
     */
    private @Nullable ClientExchange last() {
        ClientExchange last = current;
        if (last != null || config == null) {
            return last;
        }
        ClientExchange unsent = ClientExchange.unsent(this);
        return CURRENT.compareAndSet(this, null, unsent) ? unsent : current;
    }

    private void giveUp(ClientExchange exchange) {
        HttpClientConfig config = this.config;
        if (exchange.isUnsent() && config != null) {
            exchange.beginUnsent(config.method().name(), UnsentUrl.of(config), startNanos);
        }
        exchange.giveUp();
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
