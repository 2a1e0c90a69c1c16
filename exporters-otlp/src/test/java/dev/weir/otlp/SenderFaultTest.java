// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.otlp.sender.WeirGrpcSenderProvider;
import dev.weir.otlp.sender.WeirHttpSenderProvider;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.ClientAuth;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporterBuilder;
import io.opentelemetry.proto.collector.trace.v1.ExportTracePartialSuccess;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import io.opentelemetry.sdk.testing.trace.TestSpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.server.HttpServer;
import reactor.netty.tcp.SslProvider.GenericSslContextSpec;

/** The SDK's own exporters on this library's senders, and receivers in trouble. */
@ExtendWith(NoLeaks.class)
@Timeout(90)
class SenderFaultTest {

    enum Kind {
        HTTP,
        GRPC
    }

    private static final ComponentLoader SENDERS = new ComponentLoader() {
        @Override
        public <T> Iterable<T> load(Class<T> type) {
            if (type == HttpSenderProvider.class) {
                return List.of(type.cast(new WeirHttpSenderProvider()));
            }
            if (type == GrpcSenderProvider.class) {
                return List.of(type.cast(new WeirGrpcSenderProvider()));
            }
            return ComponentLoader.forClassLoader(SenderFaultTest.class.getClassLoader())
                    .load(type);
        }
    };

    private static final RetryPolicy SOON = RetryPolicy.builder()
            .setMaxAttempts(5)
            .setInitialBackoff(Duration.ofMillis(10))
            .setMaxBackoff(Duration.ofMillis(50))
            .build();

    @TempDir
    Path directory;

    private Receiver http;
    private GrpcReceiver grpc;
    private SpanExporter exporter;

    @AfterEach
    void close() {
        if (exporter != null) {
            exporter.close();
        }
        if (http != null) {
            http.close();
        }
        if (grpc != null) {
            grpc.close();
        }
    }

    private void serve(Kind kind) {
        switch (kind) {
            case HTTP -> http = new Receiver();
            case GRPC -> grpc = new GrpcReceiver();
        }
    }

    private String url() {
        return http != null ? http.url() + "/v1/traces" : grpc.url();
    }

    private int calls() {
        return http != null ? http.requests.size() : grpc.calls.get();
    }

    private List<String> names() {
        return http != null ? http.names("traces") : grpc.names("traces");
    }

    /** The next answer is that the receiver is busy for {@code seconds}. */
    private void busy(int seconds) {
        if (http != null) {
            http.answerNext(Receiver.status(503, "Retry-After", Integer.toString(seconds)));
        } else {
            grpc.refuseNext(Status.UNAVAILABLE, retryAfter(seconds));
        }
    }

    /** google.rpc.Status{details: Any{RetryInfo{retry_delay}}}. */
    private static byte[] retryAfter(int seconds) {
        byte[] type = "type.googleapis.com/google.rpc.RetryInfo".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        byte[] info = {0x0a, 2, 0x08, (byte) seconds};
        java.io.ByteArrayOutputStream status = new java.io.ByteArrayOutputStream();
        status.write(0x1a);
        status.write(2 + type.length + 2 + info.length);
        status.write(0x0a);
        status.write(type.length);
        status.writeBytes(type);
        status.write(0x12);
        status.write(info.length);
        status.writeBytes(info);
        return status.toByteArray();
    }

    private void slow(long millis) {
        if (http != null) {
            http.answerAlways((taken, response) -> {
                http.accepted.add(taken);
                return Mono.delay(Duration.ofMillis(millis))
                        .then(Mono.from(response.status(200).send()));
            });
        } else {
            grpc.delay(millis);
        }
    }

    private void use(
            Kind kind,
            String url,
            UnaryOperator<OtlpHttpSpanExporterBuilder> http,
            UnaryOperator<OtlpGrpcSpanExporterBuilder> grpc) {
        exporter = switch (kind) {
            case HTTP ->
                http.apply(OtlpHttpSpanExporter.builder()
                                .setComponentLoader(SENDERS)
                                .setEndpoint(url)
                                .setTimeout(Duration.ofSeconds(30))
                                .setRetryPolicy(SOON))
                        .build();
            case GRPC ->
                grpc.apply(OtlpGrpcSpanExporter.builder()
                                .setComponentLoader(SENDERS)
                                .setEndpoint(url)
                                .setTimeout(Duration.ofSeconds(30))
                                .setRetryPolicy(SOON))
                        .build();
        };
    }

