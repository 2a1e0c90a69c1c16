// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import dev.weir.context.Traced;
import dev.weir.core.internal.KeepsTrace;
import dev.weir.http.internal.HttpInstrumenter;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.util.AttributeKey;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.netty.ChannelPipelineConfigurer;
import reactor.netty.Connection;
import reactor.netty.ConnectionObserver;
import reactor.netty.NettyPipeline;
import reactor.netty.ReactorNetty;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientConfig;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.http.client.HttpClientState;
import reactor.util.context.ContextView;

/**
 * Instruments Reactor Netty clients. Thread-safe. Used through {@link dev.weir.http.HttpTelemetry}.
 *
 * <p>All hooks add to those of the application; none replaces one.
 */
public final class ClientInstrumentation implements ConnectionObserver, ChannelPipelineConfigurer {

    private static final AttributeKey<Object> INSTRUMENTED = AttributeKey.valueOf("weir.http.client");

    /**
     * The call that is being subscribed to on this thread, for {@link #connecting}, the only public hook that gets the
     * configuration; used only where {@link ConnectConfig} cannot read it. When code of the application switches
     * threads in between, the call is not found; then {@link #requestFailed} has less information.
     */
    private static final ThreadLocal<@Nullable ClientCall> SUBSCRIBING = new ThreadLocal<>();

    private final HttpInstrumenter instrumenter;

    /** @param instrumenter makes the exchanges */
    public ClientInstrumentation(HttpInstrumenter instrumenter) {
        this.instrumenter = instrumenter;
    }

    /** Returns {@code client} with telemetry; {@code client} itself when it is instrumented already. */
    public HttpClient instrument(HttpClient client) {
        if (client.configuration().attributes().containsKey(INSTRUMENTED)) {
            return client;
        }
        HttpClient instrumented = client.attr(INSTRUMENTED, instrumenter)
                .doOnChannelInit(this)
                .observe(this)
                .mapConnect(source -> new InstrumentedConnect(instrumenter, source));
        return ConnectConfig.isAvailable()
                ? instrumented
                : instrumented
                        .doOnConnect(ClientInstrumentation::connecting)
                        .doOnRequestError(ClientInstrumentation::requestFailed);
    }

    private static void connecting(HttpClientConfig config) {
        ClientCall call = SUBSCRIBING.get();
        if (call != null) {
            call.config(config);
        }
    }

    private static void requestFailed(HttpClientRequest request, Throwable failure) {
        ClientCall call = call(request.currentContextView());
        // The channel reports a request that has a connection.
        if (call != null && !(request instanceof Connection)) {
            call.failed(request);
        }
    }

    private static @Nullable ClientCall call(@Nullable ContextView reactor) {
        return reactor == null ? null : reactor.getOrDefault(ClientCall.KEY, (ClientCall) null);
    }

    /** A connection is about to be opened, for the call that waits the longest. */
    @Override
    public void onChannelInit(ConnectionObserver observer, Channel channel, @Nullable SocketAddress remoteAddress) {
        if (remoteAddress == null) {
            return;
        }
        Target.dialling(channel, remoteAddress);
        ClientCall call = call(observer.currentContext());
        if (call != null) {
            call.dialling(remoteAddress);
        }
    }

    @Override
    public void onStateChange(Connection connection, State state) {
        if (state instanceof HttpClientState) {
            if (connection instanceof HttpClientRequest request) {
                requestChanged(connection, request, state);
            }
        } else if (state == State.CONNECTED || state == State.ACQUIRED) {
            connected(connection);
        }
    }

    /** Called before a cancel of the call can reach the connection. */
    private static void connected(Connection connection) {
        ClientCall call = call(
                connection instanceof ConnectionObserver owned
                        ? owned.currentContext()
                        : ReactorNetty.getChannelContext(connection.channel()));
        if (call != null) {
            call.connected(connection.channel());
        }
    }

    private void requestChanged(Connection connection, HttpClientRequest request, State state) {
        if (state == HttpClientState.STREAM_CONFIGURED) {
            ClientCall call = call(request.currentContextView());
            if (call != null) {
                call.connected(connection.channel());
            }
        } else if (state == HttpClientState.REQUEST_PREPARED) {
            prepared(connection.channel(), request);
        } else if (state == HttpClientState.UPGRADE_SUCCESSFUL) {
            ClientChannel channel = ClientChannel.of(connection.channel());
            if (channel != null) {
                channel.upgraded();
            }
        } else {
            ClientChannel channel = channel(connection, request);
            if (channel != null && state == HttpClientState.RESPONSE_COMPLETED) {
                channel.completed();
            } else if (channel != null && state == HttpClientState.RESPONSE_INCOMPLETE) {
                channel.incomplete();
            }
        }
    }

