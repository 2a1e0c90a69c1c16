// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** An OTLP/HTTP receiver in this JVM that answers as a test wants and remembers what it took over. */
final class Receiver implements AutoCloseable {

    /** How to answer one request. */
    interface Answer {
        Publisher<Void> to(Taken taken, HttpServerResponse response);
    }

    /** One request as it arrived. */
    record Taken(String path, Map<String, String> headers, byte[] body) {

        List<String> names() {
            try {
                List<String> names = new ArrayList<>();
                if (path.endsWith("traces")) {
                    ExportTraceServiceRequest.parseFrom(body)
                            .getResourceSpansList()
                            .forEach(resource -> resource.getScopeSpansList()
                                    .forEach(scope -> scope.getSpansList().forEach(span -> names.add(span.getName()))));
                } else if (path.endsWith("logs")) {
                    ExportLogsServiceRequest.parseFrom(body)
                            .getResourceLogsList()
                            .forEach(resource -> resource.getScopeLogsList()
                                    .forEach(scope -> scope.getLogRecordsList()
                                            .forEach(log ->
                                                    names.add(log.getBody().getStringValue()))));
                } else {
                    ExportMetricsServiceRequest.parseFrom(body)
                            .getResourceMetricsList()
                            .forEach(resource -> resource.getScopeMetricsList()
                                    .forEach(scope ->
                                            scope.getMetricsList().forEach(metric -> names.add(metric.getName()))));
                }
                return names;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    static final Answer OK = (taken, response) -> response.status(200).send();

    static Answer status(int status) {
        return (taken, response) -> response.status(status).send();
    }

    static Answer status(int status, String header, String value) {
        return (taken, response) ->
                response.status(status).header(header, value).send();
    }

    static Answer body(int status, byte[] body) {
        return (taken, response) -> response.status(status).send(Mono.just(Unpooled.wrappedBuffer(body)));
    }

    final List<Taken> requests = Collections.synchronizedList(new ArrayList<>());
    final List<Taken> accepted = Collections.synchronizedList(new ArrayList<>());
    final AtomicInteger maxInFlight = new AtomicInteger();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Queue<Answer> next = new ConcurrentLinkedQueue<>();
    private volatile Answer always = OK;
    private final DisposableServer server;

    Receiver() {
        this(0);
    }

    Receiver(int port) {
        this(HttpServer.create().host("127.0.0.1").port(port));
    }

    Receiver(HttpServer base) {
        server = base.handle(this::handle).bindNow();
    }

    private Publisher<Void> handle(HttpServerRequest request, HttpServerResponse response) {
        maxInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
        return request.receive()
                .aggregate()
                .map(Receiver::bytes)
                .defaultIfEmpty(new byte[0])
                .flatMap(bytes -> {
                    Map<String, String> headers = new java.util.TreeMap<>(String.CASE_INSENSITIVE_ORDER);
                    request.requestHeaders().forEach(e -> headers.put(e.getKey(), e.getValue()));
                    Taken taken = new Taken(request.uri(), headers, plain(headers.get("content-encoding"), bytes));
                    requests.add(taken);
                    Answer answer = next.poll();
                    if (answer == null) {
                        answer = always;
                    }
                    if (answer == OK) {
                        accepted.add(taken);
                    }
                    return Mono.from(answer.to(taken, response));
                })
                .doFinally(signal -> inFlight.decrementAndGet());
    }

    private static byte[] bytes(ByteBuf buffer) {
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.getBytes(buffer.readerIndex(), bytes);
        return bytes;
    }

    private static byte[] plain(String encoding, byte[] bytes) {
        if (!"gzip".equals(encoding)) {
            return bytes;
        }
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Receiver answerNext(Answer... answers) {
        Collections.addAll(next, answers);
        return this;
    }

    Receiver answerAlways(Answer answer) {
        always = answer;
        return this;
    }

    int port() {
        return server.port();
    }

    String url() {
        return "http://127.0.0.1:" + port();
    }

    /** Names of all records that were taken over, in order of arrival. */
    List<String> names(String signal) {
        synchronized (accepted) {
            return accepted.stream()
                    .filter(taken -> taken.path().endsWith(signal))
                    .flatMap(taken -> taken.names().stream())
                    .toList();
        }
    }

    @Override
    public void close() {
        server.disposeNow();
    }
}
