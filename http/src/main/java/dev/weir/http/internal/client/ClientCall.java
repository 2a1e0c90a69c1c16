// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import dev.weir.context.Traced;
import dev.weir.http.internal.HttpInstrumenter;
import dev.weir.http.internal.UrlTemplate;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import io.opentelemetry.context.Scope;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.netty.Connection;
import reactor.netty.http.client.HttpClientConfig;
import reactor.netty.http.client.HttpClientRequest;
import reactor.util.context.Context;

/**
 * One subscription to a client's response, and its sends. The Reactor Context of the connection carries it, where each
 * send finds it, together with the caller's trace: the body and the callbacks of the request run on the connection's
 * threads. Its signals report only what no channel can report: that there was no connection, or that the caller
 * cancelled before there was a response. The signals pass even if that fails.
 *
 * <p>Threads: Reactor's signals come one after another; a cancel may come from any thread.
 */
@SuppressWarnings("try") // scopes are only opened and closed
final class ClientCall implements CoreSubscriber<Connection>, Subscription, Scannable {

    /*
     * A cancel comes on any thread, while an event loop may be about to write the request. A cancel does not stop the
     * write: it closes the channel, which the event loop does later. So once the call has a channel, the channel
     * decides how the call ended: by the write, which begins an exchange that ends at once, or by its close when
     * nothing was written. Before the call has a channel, the cancel is in time: Reactor Netty checks for a cancel
     * after it has reported the channel.
     *
     * Streams of HTTP/2 are the exception: Reactor Netty reports them late. There, and when a cancel and a write meet,
     * the one that takes the free place in "current" makes the exchange: the send that begins, or one that is never
     * sent. A request that goes out nevertheless belongs to the span of that exchange.
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

    private final HttpInstrumenter instrumenter;
    private final CoreSubscriber<? super Connection> actual;
    private final Context reactorContext;
    private final io.opentelemetry.context.Context context;
    private final @Nullable UrlTemplate template;
    private @Nullable Subscription upstream;
    private volatile @Nullable HttpClientConfig config;
    /** The request that failed, as Reactor Netty reports it; used when the configuration is unknown. */
    private volatile @Nullable HttpClientRequest failed;
    /** The last send, or the exchange that replaces it when there was none; null before the next send. */
    private volatile @Nullable ClientExchange current;

    private volatile boolean terminated;
    private volatile boolean givenUp;
    /** The address and the channel of the current attempt; null until they are known. */
    private volatile @Nullable SocketAddress dialled;

    private volatile @Nullable Channel channel;
    /** The last redirect; null before one. */
    private volatile @Nullable Redirect redirect;

    private volatile long attemptNanos;
    /** Written by the thread that has just set {@code current}. */
    private volatile int sends;

    ClientCall(
            HttpInstrumenter instrumenter,
            CoreSubscriber<? super Connection> actual,
            io.opentelemetry.context.Context context,
            @Nullable HttpClientConfig config) {
        this.instrumenter = instrumenter;
        this.actual = actual;
        this.context = context;
        this.config = config;
        Context below = actual.currentContext();
        this.template = UrlTemplate.of(below);
        this.reactorContext = withTrace(UrlTemplate.without(below), context).put(KEY, this);
        this.attemptNanos = instrumenter.ticker().nanoTime();
    }

    /**
     * {@code view} with {@code trace}, even if it is empty: code that runs for a caller without a trace must not run
     * under the trace of the previous user of the thread.
     */
    static Context withTrace(Context view, io.opentelemetry.context.Context trace) {
        return Traced.find(view) == trace ? view : Traced.put(view, trace);
    }

    HttpInstrumenter instrumenter() {
        return instrumenter;
    }

    /** The context of the caller. */
    io.opentelemetry.context.Context context() {
        return context;
    }

    /** The template of the URL of the current attempt; null after a redirect, whose URL was not made from it. */
    @Nullable
    String template(String url) {
        return redirect == null && template != null ? template.of(url) : null;
    }

    /** How many sends there were before. */
    int sends() {
        return sends;
    }

    boolean isGivenUp() {
        return givenUp;
    }

    boolean isWebsocket() {
        HttpClientConfig config = this.config;
        return config != null
                && config.websocketClientSpec() != null
                && !String.valueOf(config.uri()).regionMatches(true, 0, "http", 0, 4);
    }

    boolean followsRedirects() {
        HttpClientConfig config = this.config;
        return config != null && config.followRedirectPredicate() != null;
    }

