// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import dev.weir.context.Traced;
import dev.weir.core.Registration;
import dev.weir.http.internal.ConnectionHandler;
import dev.weir.http.internal.HttpInstrumenter;
import dev.weir.http.internal.client.ClientInstrumentation;
import dev.weir.http.internal.server.AccessLogs;
import dev.weir.http.internal.server.Routes;
import dev.weir.http.internal.server.ServerInstrumentation;
import dev.weir.http.internal.server.ServerRequests;
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
 * <pre>
 * {@code HttpTelemetry http = HttpTelemetry.create(openTelemetry);
 * HttpServer server = http.instrument(HttpServer.create()).route(http.routes(r -> r.get("/orders/{id}", handler)));
 * HttpClient client = http.instrument(HttpClient.create());
 * }</pre>
 *
 * <p>The order of {@code instrument} and other builder calls does not matter; instrumenting twice has no further
 * effect. A server's span is current in its handler's synchronous part, in all operators of its chain where
 * {@link dev.weir.context.TracePropagation} is enabled, and lasts from the head of the request to the last byte of the
 * response. A client makes one span for each send: redirects and retries have spans of their own.
 *
 * <p>Thread-safe. Costs a few objects for each exchange and never blocks. Exceptions of user code that runs inside are
 * counted ({@link #failures}); requests are never affected.
 *
 * @since 0.1
 */
public final class HttpTelemetry implements AutoCloseable {

    private final HttpInstrumenter instrumenter;
    private final ServerInstrumentation servers;
    private final ClientInstrumentation clients;
    private final Instrumented instrumented;
    private final Registration health;
    private final Supplier<MeterRegistrar> poolMetrics;

    HttpTelemetry(
            HttpInstrumenter instrumenter,
            Supplier<MeterRegistrar> poolMetrics,
            Instrumented instrumented,
            Registration health) {
        this.instrumenter = instrumenter;
        this.poolMetrics = poolMetrics;
        this.servers = new ServerInstrumentation(instrumenter);
        this.clients = new ClientInstrumentation(instrumenter);
        this.instrumented = instrumented;
        this.health = health;
    }

    /**
     * Creates telemetry with the settings of this process and no listener.
     *
     * @param openTelemetry receives spans and metrics, and its propagators read and write the headers; it stays open
     *     when the telemetry is closed
     * @return telemetry for any number of servers and clients
     * @throws IllegalArgumentException when a setting of the process is not allowed, with its name and value
     */
    public static HttpTelemetry create(OpenTelemetry openTelemetry) {
        return builder(openTelemetry).build();
    }

    /**
     * Starts a builder.
     *
     * @param openTelemetry receives spans and metrics, and its propagators read and write the headers; it stays open
     *     when the telemetry is closed
     * @return a builder in which nothing is set
     */
    public static HttpTelemetryBuilder builder(OpenTelemetry openTelemetry) {
        return new HttpTelemetryBuilder(Objects.requireNonNull(openTelemetry, "openTelemetry"));
    }

    /**
     * Adds telemetry to a server.
     *
     * @param server stays as it is
     * @return {@code server} with telemetry; {@code server} itself when servers are not instrumented
     */
    public HttpServer instrument(HttpServer server) {
        Objects.requireNonNull(server, "server");
        return instrumented.servers() ? servers.instrument(server) : server;
    }

    /**
     * Adds telemetry to a client.
     *
     * @param client stays as it is
     * @return {@code client} with telemetry; {@code client} itself when clients are not instrumented
     */
    public HttpClient instrument(HttpClient client) {
        Objects.requireNonNull(client, "client");
        return instrumented.clients() ? clients.instrument(client) : client;
    }

    /**
     * Adds spans of connections to a server of any protocol, with the payload bytes in both directions.
     *
     * @param server stays as it is
     * @return {@code server} itself unless {@link HttpTelemetryBuilder#connectionSpans} switched them on
     */
    public TcpServer instrument(TcpServer server) {
        Objects.requireNonNull(server, "server");
        return instrumented.connections() ? server.doOnChannelInit(connections(SpanKind.SERVER)) : server;
    }

    /**
     * Adds spans of connections to a client of any protocol, with the payload bytes in both directions.
     *
     * @param client stays as it is
     * @return {@code client} itself unless {@link HttpTelemetryBuilder#connectionSpans} switched them on
     */
    public TcpClient instrument(TcpClient client) {
        Objects.requireNonNull(client, "client");
        return instrumented.connections() ? client.doOnChannelInit(connections(SpanKind.CLIENT)) : client;
    }

    private ChannelPipelineConfigurer connections(SpanKind kind) {
        return (observer, channel, remote) -> {
            if (channel.pipeline().get(ConnectionHandler.NAME) == null) {
                channel.pipeline()
                        .addBefore(
                                NettyPipeline.ReactiveBridge,
                                ConnectionHandler.NAME,
                                new ConnectionHandler(instrumenter, kind));
            }
        };
    }

    /**
     * Makes the template of each route the name of the spans of the requests that match it:
     * {@code server.route(http.routes(r -> …))}.
     *
     * @param routes adds the application's routes
     * @return adds the same routes, with handlers that report their template
     */
    public Consumer<HttpServerRoutes> routes(Consumer<? super HttpServerRoutes> routes) {
        return Routes.recording(Objects.requireNonNull(routes, "routes"));
    }

    /**
     * Creates a handler for a server on Netty alone. Each channel needs its own, behind the {@code HttpServerCodec}
     * (or, for a stream of HTTP/2, the {@code Http2StreamFrameToHttpObjectCodec}) and before the application's
     * handlers. Pipelined requests must be answered in order.
     *
     * @return a new handler for one channel
     */
    public ChannelHandler serverHandler() {
        return servers.handler();
    }

    /**
     * Sets the route of a request, for applications with their own router. The last call counts.
     *
     * @param request as the handler gets it; nothing happens when it is not instrumented
     * @param template a template, never a path: the number of different values must be bounded
     */
    public void route(HttpServerRequest request, String template) {
        ServerRequests.route(request, Objects.requireNonNull(template, "template"));
    }

    /**
     * Finds the trace context of a request, for code that is called outside of its chain.
     *
     * @param request as the handler gets it
     * @return null when the request is not instrumented
     */
    public @Nullable Context context(HttpServerRequest request) {
        return ServerRequests.context(request);
    }

    /**
     * For {@code server.mapHandle(…)}: puts the trace into the Reactor Context of the handler's chain, which
     * {@link dev.weir.context.TracePropagation} makes unnecessary. A server has one place for such a function, and it
     * belongs to the application: {@link #instrument(HttpServer)} leaves it free.
     *
     * @return a function that leaves the chain of a request without telemetry as it is
     */
    public BiFunction<Mono<Void>, Connection, Mono<Void>> mapHandle() {
        return (mono, connection) -> {
            Context context = ServerRequests.context(connection);
            return context == null ? mono : mono.contextWrite(reactor -> Traced.put(reactor, context));
        };
    }

    /**
     * Reactor Netty's access log with the ids of the trace and the span at the end of each line, for
     * {@code server.accessLog(true, …)}.
     *
     * @return a factory that writes {@code -} for the ids of a request that is not instrumented
     */
    public AccessLogFactory accessLog() {
        return AccessLogs.common();
    }

    /**
     * As {@link #accessLog()} with a format of the application.
     *
     * @param format gets invalid ids for a request that is not instrumented; when it returns null or throws, there is
     *     no line
     * @return a factory for {@code server.accessLog(true, …)}
     */
    public AccessLogFactory accessLog(
            BiFunction<? super AccessLogArgProvider, ? super SpanContext, ? extends @Nullable AccessLog> format) {
        return AccessLogs.with((args, ids) -> {
            try {
                return format.apply(args, ids);
            } catch (Throwable failure) {
                instrumenter.failed("an access log format", failure);
                return null;
            }
        });
    }

    /**
     * Metrics of the connections of a pool, without Micrometer:
     * {@code ConnectionProvider.builder("pay").metrics(true, http::poolMetrics)}.
     *
     * @return one registrar for all pools of this telemetry
     */
    public MeterRegistrar poolMetrics() {
        return poolMetrics.get();
    }

    /**
     * {@return whether HTTP spans are made here: not when they are switched off or left to the OpenTelemetry javaagent,
     * and not after a close}
     */
    public boolean makesSpans() {
        return instrumenter.policy().spans() && !instrumenter.isClosed();
    }

    /** {@return the number of exchanges that have begun and not ended} */
    public long openExchanges() {
        return instrumenter.open();
    }

    /** {@return how often user code threw: listeners, propagators, and samplers and processors behind the tracer} */
    public long failures() {
        return instrumenter.failures();
    }

    /** Ends the telemetry. Servers and clients stay usable without it; open exchanges end as usual. Idempotent. */
    @Override
    public void close() {
        instrumenter.close();
        health.close();
    }

    /** Which parts of Reactor Netty get telemetry. */
    record Instrumented(boolean servers, boolean clients, boolean connections) {}
}
