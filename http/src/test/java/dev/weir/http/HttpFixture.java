// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.context.w3c.W3cPropagator;
import dev.weir.core.spi.Outcome;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRoutes;
import reactor.netty.resources.ConnectionProvider;

/**
 * An OpenTelemetry in memory, an {@link HttpTelemetry} on it, and real sockets. Closing it asserts what must hold after
 * every fault: no exchange is open, no request counts as active, user code has not failed, and every span has ended.
 */
public final class HttpFixture implements AutoCloseable {

    static final Duration LIMIT = Duration.ofSeconds(20);

    private static final String SCOPE_OF_TESTS = "test";

    final InMemorySpanExporter exporter = InMemorySpanExporter.create();
    final InMemoryMetricReader metrics = InMemoryMetricReader.create();
    final List<OutcomeCopy> outcomes = new CopyOnWriteArrayList<>();
    final OpenTelemetrySdk sdk;
    final HttpTelemetry http;
    final ConnectionProvider pool;
    private final OpenSpans openSpans = new OpenSpans(SCOPE_OF_TESTS);
    private final List<DisposableServer> servers = new ArrayList<>();

    HttpFixture() {
        this(builder -> builder);
    }

    HttpFixture(UnaryOperator<HttpTelemetryBuilder> settings) {
        this(Sampler.alwaysOn(), settings);
    }

    HttpFixture(Sampler sampler, UnaryOperator<HttpTelemetryBuilder> settings) {
        sdk = OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .setSampler(sampler)
                        .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                        .addSpanProcessor(openSpans)
                        .build())
                .setMeterProvider(
                        SdkMeterProvider.builder().registerMetricReader(metrics).build())
                .setPropagators(ContextPropagators.create(W3cPropagator.instance()))
                .build();
        http = settings.apply(HttpTelemetry.builder(sdk).outcomeListener(o -> outcomes.add(OutcomeCopy.of(o))))
                .build();
        pool = ConnectionProvider.builder("test").maxConnections(50).build();
    }

    Tracer tracer() {
        return sdk.getTracer(SCOPE_OF_TESTS);
    }

    DisposableServer serve(Consumer<? super HttpServerRoutes> routes) {
        return bind(http.instrument(HttpServer.create()).route(http.routes(routes)));
    }

    DisposableServer bind(HttpServer server) {
        DisposableServer bound = server.port(0).host("127.0.0.1").bindNow();
        servers.add(bound);
        return bound;
    }

    /** An instrumented client for {@code server}. */
    HttpClient client(DisposableServer server) {
        return http.instrument(HttpClient.create(pool)).baseUrl("http://127.0.0.1:" + server.port());
    }

    /** A client that nobody sees. */
    HttpClient plainClient(DisposableServer server) {
        return HttpClient.create(pool).baseUrl("http://127.0.0.1:" + server.port());
    }

    List<SpanData> spans(int count) {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(exporter.getFinishedSpanItems()).hasSizeGreaterThanOrEqualTo(count));
        List<SpanData> spans = exporter.getFinishedSpanItems();
        assertThat(spans).hasSize(count);
        return spans;
    }

    SpanData span(SpanKind kind, int ofTotal) {
        List<SpanData> found =
                spans(ofTotal).stream().filter(span -> span.getKind() == kind).toList();
        assertThat(found).as("spans of kind %s", kind).hasSize(1);
        return found.get(0);
    }

    SpanData serverSpan() {
        return span(SpanKind.SERVER, 1);
    }

    static String text(SpanData span, String key) {
        return span.getAttributes().get(AttributeKey.stringKey(key));
    }

    static Long number(SpanData span, String key) {
        return span.getAttributes().get(AttributeKey.longKey(key));
    }

    MetricData metric(String name) {
        return metrics.collectAllMetrics().stream()
                .filter(metric -> metric.getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no metric " + name));
    }

    void awaitNothingOpen() {
        await().atMost(LIMIT)
                .untilAsserted(() ->
                        assertThat(http.openExchanges()).as("open exchanges").isZero());
    }

    @Override
    public void close() {
        try {
            awaitNothingOpen();
            assertThat(http.failures()).as("failures of user code").isZero();
            assertNothingActive();
        } finally {
            release();
        }
        await().atMost(LIMIT)
                .untilAsserted(
                        () -> assertThat(openSpans.names()).as("open spans").isEmpty());
    }

    /**
     * The gauges of active requests are back at zero: each request was counted down under the attributes of its begin.
     */
    private void assertNothingActive() {
        assertThat(metrics.collectAllMetrics())
                .filteredOn(metric -> metric.getName().endsWith(".active_requests"))
                .flatExtracting(metric -> metric.getLongSumData().getPoints())
                .allSatisfy(point -> assertThat(point.getValue())
                        .as("active requests with %s", point.getAttributes())
                        .isZero());
    }

    void release() {
        servers.forEach(server -> server.disposeNow(Duration.ofSeconds(5)));
        pool.disposeLater().block(Duration.ofSeconds(5));
        http.close();
        sdk.close();
    }

    /** An outcome is valid only while it is told: this is what was told. */
    record OutcomeCopy(
            Outcome.Side side,
            String method,
            String route,
            int status,
            String errorType,
            long durationNanos,
            long traceIdHigh,
            long traceIdLow,
            long spanId,
            boolean sampled) {

        static OutcomeCopy of(Outcome o) {
            return new OutcomeCopy(
                    o.side(),
                    o.method(),
                    o.route(),
                    o.statusCode(),
                    o.errorType(),
                    o.durationNanos(),
                    o.traceIdHigh(),
                    o.traceIdLow(),
                    o.spanId(),
                    o.sampled());
        }
    }
}
