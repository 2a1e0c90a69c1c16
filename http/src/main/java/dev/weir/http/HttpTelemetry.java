// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import dev.weir.context.Traced;
import dev.weir.core.Health;
import dev.weir.core.HealthContribution;
import dev.weir.core.Registration;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.http.client.ClientInstrumentation;
import dev.weir.http.internal.ConnectionHandler;
import dev.weir.http.internal.HttpCore;
import dev.weir.http.server.AccessLogs;
import dev.weir.http.server.Routes;
import dev.weir.http.server.ServerInstrumentation;
import dev.weir.http.server.ServerRequests;
import io.netty.channel.ChannelHandler;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.ChannelPipelineConfigurer;
import reactor.netty.Connection;
import reactor.netty.NettyPipeline;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerRoutes;
import reactor.netty.http.server.logging.AccessLog;
import reactor.netty.http.server.logging.AccessLogArgProvider;
import reactor.netty.http.server.logging.AccessLogFactory;
import reactor.netty.resources.ConnectionProvider.MeterRegistrar;
import reactor.netty.tcp.TcpClient;
import reactor.netty.tcp.TcpServer;

/**
 * Spans, metrics and outcomes of Reactor Netty's HTTP servers and clients.
 *
 * <pre>{@code
 * HttpTelemetry http = HttpTelemetry.create(openTelemetry);
 * HttpServer server = http.instrument(HttpServer.create()).route(http.routes(r -> r.get("/orders/{id}", handler)));
 * HttpClient client = http.instrument(HttpClient.create());
 * }</pre>
 *
 * <p>The order of {@code instrument} and other builder calls does not matter, and doing it twice is doing it once. A server's
 * span is current in its handler's synchronous part, in all operators of its chain where
 * {@link dev.weir.context.TracePropagation} is enabled, and lasts from the head of the request to the last byte of the response.
 * A client makes one span for each send: redirects and retries are further ones.
 *
 * <p>Thread-safe. Costs a few objects for each exchange and never blocks. What user code throws into it is counted
 * ({@link #failures}); requests are never affected.
 */
public final class HttpTelemetry implements AutoCloseable {

    private final HttpCore core;
    private final ServerInstrumentation servers;
    private final ClientInstrumentation clients;
    private final boolean serverEnabled;
    private final boolean clientEnabled;
    private final boolean connectionSpans;
    private final Registration health;
    private final Supplier<MeterRegistrar> poolMetrics;

    HttpTelemetry(
            HttpCore core,
            Supplier<MeterRegistrar> poolMetrics,
            boolean serverEnabled,
            boolean clientEnabled,
            boolean connectionSpans,
            boolean standDown,
            @Nullable Health health) {
        this.core = core;
        this.poolMetrics = poolMetrics;
        this.servers = new ServerInstrumentation(core);
        this.clients = new ClientInstrumentation(core);
        this.serverEnabled = serverEnabled;
        this.clientEnabled = clientEnabled;
        this.connectionSpans = connectionSpans;
        String detail = standDown ? "HTTP spans are left to the OpenTelemetry javaagent" : "";
        if (standDown) {
            ThrottledLog.of("weir.http", core.ticker()::nanoTime).info(detail);
        }
        this.health = health == null ? Registration.NONE : health.register(new HttpHealth(detail));
    }

    /** With the settings of this process and no listener. */
    public static HttpTelemetry create(OpenTelemetry openTelemetry) {
        return builder(openTelemetry).build();
    }

    /** To be built with more. */
    public static HttpTelemetryBuilder builder(OpenTelemetry openTelemetry) {
        return new HttpTelemetryBuilder(Objects.requireNonNull(openTelemetry, "openTelemetry"));
    }

    /** A server that does what {@code server} does and is instrumented. */
    public HttpServer instrument(HttpServer server) {
        Objects.requireNonNull(server, "server");
        return serverEnabled ? servers.instrument(server) : server;
    }

    /** A client that does what {@code client} does and is instrumented. */
    public HttpClient instrument(HttpClient client) {
        Objects.requireNonNull(client, "client");
        return clientEnabled ? clients.instrument(client) : client;
    }

    /**
     * A server of any protocol whose connections get spans, with the payload bytes that passed, when
     * {@link HttpTelemetryBuilder#connectionSpans} asks for them; {@code server} itself otherwise.
     */
    public TcpServer instrument(TcpServer server) {
        Objects.requireNonNull(server, "server");
        return connectionSpans ? server.doOnChannelInit(connections(SpanKind.SERVER)) : server;
    }

