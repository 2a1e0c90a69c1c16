// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.sender;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.testing.trace.TestSpanData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** The SDK's own sender and ours on one class path. */
@Timeout(60)
class DuplicateProvidersTest {

    private static final String PROPERTY = "io.opentelemetry.sdk.common.export.HttpSenderProvider";

    private final ConcurrentLinkedQueue<Boolean> ours = new ConcurrentLinkedQueue<>();

    private final DisposableServer server = HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle((request, response) -> {
                ours.add(request.requestHeaders().contains("x-weir-seq"));
                return request.receive().then().then(response.status(200).send());
            })
            .bindNow();

    @AfterEach
    void close() {
        System.clearProperty(PROPERTY);
        server.disposeNow();
    }

    private void export() {
        SpanData span = TestSpanData.builder()
                .setHasEnded(true)
                .setName("one")
                .setKind(io.opentelemetry.api.trace.SpanKind.SERVER)
                .setStartEpochNanos(1)
                .setEndEpochNanos(2)
                .setStatus(StatusData.ok())
                .build();
        try (SpanExporter exporter = OtlpHttpSpanExporter.builder()
                .setEndpoint("http://127.0.0.1:" + server.port() + "/v1/traces")
                .build()) {
            assertThat(exporter.export(List.of(span)).join(20, TimeUnit.SECONDS).isSuccess())
                    .isTrue();
        }
    }

    @Test
    void severalProviders_oneOfThemDelivers() {
        assertThat(ServiceLoader.load(HttpSenderProvider.class))
                .hasSizeGreaterThan(1)
                .hasAtLeastOneElementOfType(WeirHttpSenderProvider.class);

        export();

        assertThat(ours).isNotEmpty();
    }

    @Test
    void severalProviders_theNamedOneDelivers() {
        System.setProperty(PROPERTY, WeirHttpSenderProvider.class.getName());

        export();

        assertThat(ours).containsOnly(true);
    }

    @Test
    void severalProviders_ofWhichAnotherIsNamed_thatOneDelivers() {
        System.setProperty(PROPERTY, "io.opentelemetry.exporter.sender.okhttp.internal.OkHttpHttpSenderProvider");

        export();

        assertThat(ours).containsOnly(false);
    }
}
