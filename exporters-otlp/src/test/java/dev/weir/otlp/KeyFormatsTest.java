// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.ClientAuth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.server.HttpServer;
import reactor.netty.tcp.SslProvider.GenericSslContextSpec;

/** A client's key in each form in which tools write one. */
class KeyFormatsTest extends ExportTestBase {

    @TempDir
    Path directory;

    private static byte[] der(Path pem) throws Exception {
        String text = Files.readString(pem).replaceAll("-----[A-Z ]+-----", "");
        return Base64.getMimeDecoder().decode(text);
    }

    private static void write(Path file, String kind, byte[] der) throws Exception {
        Files.writeString(
                file,
                "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder().encodeToString(der) + "\n-----END " + kind
                        + "-----\n");
    }

    private OtlpExportBuilder mutual(TestKeys keys) {
        Http11SslContextSpec spec = Http11SslContextSpec.forServer(
                keys.certificate().toFile(), keys.key().toFile());
        spec.configure(tls -> tls.clientAuth(ClientAuth.REQUIRE)
                .trustManager(keys.certificate().toFile()));
        receiver.close();
        receiver = new Receiver(HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .secure(tls -> tls.sslContext((GenericSslContextSpec<?>) spec)));
        return OtlpExport.builder()
                .endpoint("https://127.0.0.1:" + receiver.port())
                .linger(Duration.ofMillis(20));
    }

    private void assertWorksAs(TestKeys keys, String kind, byte[] key) throws Exception {
        OtlpExportBuilder builder = mutual(keys);
        Path own = directory.resolve("own.key");
        write(own, kind, key);
        use(builder.runtime(runtime(Map.of(
                "otel.exporter.otlp.certificate", keys.certificate().toString(),
                "otel.exporter.otlp.client.key", own.toString(),
                "otel.exporter.otlp.client.certificate", keys.certificate().toString()))));

        spans(3);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).hasSize(3);
    }

    @Test
    void rsa_inPkcs1Form() throws Exception {
        TestKeys keys = TestKeys.make(directory, "one", "RSA");
        byte[] pkcs8 = der(keys.key());
        // Version, algorithm and the head of the octet string take 26 bytes for keys of this size.
        byte[] pkcs1 = Arrays.copyOfRange(pkcs8, 26, pkcs8.length);

        assertWorksAs(keys, "RSA PRIVATE KEY", pkcs1);
    }

    @Test
    void ec_inSec1Form() throws Exception {
        TestKeys keys = TestKeys.make(directory, "one", "EC", "-groupname", "secp256r1");
        byte[] secret = secretOfP256(der(keys.key()));
        byte[] sec1 = HexFormat.of()
                .parseHex("303102010104" + "20" + HexFormat.of().formatHex(secret) + "a00a06082a8648ce3d030107");

        assertWorksAs(keys, "EC PRIVATE KEY", sec1);
    }

    @Test
    void ec_inPkcs8Form() throws Exception {
        TestKeys keys = TestKeys.make(directory, "one", "EC");

        assertWorksAs(keys, "PRIVATE KEY", der(keys.key()));
    }

    @Test
    void keyAndCertificates_inOneFile_withComments() throws Exception {
        TestKeys keys = TestKeys.make(directory, "one", "RSA");
        Path both = directory.resolve("both.pem");
        Files.writeString(
                both,
                "# key and certificate\n" + Files.readString(keys.key()) + "subject=CN = one\n"
                        + Files.readString(keys.certificate()) + "\n# end\n");
        OtlpExportBuilder builder = mutual(keys);
        use(builder.runtime(runtime(Map.of(
                "otel.exporter.otlp.certificate", both.toString(),
                "otel.exporter.otlp.client.key", both.toString(),
                "otel.exporter.otlp.client.certificate", both.toString()))));

        spans(3);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).hasSize(3);
    }

    private void assertRefused(Path key, Path certificates, String message) {
        assertThatThrownBy(() -> OtlpExport.builder()
                        .endpoint("https://127.0.0.1:4318")
                        .runtime(runtime(Map.of(
                                "otel.exporter.otlp.client.key",
                                key.toString(),
                                "otel.exporter.otlp.client.certificate",
                                certificates.toString())))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void filesThatLackWhatIsLookedFor_areRefusedWithWhatTheyHave() throws Exception {
        TestKeys keys = TestKeys.make(directory, "one", "EC");
        TestKeys others = TestKeys.make(directory, "two", "EC");
        Path chain = directory.resolve("chain.pem");
        Files.writeString(chain, Files.readString(others.certificate()) + Files.readString(keys.certificate()));
        Path locked = directory.resolve("locked.pem");
        write(locked, "ENCRYPTED PRIVATE KEY", new byte[] {1, 2, 3});
        Path damaged = directory.resolve("damaged.pem");
        write(damaged, "CERTIFICATE", new byte[] {0x30, 1, 2, 3});

        assertRefused(keys.key(), keys.key(), "no certificate in " + keys.key() + ", which has: PRIVATE KEY");
        assertRefused(
                keys.certificate(),
                keys.certificate(),
                "no unencrypted private key in " + keys.certificate() + ", which has: CERTIFICATE");
        assertRefused(
                locked,
                keys.certificate(),
                "no unencrypted private key in " + locked + ", which has: ENCRYPTED PRIVATE KEY");
        assertRefused(keys.key(), others.certificate(), "the private key does not belong to the certificate");
        assertRefused(keys.key(), chain, "the private key belongs to certificate 2 of the client's certificates");
        assertRefused(keys.key(), damaged, "certificate 1 in " + damaged + " cannot be read: ");
    }

    private static byte[] secretOfP256(byte[] pkcs8) {
        // … INTEGER 1, OCTET STRING of 32 bytes …
        byte[] head = {0x02, 0x01, 0x01, 0x04, 0x20};
        for (int i = 0; i + head.length + 32 <= pkcs8.length; i++) {
            if (Arrays.equals(pkcs8, i, i + head.length, head, 0, head.length)) {
                return Arrays.copyOfRange(pkcs8, i + head.length, i + head.length + 32);
            }
        }
        throw new AssertionError("no secret of 32 bytes");
    }

    @Test
    void garbage_isRefusedAtStart() throws Exception {
        Path key = directory.resolve("bad.key");
        write(key, "EC PRIVATE KEY", new byte[] {0x30, 0x05, 0x02, 0x01});
        TestKeys keys = TestKeys.make(directory, "one", "EC");

        assertThatThrownBy(() -> OtlpExport.builder()
                        .endpoint("https://127.0.0.1:4318")
                        .runtime(runtime(Map.of(
                                "otel.exporter.otlp.client.key", key.toString(),
                                "otel.exporter.otlp.client.certificate",
                                        keys.certificate().toString())))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("malformed EC key");
    }
}