    /** As {@link #instrument(TcpServer)}. */
    public TcpClient instrument(TcpClient client) {
        Objects.requireNonNull(client, "client");
        return connectionSpans ? client.doOnChannelInit(connections(SpanKind.CLIENT)) : client;
    }

    private ChannelPipelineConfigurer connections(SpanKind kind) {
        return (observer, channel, remote) -> {
            if (channel.pipeline().get(ConnectionHandler.NAME) == null) {
                channel.pipeline()
                        .addBefore(
                                NettyPipeline.ReactiveBridge,
                                ConnectionHandler.NAME,
                                new ConnectionHandler(core, kind));
            }
        };
    }

    /** Routes whose templates name the spans of the requests that they match: {@code server.route(http.routes(r -> …))}. */
    public Consumer<HttpServerRoutes> routes(Consumer<? super HttpServerRoutes> routes) {
        return Routes.recording(Objects.requireNonNull(routes, "routes"));
    }

    /**
     * For a server on Netty alone: a new handler for each channel, behind the {@code HttpServerCodec} (or, for a stream of HTTP/2, the
     * {@code Http2StreamFrameToHttpObjectCodec}) and before the application's handlers. Pipelined requests are answered in order.
     */
    public ChannelHandler serverHandler() {
        return servers.handler();
    }

    /** Names the route of a request, for routers of one's own. Of bounded cardinality: a template, never a path. */
    public void route(HttpServerRequest request, String template) {
        ServerRequests.route(request, Objects.requireNonNull(template, "template"));
    }

    /**
     * The trace context of a request, for code that is called outside of its chain; null when the request is not instrumented.
     */
    public @Nullable Context context(HttpServerRequest request) {
        return ServerRequests.context(request);
    }

    /**
     * For {@code server.mapHandle(…)}: puts the trace into the Reactor Context of the handler's chain, which
     * {@link dev.weir.context.TracePropagation} makes unnecessary. A server has one place for such a function, so this is not done
     * unasked: it would take that of the application.
     */
    public BiFunction<Mono<Void>, Connection, Mono<Void>> mapHandle() {
        return (mono, connection) -> {
            Context context = ServerRequests.context(connection);
            return context == null ? mono : mono.contextWrite(reactor -> Traced.put(reactor, context));
        };
    }

    /**
     * For {@code server.accessLog(true, …)}: Reactor Netty's access log with the ids of the trace and the span at the end of each
     * line.
     */
    public AccessLogFactory accessLog() {
        return AccessLogs.common();
    }

    /**
     * As {@link #accessLog()} with a format of one's own; the ids are invalid for a request that is not instrumented. Where the format gives
     * null or throws, there is no line.
     */
    public AccessLogFactory accessLog(
            BiFunction<? super AccessLogArgProvider, ? super SpanContext, ? extends @Nullable AccessLog> format) {
        return AccessLogs.with((args, ids) -> {
            try {
                return format.apply(args, ids);
            } catch (Throwable failure) {
                core.failed("an access log format", failure);
                return null;
            }
        });
    }

    /**
     * The connections of a pool as metrics, without Micrometer:
     * {@code ConnectionProvider.builder("pay").metrics(true, http::poolMetrics)}. All pools of this telemetry share one.
     */
    public MeterRegistrar poolMetrics() {
        return poolMetrics.get();
    }

    /** Whether HTTP spans are made here: they are not switched off, not left to the OpenTelemetry javaagent, and this is not closed. */
    public boolean makesSpans() {
        return core.policy().spans() && !core.isClosed();
    }

    /** Exchanges that have begun and not ended. */
    public long openExchanges() {
        return core.open();
    }

    /** How often user code that is called from here threw: listeners, propagators, what is behind the tracer. */
    public long failures() {
        return core.failures();
    }

    /** What is instrumented stays usable and is no longer instrumented; exchanges under way end as usual. Idempotent. */
    @Override
    public void close() {
        core.close();
        health.close();
    }

    private record HttpHealth(String detail) implements HealthContribution {

        @Override
        public String name() {
            return "http";
        }

        @Override
        public Status status() {
            return Status.UP;
        }
    }
}