    /** Reactor Netty reports a redirect and a retry with credentials here, too: then the exchange is over already. */
    @Override
    public void onUncaughtException(Connection connection, Throwable error) {
        ClientChannel channel = connection instanceof HttpClientRequest request ? channel(connection, request) : null;
        if (channel != null) {
            channel.failed(error);
        }
    }

    /** The channel with the exchange of {@code request}; null when it is not instrumented. */
    private @Nullable ClientChannel channel(Connection connection, HttpClientRequest request) {
        Channel channel = connection.channel();
        ClientChannel state = ClientChannel.of(channel);
        if (state == null && channel.parent() != null) {
            state = upgraded(channel, channel.parent(), connection, request);
        }
        return state != null && state.isFor(connection) ? state : null;
    }

    /** An upgrade to h2c: the request went out on the connection, its response comes in on the first stream. */
    private @Nullable ClientChannel upgraded(
            Channel stream, Channel connection, Connection operations, HttpClientRequest request) {
        ClientChannel first = ClientChannel.of(connection);
        if (first == null || !first.isUpgraded() || stream.pipeline().get(NettyPipeline.ReactiveBridge) == null) {
            return null;
        }
        ClientChannel state = add(stream);
        state.takeOver(first, request, operations instanceof HttpClientResponse response ? response : null);
        return state;
    }

    private void prepared(Channel channel, HttpClientRequest request) {
        ClientCall call = call(request.currentContextView());
        ClientChannel state = ClientChannel.of(channel);
        if (state == null) {
            if (call == null) {
                return;
            }
            state = add(channel);
        } else {
            ClientHandler.moveToTheBridge(channel.pipeline(), state);
        }
        state.prepare(call, request);
    }

    private ClientChannel add(Channel channel) {
        ClientChannel state = new ClientChannel(channel);
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.addBefore(NettyPipeline.ReactiveBridge, ClientHandler.NAME, new ClientHandler(state));
        pipeline.addAfter(NettyPipeline.ReactiveBridge, ClientTail.NAME, new ClientTail(state));
        // The handler that reads the response to an upgrade gives streams to other calls.
        if (pipeline.get(NettyPipeline.H2CUpgradeHandler) == null) {
            pipeline.addFirst(ClientHead.NAME, new ClientHead(state));
        }
        if (instrumenter.policy().bodySizes()) {
            WireBytes.add(pipeline, state);
        }
        return state;
    }

    /** All signals run under the caller's trace, and so does the subscription: code of the application may do both. */
    @SuppressWarnings("try") // the scope is only opened and closed
    private static final class InstrumentedConnect extends Mono<Connection> implements KeepsTrace {

        private final HttpInstrumenter instrumenter;
        private final Mono<? extends Connection> source;
        private final @Nullable HttpClientConfig config;

        InstrumentedConnect(HttpInstrumenter instrumenter, Mono<? extends Connection> source) {
            this.instrumenter = instrumenter;
            this.source = source;
            this.config = ConnectConfig.of(source);
        }

        @Override
        public void subscribe(CoreSubscriber<? super Connection> actual) {
            Context context = Traced.get(actual.currentContext());
            boolean instrumented = !instrumenter.isClosed() && !Suppression.applies(context);
            ClientCall call = instrumented ? new ClientCall(instrumenter, actual, context, config) : null;
            CoreSubscriber<Connection> subscriber = call == null ? new PassedThrough(actual, context) : call;
            try (Scope scope = context.makeCurrent()) {
                if (ConnectConfig.isAvailable()) {
                    source.subscribe(subscriber);
                } else {
                    subscribe(call, subscriber);
                }
            } catch (Throwable thrown) {
                // As Reactor's operators do. A supplier of addresses throws here in older versions of Reactor Netty.
                Operators.reportThrowInSubscribe(subscriber, thrown);
            }
        }

        /** The configuration comes during the subscription, to {@link #connecting}. */
        private void subscribe(@Nullable ClientCall call, CoreSubscriber<Connection> subscriber) {
            ClientCall outer = SUBSCRIBING.get();
            SUBSCRIBING.set(call);
            try {
                source.subscribe(subscriber);
            } finally {
                SUBSCRIBING.set(outer);
            }
        }
    }
}
