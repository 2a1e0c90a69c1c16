// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.server;

import dev.weir.http.internal.HttpInstrumenter;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AttributeKey;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import reactor.netty.Connection;
import reactor.netty.ConnectionObserver;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.HttpServerState;

/**
 * Instruments Reactor Netty servers. Thread-safe. Used through {@link dev.weir.http.HttpTelemetry}.
 */
public final class ServerInstrumentation implements ConnectionObserver {

    private static final AttributeKey<Object> INSTRUMENTED = AttributeKey.valueOf("weir.http.server");

    private final HttpInstrumenter instrumenter;
    private final EarlyAnswers early = new EarlyAnswers();

    /**
     * The types of operations that were configured. Operations that only answer an undecodable head are of another type
     * and are never configured; after the answer nothing else distinguishes them.
     */
    private final Set<Class<?>> configured = ConcurrentHashMap.newKeySet();

    private volatile @Nullable Class<?> lastConfigured;

    /** @param instrumenter makes the exchanges */
    public ServerInstrumentation(HttpInstrumenter instrumenter) {
        this.instrumenter = instrumenter;
    }

    /** Returns {@code server} with telemetry; {@code server} itself when it is instrumented already. */
    public HttpServer instrument(HttpServer server) {
        if (server.configuration().childAttributes().containsKey(INSTRUMENTED)) {
            return server;
        }
        return server.childAttr(INSTRUMENTED, instrumenter).childObserve(this);
    }

    /** Creates a handler for an application's own pipeline, behind the codec and before the application's handlers. */
    public ChannelHandler handler() {
        return new ServerHandler(instrumenter, null);
    }

    @Override
    public void onStateChange(Connection connection, State state) {
        if (state == State.CONFIGURED) {
            if (connection instanceof HttpServerRequest) {
                if (connection.getClass() != lastConfigured) {
                    lastConfigured = connection.getClass();
                    configured.add(connection.getClass());
                }
                handle(connection.channel());
            }
        } else if (state == HttpServerState.REQUEST_DECODING_FAILED) {
            undecodable(connection);
        }
    }

    private void handle(Channel channel) {
        if (ServerHandler.of(channel) != null) {
            return;
        }
        ChannelPipeline pipeline = channel.pipeline();
        ServerHandler handler = new ServerHandler(instrumenter, early);
        if (pipeline.get(NettyPipeline.HttpTrafficHandler) != null) {
            pipeline.addAfter(NettyPipeline.HttpTrafficHandler, ServerHandler.NAME, handler);
        } else {
            pipeline.addBefore(NettyPipeline.ReactiveBridge, ServerHandler.NAME, handler);
        }
        boolean awaited = pipeline.get(NettyPipeline.AccessLogHandler) != null
                || pipeline.get(NettyPipeline.HttpMetricsHandler) != null;
        pipeline.addBefore(NettyPipeline.ReactiveBridge, OutboundScope.NAME, new OutboundScope(handler, awaited));
    }

    /**
     * When a body is undecodable, the exchange has begun with the head of the request and is about to end with the
     * response.
     */
    private void undecodable(Connection connection) {
        if (!(connection instanceof HttpServerRequest request)) {
            return;
        }
        if (configured.contains(connection.getClass())) {
            early.undecodable(request);
        } else if (!instrumenter.isClosed()) {
            int status = connection instanceof HttpServerResponse response ? statusOf(response) : 400;
            ServerConnection facts = new ServerConnection(
                    connection.channel(),
                    request.connectionScheme().equals("https"),
                    request.version().majorVersion() == 2);
            new ServerExchange(instrumenter, null).badRequest(request, status, facts);
        }
    }

    private static int statusOf(HttpServerResponse response) {
        HttpResponseStatus status = response.status();
        return status == null ? 400 : status.code();
    }
}