    private void use(Kind kind) {
        use(kind, url(), builder -> builder, builder -> builder);
    }

    private CompletableResultCode begin(Attributes attributes) {
        return exporter.export(List.of(TestSpanData.builder()
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
                .setAttributes(attributes)
                .build()));
    }

    private static boolean succeeds(CompletableResultCode result) {
        result.join(60, TimeUnit.SECONDS);
        assertThat(result.isDone()).isTrue();
        return result.isSuccess();
    }

    private boolean exports() {
        return succeeds(begin(Attributes.empty()));
    }

    @ParameterizedTest
    @EnumSource
    void busyWithADelay_isTriedAgain(Kind kind) {
        serve(kind);
        busy(1);
        use(kind);

        assertThat(exports()).isTrue();

        assertThat(calls()).isEqualTo(2);
        assertThat(names()).containsExactly("one");
    }

    @ParameterizedTest
    @EnumSource
    void busyForLongerThanTheTimeout_isNotTriedAgain(Kind kind) {
        serve(kind);
        busy(100);
        use(kind);

        assertThat(exports()).isFalse();

        assertThat(calls()).isEqualTo(1);
        assertThat(names()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void tooManyRequests_isTriedAgainAsOftenAsThePolicySays(Kind kind) {
        serve(kind);
        for (int i = 0; i < 5; i++) {
            if (http != null) {
                http.answerNext(Receiver.status(429));
            } else {
                grpc.refuseNext(Status.RESOURCE_EXHAUSTED);
            }
        }
        use(kind);

        assertThat(exports()).isFalse();
        assertThat(calls()).isEqualTo(5);
        assertThat(exports()).isTrue();
        assertThat(names()).containsExactly("one");
    }

    @ParameterizedTest
    @EnumSource
    void partialSuccess_isNotTriedAgain(Kind kind) {
        byte[] partial = ExportTraceServiceResponse.newBuilder()
                .setPartialSuccess(ExportTracePartialSuccess.newBuilder()
                        .setRejectedSpans(1)
                        .setErrorMessage("quota"))
                .build()
                .toByteArray();
        serve(kind);
        if (http != null) {
            http.answerNext(Receiver.body(200, partial));
        } else {
            grpc.answer(partial);
        }
        use(kind);

        assertThat(exports()).isTrue();

        assertThat(calls()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void refusedForGood_isNotTriedAgain(Kind kind) {
        serve(kind);
        if (http != null) {
            http.answerNext(Receiver.status(400));
        } else {
            grpc.refuseNext(Status.INVALID_ARGUMENT);
        }
        use(kind);

        assertThat(exports()).isFalse();

        assertThat(calls()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void receiverThatComesUpLater_getsIt(Kind kind) {
        serve(kind);
        String url = url();
        int port = http != null ? http.port() : grpc.port();
        close();
        RetryPolicy patient = RetryPolicy.builder()
                .setMaxAttempts(5)
                .setInitialBackoff(Duration.ofMillis(500))
                .setMaxBackoff(Duration.ofSeconds(10))
                .setBackoffMultiplier(2)
                .build();
        use(kind, url, builder -> builder.setRetryPolicy(patient), builder -> builder.setRetryPolicy(patient));

        CompletableResultCode result = begin(Attributes.empty());
        switch (kind) {
            case HTTP -> http = new Receiver(port);
            case GRPC -> grpc = new GrpcReceiver(port, builder -> builder);
        }

        assertThat(succeeds(result)).isTrue();
        assertThat(names()).containsExactly("one");
    }

    @ParameterizedTest
    @EnumSource
    void gzip_isWhatTheReceiverReads(Kind kind) {
        serve(kind);
        use(kind, url(), builder -> builder.setCompression("gzip"), builder -> builder.setCompression("gzip"));

        assertThat(exports()).isTrue();

        assertThat(names()).containsExactly("one");
    }

    @ParameterizedTest
    @EnumSource
    void receiverThatDoesNotAnswer_isGivenUpAfterTheTimeout(Kind kind) {
        serve(kind);
        slow(3_000);
        Duration timeout = Duration.ofMillis(300);
        use(kind, url(), builder -> builder.setTimeout(timeout), builder -> builder.setTimeout(timeout));

        assertThat(exports()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void shutdownWhileSending_letsItArrive(Kind kind) {
        serve(kind);
        slow(500);
        use(kind);
        CompletableResultCode result = begin(Attributes.empty());
        await().atMost(Duration.ofSeconds(30)).until(() -> calls() == 1);

        exporter.shutdown();

        assertThat(succeeds(result)).isTrue();
        assertThat(names()).containsExactly("one");
        assertThat(exports()).isFalse();
        assertThat(calls()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void largeBody_arrives(Kind kind) {
        serve(kind);
        use(kind);

        assertThat(succeeds(begin(
                        Attributes.builder().put("text", "x".repeat(3 << 20)).build())))
                .isTrue();

        List<Receiver.Taken> accepted = http != null ? http.accepted : grpc.accepted;
        assertThat(accepted)
                .singleElement()
                .satisfies(taken -> assertThat(taken.body()).hasSizeGreaterThan(3 << 20));
        assertThat(names()).containsExactly("one");
    }

    @ParameterizedTest
    @EnumSource
    void bodyThatIsTooLarge_isNotTriedAgain(Kind kind) {
        serve(kind);
        if (http != null) {
            http.answerNext(Receiver.status(413));
        }
        use(kind);

        // More than the 4 MiB that a server of gRPC takes unless it is told otherwise.
        assertThat(succeeds(begin(
                        Attributes.builder().put("text", "x".repeat(5 << 20)).build())))
                .isFalse();

        assertThat(names()).isEmpty();
        assertThat(exports()).isTrue();
        assertThat(names()).containsExactly("one");
    }

    private void serveTls(Kind kind, TestKeys keys, TestKeys client) throws Exception {
        switch (kind) {
            case HTTP -> {
                Http11SslContextSpec spec = Http11SslContextSpec.forServer(
                        keys.certificate().toFile(), keys.key().toFile());
                if (client != null) {
                    spec.configure(builder -> builder.clientAuth(ClientAuth.REQUIRE)
                            .trustManager(client.certificate().toFile()));
                }
                http = new Receiver(HttpServer.create()
                        .host("127.0.0.1")
                        .port(0)
                        .secure(tls -> tls.sslContext((GenericSslContextSpec<?>) spec)));
            }
            case GRPC -> {
                var context = GrpcSslContexts.forServer(
                        keys.certificate().toFile(), keys.key().toFile());
                if (client != null) {
                    context.clientAuth(io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth.REQUIRE)
                            .trustManager(client.certificate().toFile());
                }
                var built = context.build();
                grpc = new GrpcReceiver(0, builder -> builder.sslContext(built));
            }
        }
    }

    /** A first export that fails, so without retries; trusts {@code trusted}, shows {@code client} unless that is null. */
    private boolean exportsTls(Kind kind, TestKeys trusted, TestKeys client) {
        String url = url().replace("http://", "https://");
        byte[] authority = bytes(trusted.certificate());
        use(
                kind,
                url,
                builder -> {
                    builder.setTrustedCertificates(authority).setRetryPolicy(null);
                    return client == null
                            ? builder
                            : builder.setClientTls(bytes(client.key()), bytes(client.certificate()));
                },
                builder -> {
                    builder.setTrustedCertificates(authority).setRetryPolicy(null);
                    return client == null
                            ? builder
                            : builder.setClientTls(bytes(client.key()), bytes(client.certificate()));
                });
        try {
            return exports();
        } finally {
            exporter.close();
        }
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void tls_needsTheRightAuthority(Kind kind) throws Exception {
        TestKeys server = TestKeys.make(directory, "server", "EC");
        TestKeys other = TestKeys.make(directory, "other", "EC");
        serveTls(kind, server, null);

        assertThat(exportsTls(kind, other, null)).isFalse();
        assertThat(names()).isEmpty();
        assertThat(exportsTls(kind, server, null)).isTrue();
        assertThat(names()).containsExactly("one");
    }

    @ParameterizedTest
    @EnumSource
    void mutualTls_needsTheClientsKey(Kind kind) throws Exception {
        TestKeys server = TestKeys.make(directory, "server", "EC");
        TestKeys client = TestKeys.make(directory, "client", "EC");
        serveTls(kind, server, client);

        assertThat(exportsTls(kind, server, null)).isFalse();
        assertThat(names()).isEmpty();
        assertThat(exportsTls(kind, server, client)).isTrue();
        assertThat(names()).containsExactly("one");
    }
}
