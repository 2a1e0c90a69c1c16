// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.client;

import dev.weir.context.Traced;
import dev.weir.http.internal.Authority;
import dev.weir.http.internal.HttpCore;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.ConnectionObserver;
import reactor.netty.NettyPipeline;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientConfig;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.http.client.HttpClientState;

/**
 * Wraps Reactor Netty clients. Thread-safe. Used through {@link dev.weir.http.HttpTelemetry}.
 *
 * <p>All hooks are ones that add to what the application has set; none replaces it.
 */
public final class ClientInstrumentation implements ConnectionObserver {

    private static final AttributeKey<Object> INSTRUMENTED = AttributeKey.valueOf("weir.http.client");

    /** The call whose subscription is under way on this thread: its configuration is told to {@link #connecting} only. */
    private static final ThreadLocal<@Nullable ClientCall> SUBSCRIBING = new ThreadLocal<>();

    private final HttpCore core;

    private volatile @Nullable Authority lastAuthority;

    public ClientInstrumentation(HttpCore core) {
        this.core = core;
    }

    /** A client that does the same and is seen; {@code client} itself when it is seen already. */
    public HttpClient instrument(HttpClient client) {
        if (client.configuration().attributes().containsKey(INSTRUMENTED)) {
            return client;
        }
        return client.attr(INSTRUMENTED, core)
                .doOnConnect(ClientInstrumentation::connecting)
                .observe(this)
                .mapConnect(source -> new SeenConnect(this, source));
    }

    HttpCore core() {
        return core;
    }

    /** The host and port of {@code url}; those of the last call cost a comparison. */
    @Nullable
    Authority authority(String url) {
        Authority last = lastAuthority;
        if (last == null || !last.isOf(url)) {
            last = Authority.ofUrl(url);
            lastAuthority = last;
        }
        return last;
    }

    private static void connecting(HttpClientConfig config) {
        ClientCall call = SUBSCRIBING.get();
        if (call != null) {
            call.config(config);
        }
    }

    @Override
    public void onStateChange(Connection connection, State state) {
        if (!(connection instanceof HttpClientRequest request)) {
            return;
        }
        if (state == HttpClientState.REQUEST_PREPARED) {
            prepared(connection.channel(), request);
        } else if (state == HttpClientState.RESPONSE_RECEIVED) {
            handler(connection, request);
        } else if (state == HttpClientState.RESPONSE_COMPLETED) {
            ClientHandler handler = handler(connection, request);
            if (handler != null) {
                handler.completed();
            }
        } else if (state == HttpClientState.RESPONSE_INCOMPLETE) {
            ClientHandler handler = handler(connection, request);
            if (handler != null) {
                handler.incomplete();
            }
        }
    }

    /** Also how a redirect and a retry with credentials are told: then the exchange is over already. */
    @Override
    public void onUncaughtException(Connection connection, Throwable error) {
        ClientHandler handler = connection instanceof HttpClientRequest request ? handler(connection, request) : null;
        if (handler != null) {
            handler.failed(error);
        }
    }

    /** The handler that has the exchange of {@code request}; null when it is not seen. */
    private @Nullable ClientHandler handler(Connection connection, HttpClientRequest request) {
        Channel channel = connection.channel();
        ClientHandler handler = ClientHandler.of(channel);
        if (handler == null && channel.parent() != null) {
            handler = upgraded(channel, channel.parent(), connection, request);
        }
        return handler != null && handler.isFor(connection) ? handler : null;
    }

    /** An upgrade to h2c: the request went out on the connection, its response comes in on the first stream. */
    private @Nullable ClientHandler upgraded(
            Channel stream, Channel connection, Connection operations, HttpClientRequest request) {
        ClientHandler first = ClientHandler.of(connection);
        if (first == null || !first.isOpen() || stream.pipeline().get(NettyPipeline.ReactiveBridge) == null) {
            return null;
        }
        ClientHandler handler = add(stream);
        handler.takeOver(first, request, operations instanceof HttpClientResponse response ? response : null);
        return handler;
    }

    private void prepared(Channel channel, HttpClientRequest request) {
        ClientCall call = request.currentContextView().getOrDefault(ClientCall.KEY, null);
        ClientHandler handler = ClientHandler.of(channel);
        if (handler == null) {
            if (call == null) {
                return;
            }
            handler = add(channel);
        }
        handler.prepare(call, request);
    }

    private ClientHandler add(Channel channel) {
        ClientHandler handler = new ClientHandler(core.policy().bodySizes());
        channel.pipeline().addBefore(NettyPipeline.ReactiveBridge, ClientHandler.NAME, handler);
        return handler;
    }

    private static final class SeenConnect extends Mono<Connection> {

        private final ClientInstrumentation owner;
        private final Mono<? extends Connection> source;

        SeenConnect(ClientInstrumentation owner, Mono<? extends Connection> source) {
            this.owner = owner;
            this.source = source;
        }

        @Override
        public void subscribe(CoreSubscriber<? super Connection> actual) {
            io.opentelemetry.context.Context context = Traced.get(actual.currentContext());
            if (owner.core.isClosed() || Suppression.applies(context)) {
                source.subscribe(actual);
                return;
            }
            ClientCall call = new ClientCall(owner, actual, context);
            ClientCall outer = SUBSCRIBING.get();
            SUBSCRIBING.set(call);
            try {
                source.subscribe(call);
            } finally {
                SUBSCRIBING.set(outer);
            }
        }
    }
}