    void config(HttpClientConfig config) {
        if (this.config == null) {
            this.config = config;
        }
    }

    /** Reactor Netty gave up {@code request} before it had a connection. */
    void failed(HttpClientRequest request) {
        failed = request;
    }

    void dialling(SocketAddress address) {
        dialled = address;
    }

    /** Reactor Netty has a channel for the call; from now on the channel decides how the call ends. */
    void connected(Channel channel) {
        this.channel = channel;
    }

    /** A send begins with {@code exchange}; false when the call was given up before, which has been reported. */
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

    /** A request goes out although the call was reported as over: it belongs to the span of that report. */
    void sentAfterTheEnd(HttpHeaders headers) {
        ClientExchange reported = current;
        if (instrumenter.policy().spans()) {
            instrumenter.inject(reported == null ? context : context.with(reported.span()), headers);
        }
    }

    /** The next send follows, unless it has begun already. */
    void resending(ClientExchange last, @Nullable Redirect redirect) {
        Channel before = channel;
        if (redirect != null) {
            this.redirect = redirect;
        }
        if (CURRENT.compareAndSet(this, last, null)) {
            attemptNanos = instrumenter.ticker().nanoTime();
            dialled = null;
            if (before == last.channel()) {
                channel = null;
            }
        }
    }

    @Override
    public Context currentContext() {
        return reactorContext;
    }

    @Override
    public void onSubscribe(Subscription s) {
        upstream = s;
        try (Scope scope = context.makeCurrent()) {
            actual.onSubscribe(this);
        }
    }

    @Override
    public void request(long n) {
        if (upstream != null) {
            try (Scope scope = context.makeCurrent()) {
                upstream.request(n);
            }
        }
    }

    @Override
    public void onNext(Connection connection) {
        terminated = true;
        try (Scope scope = context.makeCurrent()) {
            actual.onNext(connection);
        }
    }

    @Override
    public void onComplete() {
        terminated = true;
        try (Scope scope = context.makeCurrent()) {
            actual.onComplete();
        }
    }

    @Override
    public void onError(Throwable failure) {
        if (TERMINATED.compareAndSet(this, false, true)) {
            try {
                report(failure);
            } catch (Throwable thrown) {
                instrumenter.failed("reporting a failed call", thrown);
            }
        }
        try (Scope scope = context.makeCurrent()) {
            actual.onError(failure);
        }
    }

    /**
     * A cancel after the headers has no meaning: a WebClient always does it. Then the channel decides how the exchange
     * ended.
     */
    @Override
    public void cancel() {
        boolean first = TERMINATED.compareAndSet(this, false, true);
        if (first) {
            givenUp = true;
        }
        if (upstream != null) {
            try (Scope scope = context.makeCurrent()) {
                upstream.cancel();
            }
        }
        if (first) {
            try {
                reportGivenUp();
            } catch (Throwable thrown) {
                instrumenter.failed("reporting a call that was given up", thrown);
            }
        }
    }

    private void report(Throwable failure) {
        ClientExchange exchange = current == null ? unsent() : current;
        if (exchange != null && !exchange.isEnded()) {
            exchange.failure(failure);
            giveUp(exchange);
        }
    }

    private void reportGivenUp() {
        ClientExchange exchange = current;
        Channel channel = this.channel;
        if (exchange != null) {
            if (!exchange.hasResponse()) {
                exchange.giveUp();
            }
        } else if (channel == null) {
            neverSent();
        } else {
            channel.closeFuture().addListener(closed -> neverSent());
        }
    }

    private void neverSent() {
        ClientExchange exchange = current == null ? unsent() : null;
        if (exchange != null) {
            giveUp(exchange);
        }
    }

    /**
     * The exchange for an attempt that was never sent: the connection was refused, the name not resolved, the
     * certificate not trusted, or there was no connection in time or before a cancel. Null when nothing was tried.
     */
    private @Nullable ClientExchange unsent() {
        if (config == null && failed == null) {
            return null;
        }
        ClientExchange unsent = ClientExchange.unsent(this);
        return CURRENT.compareAndSet(this, null, unsent) ? unsent : current;
    }

    private void giveUp(ClientExchange exchange) {
        if (exchange.isUnsent()) {
            Attempt attempt = Attempt.of(config, failed, redirect, dialled);
            exchange.beginUnsent(attempt.method(), attempt.url(), attempt.target(), attemptNanos);
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
