// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.resource.v1.Resource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** A receiver on this machine that decodes what it gets with OpenTelemetry's own classes. */
final class ProtoReceiver implements AutoCloseable {

    final List<ExportTraceServiceRequest> traces = new CopyOnWriteArrayList<>();
    final List<ExportMetricsServiceRequest> metrics = new CopyOnWriteArrayList<>();
    final List<ExportLogsServiceRequest> logs = new CopyOnWriteArrayList<>();

    private final DisposableServer server = HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle((request, response) -> request.receive()
                    .aggregate()
                    .asByteArray()
                    .doOnNext(body -> take(request.uri(), body))
                    .then(response.status(200).send().then()))
            .bindNow();

    private void take(String uri, byte[] body) {
        try {
            ByteString bytes = ByteString.copyFrom(body);
            switch (uri) {
                case "/v1/traces" -> traces.add(ExportTraceServiceRequest.parseFrom(bytes));
                case "/v1/metrics" -> metrics.add(ExportMetricsServiceRequest.parseFrom(bytes));
                case "/v1/logs" -> logs.add(ExportLogsServiceRequest.parseFrom(bytes));
                default -> throw new IllegalArgumentException(uri);
            }
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** A Weir that sends here and is silent. */
    WeirBuilder sender(Path directory) {
        return Weir.builder()
                .set("weir.banner", "false")
                .set("weir.log.directory", directory.toString())
                .set("otel.exporter.otlp.compression", "none")
                .set("otel.metric.export.interval", "600000")
                .endpoint(address());
    }

    String address() {
        return "http://127.0.0.1:" + server.port();
    }

    List<String> spanNames() {
        return traces.stream()
                .flatMap(request -> request.getResourceSpansList().stream())
                .flatMap(resource -> resource.getScopeSpansList().stream())
                .flatMap(scope -> scope.getSpansList().stream())
                .map(span -> span.getName())
                .toList();
    }

    List<String> bodies() {
        return logs.stream()
                .flatMap(request -> request.getResourceLogsList().stream())
                .flatMap(resource -> resource.getScopeLogsList().stream())
                .flatMap(scope -> scope.getLogRecordsList().stream())
                .map(record -> record.getBody().getStringValue())
                .toList();
    }

    /** Every metric of a name, in the order of arrival. */
    List<Metric> metricsNamed(String name) {
        return metrics.stream()
                .flatMap(request -> request.getResourceMetricsList().stream())
                .flatMap(resource -> resource.getScopeMetricsList().stream())
                .flatMap(scope -> scope.getMetricsList().stream())
                .filter(metric -> metric.getName().equals(name))
                .toList();
    }

    List<Map<String, String>> resourcesOfSpans() {
        return traces.stream()
                .flatMap(request -> request.getResourceSpansList().stream())
                .map(resource -> attributes(resource.getResource()))
                .distinct()
                .toList();
    }

    List<Map<String, String>> resourcesOfLogs() {
        return logs.stream()
                .flatMap(request -> request.getResourceLogsList().stream())
                .map(resource -> attributes(resource.getResource()))
                .distinct()
                .toList();
    }

    List<Map<String, String>> resourcesOfMetrics() {
        return metrics.stream()
                .flatMap(request -> request.getResourceMetricsList().stream())
                .map(ResourceMetrics::getResource)
                .map(ProtoReceiver::attributes)
                .distinct()
                .toList();
    }

    private static Map<String, String> attributes(Resource resource) {
        Map<String, String> attributes = new TreeMap<>();
        for (KeyValue each : resource.getAttributesList()) {
            attributes.put(each.getKey(), each.getValue().getStringValue());
        }
        return attributes;
    }

    @Override
    public void close() {
        server.disposeNow(Duration.ofSeconds(5));
    }
}
