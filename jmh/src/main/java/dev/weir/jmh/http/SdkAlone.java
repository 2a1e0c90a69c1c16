// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.context.propagation.TextMapSetter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServerRequest;

/**
 * What an application would write by hand, and no more: the floor of the SDK. Each request of a route is a span with the attributes of
 * the conventions, current while the handler runs; each call is a span whose ids go along. Both durations are recorded with attributes
 * that were made once. The trace reaches nothing else: no log line, no other operator.
 */
final class SdkAlone implements Instruments {

    private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
    private static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");
    private static final AttributeKey<String> ROUTE = AttributeKey.stringKey("http.route");
    private static final AttributeKey<String> SCHEME = AttributeKey.stringKey("url.scheme");
    private static final AttributeKey<String> PATH = AttributeKey.stringKey("url.path");
    private static final AttributeKey<String> URL = AttributeKey.stringKey("url.full");
    private static final AttributeKey<String> ADDRESS = AttributeKey.stringKey("server.address");
    private static final AttributeKey<Long> PORT = AttributeKey.longKey("server.port");
    private static final AttributeKey<String> VERSION = AttributeKey.stringKey("network.protocol.version");
    private static final AttributeKey<String> USER_AGENT = AttributeKey.stringKey("user_agent.original");

    private static final String HTTP_1_1 = "1.1";
    private static final double NANOS = 1e9;
    private static final TextMapSetter<HttpHeaders> SETTER = (headers, name, value) -> headers.set(name, value);

    private final Tracer tracer;
    private final TextMapPropagator propagator;
    private final DoubleHistogram serverDuration;
    private final DoubleHistogram clientDuration;
    private final String host;
    private final int port;
    private final String url;
    private final Attributes called;

    /**
     * Telemetry of a client that calls one server.
     *
     * @param host the called server
     * @param port the called server's
     */
    SdkAlone(OpenTelemetrySdk sdk, String host, int port) {
        tracer = sdk.getTracer("alone");
        propagator = sdk.getPropagators().getTextMapPropagator();
        Meter meter = sdk.getMeter("alone");
        serverDuration = meter.histogramBuilder("http.server.request.duration").build();
        clientDuration = meter.histogramBuilder("http.client.request.duration").build();
        this.host = host;
        this.port = port;
        url = "http://" + host + ':' + port + "/pay";
        called = Attributes.builder()
                .put(METHOD, "GET")
                .put(STATUS, 200L)
                .put(ADDRESS, host)
                .put(PORT, (long) port)
                .put(VERSION, HTTP_1_1)
                .build();
    }

    @Override
    public Handler handler(String route, Handler handler) {
        String name = "GET " + route;
        Attributes measured = Attributes.builder()
                .put(METHOD, "GET")
                .put(ROUTE, route)
                .put(STATUS, 200L)
                .put(SCHEME, "http")
                .put(VERSION, HTTP_1_1)
                .build();
        return (request, response) -> {
            long start = System.nanoTime();
            Context parent = propagator.extract(Context.root(), request.requestHeaders(), Getter.INSTANCE);
            Span span = start(name, route, parent, request);
            Context context = parent.with(span);
            try (Scope scope = context.makeCurrent()) {
                return Mono.from(handler.apply(request, response)).doFinally(signal -> {
                    span.setAttribute(STATUS, (long) response.status().code());
                    span.end();
                    serverDuration.record((System.nanoTime() - start) / NANOS, measured, context);
                });
            }
        };
    }

    private Span start(String name, String route, Context parent, HttpServerRequest request) {
        return tracer.spanBuilder(name)
                .setSpanKind(SpanKind.SERVER)
                .setParent(parent)
                .setAttribute(METHOD, request.method().name())
                .setAttribute(ROUTE, route)
                .setAttribute(SCHEME, request.scheme())
                .setAttribute(PATH, request.fullPath())
                .setAttribute(ADDRESS, request.hostName())
                .setAttribute(PORT, (long) request.hostPort())
                .setAttribute(VERSION, HTTP_1_1)
                .setAttribute(USER_AGENT, request.requestHeaders().get("user-agent"))
                .startSpan();
    }

    @Override
    public HttpClient client(HttpClient client) {
        return client.doOnRequest((request, connection) -> propagator.inject(
                        request.currentContextView().get(Context.class), request.requestHeaders(), SETTER))
                .doOnResponse((response, connection) -> Span.fromContext(
                                response.currentContextView().get(Context.class))
                        .setAttribute(STATUS, (long) response.status().code()));
    }

    @Override
    public <T> Mono<T> call(Mono<T> call) {
        Context parent = Context.current();
        return Mono.defer(() -> {
            long start = System.nanoTime();
            Span span = tracer.spanBuilder("GET")
                    .setSpanKind(SpanKind.CLIENT)
                    .setParent(parent)
                    .setAttribute(METHOD, "GET")
                    .setAttribute(URL, url)
                    .setAttribute(ADDRESS, host)
                    .setAttribute(PORT, (long) port)
                    .setAttribute(VERSION, HTTP_1_1)
                    .startSpan();
            Context context = parent.with(span);
            return call.contextWrite(reactor.util.context.Context.of(Context.class, context))
                    .doFinally(signal -> {
                        span.end();
                        clientDuration.record((System.nanoTime() - start) / NANOS, called, context);
                    });
        });
    }

    /** Reads the headers of a request. */
    private static final class Getter implements TextMapGetter<HttpHeaders> {

        static final Getter INSTANCE = new Getter();

        @Override
        public Iterable<String> keys(HttpHeaders headers) {
            return headers.names();
        }

        @Override
        public String get(HttpHeaders headers, String name) {
            return headers == null ? null : headers.get(name);
        }
    }
}
