// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * The SDK's span of a server with ten attributes, from its builder to its end, by the ways to hand the attributes over: each to the
 * builder or to the span, as the HTTP instrumentation does; all of them to the builder as one object that is made for the span; the ones
 * that all requests of a route share as one object that was made before.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "-XX:+UseSerialGC")
public class SpanAttributesBenchmark {

    private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
    private static final AttributeKey<String> SCHEME = AttributeKey.stringKey("url.scheme");
    private static final AttributeKey<String> PATH = AttributeKey.stringKey("url.path");
    private static final AttributeKey<String> ADDRESS = AttributeKey.stringKey("server.address");
    private static final AttributeKey<Long> PORT = AttributeKey.longKey("server.port");
    private static final AttributeKey<String> CLIENT = AttributeKey.stringKey("client.address");
    private static final AttributeKey<String> AGENT = AttributeKey.stringKey("user_agent.original");
    private static final AttributeKey<String> VERSION = AttributeKey.stringKey("network.protocol.version");
    private static final AttributeKey<String> PEER = AttributeKey.stringKey("network.peer.address");
    private static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");
    private static final Attributes SHARED = Attributes.builder()
            .put(METHOD, "GET")
            .put(SCHEME, "http")
            .put(ADDRESS, "shop")
            .put(PORT, 8080L)
            .put(VERSION, "1.1")
            .build();

    private final Tracer tracer =
            SdkTracerProvider.builder().addSpanProcessor(new Taking()).build().get("http");
    private final Long port = 8080L;
    private final Long ok = 200L;

    @Benchmark
    public Object none() {
        return end(builder().startSpan());
    }

    @Benchmark
    public Object each() {
        Span span = builder()
                .setAttribute(METHOD, "GET")
                .setAttribute(SCHEME, "http")
                .setAttribute(PATH, "/orders/17")
                .setAttribute(ADDRESS, "shop")
                .setAttribute(PORT, port)
                .setAttribute(CLIENT, "10.0.0.1")
                .setAttribute(AGENT, "load/1.0")
                .startSpan();
        span.setAttribute(VERSION, "1.1");
        span.setAttribute(PEER, "10.0.0.1");
        span.setAttribute(STATUS, ok);
        return end(span);
    }

    @Benchmark
    public Object allAsOne() {
        Attributes attributes = Attributes.builder()
                .put(METHOD, "GET")
                .put(SCHEME, "http")
                .put(PATH, "/orders/17")
                .put(ADDRESS, "shop")
                .put(PORT, port)
                .put(CLIENT, "10.0.0.1")
                .put(AGENT, "load/1.0")
                .put(VERSION, "1.1")
                .put(PEER, "10.0.0.1")
                .build();
        Span span = builder().setAllAttributes(attributes).startSpan();
        span.setAttribute(STATUS, ok);
        return end(span);
    }

    @Benchmark
    public Object sharedAsOne() {
        Span span = builder()
                .setAllAttributes(SHARED)
                .setAttribute(PATH, "/orders/17")
                .setAttribute(CLIENT, "10.0.0.1")
                .setAttribute(AGENT, "load/1.0")
                .setAttribute(PEER, "10.0.0.1")
                .startSpan();
        span.setAttribute(STATUS, ok);
        return end(span);
    }

    private SpanBuilder builder() {
        return tracer.spanBuilder("GET /orders/{id}")
                .setSpanKind(SpanKind.SERVER)
                .setNoParent();
    }

    private static Span end(Span span) {
        span.end();
        return span;
    }
}
