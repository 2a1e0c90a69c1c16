// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weir.core.Signal;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.ClientAuth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.server.HttpServer;
import reactor.netty.tcp.SslProvider.GenericSslContextSpec;

/** Faults of TLS: the telemetry waits, the application does not notice, and the cause can be read. */
class TlsTest extends ExportTestBase {

    @TempDir
    Path directory;

    private static Receiver secure(TestKeys keys, TestKeys client) {
        Http11SslContextSpec spec = Http11SslContextSpec.forServer(
                keys.certificate().toFile(), keys.key().toFile());
        if (client != null) {
            spec.configure(builder -> builder.clientAuth(ClientAuth.REQUIRE)
                    .trustManager(client.certificate().toFile()));
        }
        return new Receiver(HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .secure(tls -> tls.sslContext((GenericSslContextSpec<?>) spec)));
    }

    private OtlpExportBuilder tls(String host, Path trusted, TestKeys client) {
        Map<String, String> settings = new HashMap<>();
        settings.put("weir.otlp.tls.reload", "20ms");
        if (trusted != null) {
            settings.put("otel.exporter.otlp.certificate", trusted.toString());
        }
        if (client != null) {
            settings.put("otel.exporter.otlp.client.key", client.key().toString());
            settings.put(
                    "otel.exporter.otlp.client.certificate",
                    client.certificate().toString());
        }
        return OtlpExport.builder()
                .runtime(runtime(settings))
                .endpoint("https://" + host + ":" + receiver.port())
                .linger(Duration.ofMillis(20));
    }

    private void serve(TestKeys keys, TestKeys client) {
        receiver.close();
        receiver = secure(keys, client);
    }

    private void assertRefused(String... words) {
        spans(3);
        await().until(() -> !export.status().of(Signal.TRACES).lastFailure().isEmpty());
        assertThat(export.status().of(Signal.TRACES).lastFailure()).containsAnyOf(words);
        assertThat(account(Signal.TRACES).queued()).isEqualTo(3);
        assertConserved();
    }

    @Test
    void trustedServer_getsSpans() {
        TestKeys server = TestKeys.make(directory, "server", "EC");
        serve(server, null);
        use(tls("127.0.0.1", server.certificate(), null));

        spans(100);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).hasSize(100);
    }

    @Test
    void wrongAuthority_isRefused() {
        serve(TestKeys.make(directory, "server", "EC"), null);
        use(tls("127.0.0.1", TestKeys.make(directory, "other", "EC").certificate(), null));

        assertRefused("SSLHandshakeException", "certification path");
    }

    @Test
    void untrustedBySystem_isRefused() {
        serve(TestKeys.make(directory, "server", "EC"), null);
        use(tls("127.0.0.1", null, null));

        assertRefused("SSLHandshakeException", "certification path");
    }

    @Test
    void wrongName_isRefused() {
        TestKeys server = TestKeys.make(directory, "server", "EC", "-ext", "san=dns:elsewhere.example");
        serve(server, null);
        use(tls("localhost", server.certificate(), null));

        assertRefused("SSLHandshakeException", "No subject alternative");
    }

    @Test
    void expired_isRefused() throws Exception {
        TestKeys authority = TestKeys.make(directory, "authority", "EC", "-ext", "bc:c");
        serve(TestKeys.expired(directory, "server", "authority"), null);
        use(tls("127.0.0.1", authority.certificate(), null));

        assertRefused("SSLHandshakeException", "expired", "validity");
    }

    @Test
    void mutual_withKey_getsSpans() {
        TestKeys server = TestKeys.make(directory, "server", "EC");
        TestKeys client = TestKeys.make(directory, "client", "RSA");
        serve(server, client);
        use(tls("127.0.0.1", server.certificate(), client));

        spans(100);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).hasSize(100);
    }

    @Test
    void mutual_withoutKey_isRefused() {
        TestKeys server = TestKeys.make(directory, "server", "EC");
        serve(server, TestKeys.make(directory, "client", "EC"));
        use(tls("127.0.0.1", server.certificate(), null));

        assertRefused("SSL", "closed", "reset", "bad_certificate", "certificate_required", "Exception");
    }

    @Test
    void mutual_rotationWhileSending_isTakenOver() throws Exception {
        TestKeys server = TestKeys.make(directory, "server", "EC");
        TestKeys wrong = TestKeys.make(directory, "wrong", "EC");
        TestKeys right = TestKeys.make(directory, "right", "EC");
        serve(server, right);
        Path key = Files.copy(wrong.key(), directory.resolve("use.key"));
        Path certificate = Files.copy(wrong.certificate(), directory.resolve("use.pem"));
        use(tls("127.0.0.1", server.certificate(), new TestKeys(key, certificate)));
        assertRefused("SSL", "closed", "reset", "bad_certificate", "certificate", "Exception");

        Files.copy(right.key(), key, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(right.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);

        await().atMost(LONG).until(() -> account(Signal.TRACES).delivered() == 3);
        assertConserved();
    }

    @Test
    void keyOfAnotherCertificate_isRefusedAtStart() {
        TestKeys one = TestKeys.make(directory, "one", "EC");
        TestKeys two = TestKeys.make(directory, "two", "EC");

        assertThatThrownBy(() -> tls("127.0.0.1", null, new TestKeys(one.key(), two.certificate()))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("does not belong");
    }

    @Test
    void keyWithoutCertificate_isRefusedAtStart() {
        assertThatThrownBy(() -> OtlpExport.builder()
                        .runtime(runtime(Map.of("otel.exporter.otlp.client.key", "some.key")))
                        .build())
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void plainServerBehindHttps_isRefused() {
        use(tls("127.0.0.1", null, null));

        assertRefused("SSL", "closed", "Exception");
    }

    @Test
    void tlsServerBehindHttp_isRefused() {
        serve(TestKeys.make(directory, "server", "EC"), null);
        use(OtlpExport.builder().endpoint("http://127.0.0.1:" + receiver.port()).linger(Duration.ofMillis(20)));

        spans(3);

        await().until(() -> export.status().of(Signal.TRACES).failedRequests() > 0);
        assertConserved();
    }

    @Test
    void http11ServerBehindGrpc_isRefused() {
        use(OtlpExport.builder()
                .endpoint(receiver.url())
                .protocol(OtlpProtocol.GRPC)
                .timeout(Duration.ofSeconds(1))
                .linger(Duration.ofMillis(20)));

        spans(3);

        await().until(() -> export.status().of(Signal.TRACES).failedRequests() > 0);
        assertThat(account(Signal.TRACES).queued()).isEqualTo(3);
        assertConserved();
    }

    @Test
    void grpcOverTls_getsSpans() throws Exception {
        TestKeys keys = TestKeys.make(directory, "server", "EC");
        var context = GrpcSslContexts.forServer(
                        keys.certificate().toFile(), keys.key().toFile())
                .build();
        try (GrpcReceiver grpc = new GrpcReceiver(0, builder -> builder.sslContext(context))) {
            use(OtlpExport.builder()
                    .runtime(runtime(Map.of(
                            "otel.exporter.otlp.certificate", keys.certificate().toString())))
                    .protocol(OtlpProtocol.GRPC)
                    .endpoint("https://127.0.0.1:" + grpc.port()));
            spans(100);

            assertThat(export.flush(LONG).block()).isTrue();
            assertThat(grpc.names("traces")).hasSize(100);
        }
    }
}
