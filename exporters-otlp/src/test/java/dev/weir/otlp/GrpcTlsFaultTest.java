// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.Signal;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.server.HttpServer;
import reactor.netty.tcp.SslProvider.GenericSslContextSpec;

/** Faults of TLS below OTLP/gRPC. */
class GrpcTlsFaultTest extends ExportTestBase {

    @TempDir
    Path directory;

    private void grpcTo(int port, Path trusted, TestKeys client) {
        Map<String, String> settings = new HashMap<>();
        settings.put("otel.exporter.otlp.certificate", trusted.toString());
        if (client != null) {
            settings.put("otel.exporter.otlp.client.key", client.key().toString());
            settings.put(
                    "otel.exporter.otlp.client.certificate",
                    client.certificate().toString());
        }
        use(OtlpExport.builder()
                .runtime(runtime(settings))
                .protocol(OtlpProtocol.GRPC)
                .endpoint("https://127.0.0.1:" + port)
                .linger(Duration.ofMillis(20)));
    }

    private GrpcReceiver receiver(TestKeys keys, UnaryOperator<SslContextBuilder> more) throws Exception {
        var context = more.apply(GrpcSslContexts.forServer(
                        keys.certificate().toFile(), keys.key().toFile()))
                .build();
        return new GrpcReceiver(0, builder -> builder.sslContext(context));
    }

    private void assertWaits() {
        spans(3);
        await().until(() -> export.status().of(Signal.TRACES).failedRequests() > 1);
        assertThat(account(Signal.TRACES).queued()).isEqualTo(3);
        assertThat(account(Signal.TRACES).droppedTotal()).isZero();
        assertConserved();
    }

    @Test
    void serverThatDoesNotOfferHttp2_isRefused() {
        TestKeys keys = TestKeys.make(directory, "server", "EC");
        Http11SslContextSpec http1 = Http11SslContextSpec.forServer(
                keys.certificate().toFile(), keys.key().toFile());
        receiver.close();
        receiver = new Receiver(HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .secure(tls -> tls.sslContext((GenericSslContextSpec<?>) http1)));
        grpcTo(receiver.port(), keys.certificate(), null);

        assertWaits();

        assertThat(receiver.requests).isEmpty();
    }

    @Test
    void wrongAuthority_isRefused() throws Exception {
        TestKeys other = TestKeys.make(directory, "other", "EC");
        try (GrpcReceiver grpc = receiver(TestKeys.make(directory, "server", "EC"), builder -> builder)) {
            grpcTo(grpc.port(), other.certificate(), null);

            assertWaits();

            awaitFailure("SSLHandshakeException");
        }
    }

    @Test
    void clientThatIsAskedForAKeyAndHasNone_waits_withOneItGetsThrough() throws Exception {
        TestKeys server = TestKeys.make(directory, "server", "EC");
        TestKeys client = TestKeys.make(directory, "client", "EC");
        try (GrpcReceiver grpc = receiver(
                server,
                builder -> builder.clientAuth(ClientAuth.REQUIRE)
                        .trustManager(client.certificate().toFile()))) {
            grpcTo(grpc.port(), server.certificate(), null);
            assertWaits();
            export.close(Duration.ZERO);

            grpcTo(grpc.port(), server.certificate(), client);
            spans(10);

            assertThat(export.flush(LONG).block()).isTrue();
            assertThat(grpc.names("traces")).hasSize(10);
        }
    }
}
