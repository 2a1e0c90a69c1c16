// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.sender;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Server;
import io.netty.buffer.Unpooled;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.proto.collector.trace.v1.ExportTracePartialSuccess;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** What the receiver says in the body of its answer reaches whoever uses these senders. */
@Timeout(60)
class PartialSuccessTest {

    private static final byte[] PARTIAL = ExportTraceServiceResponse.newBuilder()
            .setPartialSuccess(
                    ExportTracePartialSuccess.newBuilder().setRejectedSpans(1).setErrorMessage("quota of the tenant"))
            .build()
            .toByteArray();

    private final List<byte[]> bodies = new CopyOnWriteArrayList<>();
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger logger = Logger.getLogger("");
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            lines.add(line.getLevel() + " " + line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        logger.addHandler(handler);
    }

    @AfterEach
    void stopListening() {
        logger.removeHandler(handler);
    }

    private static DisposableServer answering(int status, byte[] body) {
        return HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> request.receive()
                        .then(Mono.from(response.status(status).send(Mono.just(Unpooled.wrappedBuffer(body))))))
                .bindNow();
    }

    private final ComponentLoader loader = new ComponentLoader() {
        @Override
        public <T> Iterable<T> load(Class<T> type) {
            if (type == HttpSenderProvider.class) {
                return List.of(type.cast((HttpSenderProvider) config -> new Http(config)));
            }
            if (type == GrpcSenderProvider.class) {
                return List.of(type.cast((GrpcSenderProvider) config -> new Grpc(config)));
            }
            return List.of();
        }
    };

    private CompletableResultCode exportTo(DisposableServer server) {
        try (SpanExporter exporter = OtlpHttpSpanExporter.builder()
                .setComponentLoader(loader)
                .setEndpoint("http://127.0.0.1:" + server.port() + "/v1/traces")
                .build()) {
            return exporter.export(List.of(SenderTest.span())).join(20, TimeUnit.SECONDS);
        } finally {
            server.disposeNow();
        }
    }

    @Test
    void http_partialSuccess_isInTheBodyAndInOneLine() throws Exception {
        CompletableResultCode result = exportTo(answering(200, PARTIAL));

        assertThat(result.isSuccess()).isTrue();
        assertThat(ExportTraceServiceResponse.parseFrom(bodies.get(0))
                        .getPartialSuccess()
                        .getRejectedSpans())
                .isEqualTo(1);
        assertThat(lines)
                .filteredOn(line -> line.contains("rejected 1 of its records"))
                .singleElement()
                .asString()
                .startsWith("WARNING")
                .contains("quota of the tenant");
    }

    @Test
    void http_refusal_isReadByTheExporter() {
        byte[] status = {0x12, 7, 'n', 'o', ' ', 'g', 'o', 'o', 'd'};

        CompletableResultCode result = exportTo(answering(400, status));

        assertThat(result.isSuccess()).isFalse();
        assertThat(lines)
                .anySatisfy(line -> assertThat(line)
                        .contains("Server responded with HTTP status code 400")
                        .contains("no good"));
    }

    @Test
    void http_anEndlessBody_isNotKept() {
        CompletableResultCode result = exportTo(answering(200, new byte[300_000]));

        assertThat(result.isSuccess()).isTrue();
        assertThat(bodies.get(0)).isEmpty();
    }

    @Test
    void grpc_partialSuccess_isInTheMessageAndInOneLine() throws Exception {
        Server server = GrpcServers.answering(new AtomicInteger(), PARTIAL);
        try (SpanExporter exporter = OtlpGrpcSpanExporter.builder()
                .setComponentLoader(loader)
                .setEndpoint("http://127.0.0.1:" + server.getPort())
                .build()) {
            assertThat(exporter.export(List.of(SenderTest.span()))
                            .join(20, TimeUnit.SECONDS)
                            .isSuccess())
                    .isTrue();
        } finally {
            server.shutdownNow();
        }

        assertThat(bodies.get(0)).isEqualTo(PARTIAL);
        assertThat(lines).anySatisfy(line -> assertThat(line).contains("rejected 1 of its records"));
    }

    private final class Http implements HttpSender {

        private final HttpSender sender;

        Http(HttpSenderConfig config) {
            sender = new WeirHttpSenderProvider().createSender(config);
        }

        @Override
        public void send(MessageWriter message, Consumer<HttpResponse> onResponse, Consumer<Throwable> onError) {
            sender.send(
                    message,
                    response -> {
                        bodies.add(response.getResponseBody());
                        onResponse.accept(response);
                    },
                    onError);
        }

        @Override
        public CompletableResultCode shutdown() {
            return sender.shutdown();
        }
    }

    private final class Grpc implements GrpcSender {

        private final GrpcSender sender;

        Grpc(GrpcSenderConfig config) {
            sender = new WeirGrpcSenderProvider().createSender(config);
        }

        @Override
        public void send(MessageWriter message, Consumer<GrpcResponse> onResponse, Consumer<Throwable> onError) {
            sender.send(
                    message,
                    response -> {
                        bodies.add(response.getResponseMessage());
                        onResponse.accept(response);
                    },
                    onError);
        }

        @Override
        public CompletableResultCode shutdown() {
            return sender.shutdown();
        }
    }
}
