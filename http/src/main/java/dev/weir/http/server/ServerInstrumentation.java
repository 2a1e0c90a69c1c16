// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.server;

import dev.weir.http.internal.HttpCore;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;
import reactor.netty.Connection;
import reactor.netty.ConnectionObserver;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.HttpServerState;

/**
 * Wraps Reactor Netty servers. Thread-safe. Used through {@link dev.weir.http.HttpTelemetry}.
 */
public final class ServerInstrumentation implements ConnectionObserver {

    private static final AttributeKey<Object> INSTRUMENTED = AttributeKey.valueOf("weir.http.server");

    private final HttpCore core;

    public ServerInstrumentation(HttpCore core) {
        this.core = core;
    }

    /** A server that does the same and is seen; {@code server} itself when it is seen already. */
    public HttpServer instrument(HttpServer server) {
        if (server.configuration().childAttributes().containsKey(INSTRUMENTED)) {
            return server;
        }
        return server.childAttr(INSTRUMENTED, core).childObserve(this);
    }

    @Override
    public void onStateChange(Connection connection, State state) {
        if (state == State.CONFIGURED) {
            if (connection instanceof HttpServerRequest) {
                handler(connection.channel()).expects(connection);
            }
        } else if (state == HttpServerState.REQUEST_DECODING_FAILED) {
            undecodable(connection);
        }
    }

    private ServerHandler handler(Channel channel) {
        ServerHandler handler = present(channel);
        if (handler == null) {
            handler = new ServerHandler(core);
            channel.pipeline().addBefore(NettyPipeline.ReactiveBridge, ServerHandler.NAME, handler);
        }
        return handler;
    }

    private static @Nullable ServerHandler present(Channel channel) {
        return channel.pipeline().get(ServerHandler.NAME) instanceof ServerHandler handler ? handler : null;
    }

    private void undecodable(Connection connection) {
        if (core.isClosed() || !(connection instanceof HttpServerRequest request)) {
            return;
        }
        ServerHandler handler = present(connection.channel());
        if (handler != null && handler.knows(connection)) {
            // The body was undecodable: the exchange began with its head, and the 400 ended it.
            return;
        }
        int status = connection instanceof HttpServerResponse response ? statusOf(response) : 400;
        ServerConnection facts = handler == null ? null : handler.connection();
        new ServerExchange(core)
                .badRequest(request, status, facts != null ? facts : new ServerConnection(connection.channel()));
    }

    private static int statusOf(HttpServerResponse response) {
        HttpResponseStatus status = response.status();
        return status == null ? 400 : status.code();
    }
}
