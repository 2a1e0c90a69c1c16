// SPDX-License-Identifier: Apache-2.0
package dev.weir.demo;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.weir.core.Signal;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.metrics.v1.Metric;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.zip.GZIPInputStream;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Stands in for a Collector when none was named: takes OTLP/HTTP on loopback, decodes every request with the official
 * protobuf classes and counts the records, so that the ledger's {@code delivered} can be held against what arrived.
 */
final class LocalReceiver implements AutoCloseable {

    private final AtomicLongArray received = new AtomicLongArray(Signal.values().length);
    private final DisposableServer server;

    LocalReceiver() {
        server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .route(routes -> {
                    for (Signal signal : Signal.values()) {
                        routes.post("/v1/" + signal.label(), (request, response) -> take(signal, request, response));
                    }
                })
                .bindNow();
    }

    String endpoint() {
        return "http://127.0.0.1:" + server.port();
    }

    /** Records that arrived. */
    long received(Signal signal) {
        return received.get(signal.ordinal());
    }

    private Publisher<Void> take(Signal signal, HttpServerRequest request, HttpServerResponse response) {
        boolean gzip = "gzip".equals(request.requestHeaders().get("content-encoding"));
        return request.receive()
                .aggregate()
                .asByteArray()
                .defaultIfEmpty(new byte[0])
                .flatMap(body -> {
                    received.addAndGet(signal.ordinal(), count(signal, gzip ? inflate(body) : body));
                    return response.header("content-type", "application/x-protobuf")
                            .sendByteArray(Mono.just(new byte[0]))
                            .then();
                });
    }

    private static byte[] inflate(byte[] body) {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long count(Signal signal, byte[] body) {
        try {
            return switch (signal) {
                case TRACES ->
                    ExportTraceServiceRequest.parseFrom(body).getResourceSpansList().stream()
                            .flatMap(resource -> resource.getScopeSpansList().stream())
                            .mapToLong(scope -> scope.getSpansCount())
                            .sum();
                case LOGS ->
                    ExportLogsServiceRequest.parseFrom(body).getResourceLogsList().stream()
                            .flatMap(resource -> resource.getScopeLogsList().stream())
                            .mapToLong(scope -> scope.getLogRecordsCount())
                            .sum();
                case METRICS ->
                    ExportMetricsServiceRequest.parseFrom(body).getResourceMetricsList().stream()
                            .flatMap(resource -> resource.getScopeMetricsList().stream())
                            .flatMap(scope -> scope.getMetricsList().stream())
                            .mapToLong(LocalReceiver::points)
                            .sum();
            };
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("not an OTLP request: " + signal, e);
        }
    }

    private static long points(Metric metric) {
        return switch (metric.getDataCase()) {
            case GAUGE -> metric.getGauge().getDataPointsCount();
            case SUM -> metric.getSum().getDataPointsCount();
            case HISTOGRAM -> metric.getHistogram().getDataPointsCount();
            case EXPONENTIAL_HISTOGRAM -> metric.getExponentialHistogram().getDataPointsCount();
            case SUMMARY -> metric.getSummary().getDataPointsCount();
            case DATA_NOT_SET -> 0;
        };
    }

    @Override
    public void close() {
        server.disposeNow(Duration.ofSeconds(2));
    }
}
