// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.sender;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Server;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import io.opentelemetry.sdk.testing.trace.TestSpanData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** The SDK's own exporters on these senders. */
@Timeout(60)
class SenderTest {

    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger refuse = new AtomicInteger();
    private final AtomicInteger bytes = new AtomicInteger();
    private volatile String encoding = "";

    private final DisposableServer server = HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle((request, response) -> request.receive()
                    .aggregate()
                    .doOnNext(body -> bytes.addAndGet(body.readableBytes()))
                    .then(Mono.defer(() -> {
                        requests.incrementAndGet();
                        String sent = request.requestHeaders().get("content-encoding");
                        encoding = sent == null ? "" : sent;
                        boolean refused = refuse.getAndDecrement() > 0;
                        return Mono.from(response.status(refused ? 503 : 200).send());
                    })))
            .bindNow();

    private final ComponentLoader loader = new ComponentLoader() {
        @Override
        public <T> Iterable<T> load(Class<T> type) {
            if (type == HttpSenderProvider.class) {
                return List.of(type.cast(new WeirHttpSenderProvider()));
            }
            if (type == GrpcSenderProvider.class) {
                return List.of(type.cast(new WeirGrpcSenderProvider()));
            }
            return ComponentLoader.forClassLoader(SenderTest.class.getClassLoader())
                    .load(type);
        }
    };

    @AfterEach
    void close() {
        server.disposeNow();
    }

    static SpanData span() {
        return TestSpanData.builder()
                .setHasEnded(true)
                .setSpanContext(SpanContext.create(
                        "0af7651916cd43dd8448eb211c80319c",
                        "b7ad6b7169203331",
                        TraceFlags.getSampled(),
                        TraceState.getDefault()))
                .setName("one")
                .setKind(SpanKind.SERVER)
                .setStartEpochNanos(1)
                .setEndEpochNanos(2)
                .setStatus(StatusData.ok())
                .setAttributes(Attributes.empty())
                .build();
    }

    private OtlpHttpSpanExporterBuilder http() {
        return OtlpHttpSpanExporter.builder()
                .setComponentLoader(loader)
                .setEndpoint("http://127.0.0.1:" + server.port() + "/v1/traces");
    }

    private static CompletableResultCode export(SpanExporter exporter) {
        return exporter.export(List.of(span())).join(20, TimeUnit.SECONDS);
    }

    @Test
    void supplierOfHeaders_isNeverAskedOnAnEventLoop() {
        refuse.set(2);
        Set<String> threads = ConcurrentHashMap.newKeySet();
        try (SpanExporter exporter = http().setHeaders(() -> {
                    threads.add(Thread.currentThread().getName());
                    return Map.of("authorization", "token");
                })
                .setRetryPolicy(RetryPolicy.builder()
                        .setInitialBackoff(Duration.ofMillis(10))
                        .setMaxBackoff(Duration.ofMillis(20))
                        .build())
                .build()) {
            assertThat(export(exporter).isSuccess()).isTrue();
        }
        assertThat(requests).hasValue(3);
        assertThat(threads).containsOnly(Thread.currentThread().getName(), "weir-guest");
    }

    @Test
    void http_delivers() {
        try (SpanExporter exporter = http().build()) {
            assertThat(export(exporter).isSuccess()).isTrue();
        }
        assertThat(requests).hasValue(1);
        assertThat(bytes.get()).isPositive();
    }

    @Test
    void http_compresses() {
        try (SpanExporter exporter = http().setCompression("gzip").build()) {
            assertThat(export(exporter).isSuccess()).isTrue();
        }
        assertThat(encoding).isEqualTo("gzip");
    }

    @Test
    void http_retriesByThePolicy() {
        refuse.set(2);
        try (SpanExporter exporter = http().build()) {
            assertThat(export(exporter).isSuccess()).isTrue();
        }
        assertThat(requests).hasValue(3);
    }

    @Test
    void http_whenNobodyListens_failsWithinItsTimeout() {
        server.disposeNow();
        try (SpanExporter exporter = http().setTimeout(Duration.ofMillis(500)).build()) {
            CompletableResultCode result = export(exporter);

            assertThat(result.isDone()).isTrue();
            assertThat(result.isSuccess()).isFalse();
        }
    }

    @Test
    void http_afterShutdown_completesAtOnce() {
        SpanExporter exporter = http().build();
        exporter.shutdown().join(5, TimeUnit.SECONDS);

        assertThat(export(exporter).isDone()).isTrue();
    }

    @Test
    void grpc_delivers() throws Exception {
        Server grpc = GrpcServers.answering(requests);
        try (SpanExporter exporter = OtlpGrpcSpanExporter.builder()
                .setComponentLoader(loader)
                .setEndpoint("http://127.0.0.1:" + grpc.getPort())
                .build()) {
            assertThat(export(exporter).isSuccess()).isTrue();
            assertThat(export(exporter).isSuccess()).isTrue();
        } finally {
            grpc.shutdownNow();
        }
        assertThat(requests).hasValue(2);
    }
}
