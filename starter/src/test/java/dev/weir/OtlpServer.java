// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import io.netty.buffer.ByteBufUtil;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPInputStream;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** An OTLP/HTTP receiver in this JVM that remembers what it took over, and may take its time to say so. */
final class OtlpServer implements AutoCloseable {

    /** Bodies of log records. */
    final List<String> lines = new CopyOnWriteArrayList<>();

    /** Names of spans. */
    final List<String> spans = new CopyOnWriteArrayList<>();

    private final DisposableServer server;

    OtlpServer() {
        this(Duration.ZERO);
    }

    OtlpServer(Duration delay) {
        server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> request.receive()
                        .aggregate()
                        .map(ByteBufUtil::getBytes)
                        .defaultIfEmpty(new byte[0])
                        .doOnNext(body ->
                                take(request.uri(), request.requestHeaders().get("content-encoding"), body))
                        .then(delay.isZero() ? Mono.empty() : Mono.delay(delay).then())
                        .then(response.status(200).send()))
                .bindNow();
    }

    private void take(String path, String coding, byte[] body) {
        try {
            byte[] plain =
                    "gzip".equals(coding) ? new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes() : body;
            if (path.endsWith("logs")) {
                ExportLogsServiceRequest.parseFrom(plain)
                        .getResourceLogsList()
                        .forEach(resource -> resource.getScopeLogsList()
                                .forEach(scope -> scope.getLogRecordsList()
                                        .forEach(log -> lines.add(log.getBody().getStringValue()))));
            } else if (path.endsWith("traces")) {
                ExportTraceServiceRequest.parseFrom(plain)
                        .getResourceSpansList()
                        .forEach(resource -> resource.getScopeSpansList()
                                .forEach(scope -> scope.getSpansList().forEach(span -> spans.add(span.getName()))));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.port();
    }

    @Override
    public void close() {
        server.disposeNow();
    }
}
