// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weir.core.Signal;
import dev.weir.otlp.internal.names.NameResolver;
import dev.weir.otlp.internal.names.NettyNameResolver;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.SslProvider.GenericSslContextSpec;

/** One name with several addresses. */
class DnsSpreadTest extends ExportTestBase {

    @TempDir
    Path directory;

    /** Listens on another address of the loopback, on the same port. */
    private Receiver second;

    private final AtomicReference<List<String>> addresses = new AtomicReference<>(List.of());

    private final NameResolver resolver = (host, whenDone) -> {
        List<InetAddress> found = new ArrayList<>();
        try {
            for (String address : addresses.get()) {
                found.add(InetAddress.getByName(address));
            }
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
        if (found.isEmpty()) {
            whenDone.accept(null, new UnknownHostException(host));
        } else {
            whenDone.accept(found, null);
        }
    };

    @AfterEach
    void closeSecond() {
        if (second != null) {
            second.close();
        }
    }

    private void useName(String scheme, Map<String, String> more) {
        useName(scheme, "localhost", more);
    }

    private void useName(String scheme, String host, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(more);
        settings.put("weir.otlp.dns.spread", "true");
        settings.put("weir.otlp.dns.refresh", "20ms");
        settings.put("otel.bsp.max.export.batch.size", "10");
        OtlpExportBuilder builder =
                builder(scheme + "://" + host + ":" + receiver.port()).runtime(runtime(settings));
        builder.nameResolver = resolver;
        use(builder);
    }

    private void serveSecond() {
        second = new Receiver(HttpServer.create().host("127.0.0.2").port(receiver.port()));
    }

    private void awaitAddresses(String... texts) {
        await().untilAsserted(() ->
                assertThat(export.status().of(Signal.TRACES).addresses()).contains(texts));
    }

    private List<String> allNames() {
        List<String> names = new ArrayList<>(receiver.names("traces"));
        names.addAll(second.names("traces"));
        return names;
    }

    @Test
    void twoAddresses_getTheirShares() {
        addresses.set(List.of("127.0.0.1", "127.0.0.2"));
        serveSecond();
        useName("http", Map.of());
        awaitAddresses("(127.0.0.1)", "(127.0.0.2)");

        spans(400);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).hasSizeGreaterThan(100);
        assertThat(second.names("traces")).hasSizeGreaterThan(100);
        assertThat(allNames()).containsExactlyInAnyOrderElementsOf(names(400));
        assertThat(receiver.requests.get(0).headers()).containsEntry("host", "localhost:" + receiver.port());
        assertConserved();
    }

    @Test
    void oneOfThemDead_theOtherGetsAll() {
        addresses.set(List.of("127.0.0.1", "127.0.0.2"));
        useName("http", Map.of());
        awaitAddresses("(127.0.0.1)", "(127.0.0.2)");

        spans(100);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(names(100));
        assertConserved();
    }

    @Test
    void addressThatIsReplaced_isLeft() {
        addresses.set(List.of("127.0.0.1"));
        serveSecond();
        useName("http", Map.of());
        awaitAddresses("(127.0.0.1)");
        spans(20);
        assertThat(export.flush(LONG).block()).isTrue();

        addresses.set(List.of("127.0.0.2"));
        awaitAddresses("(127.0.0.2)");
        spans(20);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).hasSize(20);
        assertThat(second.names("traces")).hasSize(20);
        assertConserved();
    }

    @Test
    void nameThatCannotBeFound_isTriedAsItIs_untilItCan() {
        useName("http", Map.of());
        spans(10);
        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).hasSize(10);

        addresses.set(List.of("127.0.0.1"));

        awaitAddresses("(127.0.0.1)");
        addresses.set(List.of());
        spans(10);
        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(export.status().of(Signal.TRACES).addresses()).contains("(127.0.0.1)");
        assertThat(receiver.names("traces")).hasSize(20);
    }

    @Test
    void addressThatDies_isLeftForTheOneThatTheNameGetsNext() {
        addresses.set(List.of("127.0.0.1"));
        serveSecond();
        // So that no connection lives longer than the receiver.
        receiver.answerAlways((taken, response) -> {
            receiver.accepted.add(taken);
            return response.status(200).header("connection", "close").send();
        });
        useName("http", Map.of());
        awaitAddresses("(127.0.0.1)");
        spans(20);
        assertThat(export.flush(LONG).block()).isTrue();

        receiver.close();
        spans(20);
        await().atMost(LONG).until(() -> export.status().of(Signal.TRACES).failedRequests() > 0);
        assertThat(account(Signal.TRACES).queued()).isEqualTo(20);
        addresses.set(List.of("127.0.0.2"));

        await().atMost(LONG).until(() -> account(Signal.TRACES).queued() == 0);
        assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(names(20));
        assertThat(second.names("traces"))
                .containsExactlyInAnyOrderElementsOf(names(40).subList(20, 40));
        assertThat(account(Signal.TRACES).droppedTotal()).isZero();
        assertConserved();
    }

    @Test
    void nameThatNobodyKnows_waitsUntilSomebodyDoes() {
        useName("http", "no-such-host.invalid", Map.of());
        spans(20);
        await().atMost(LONG).until(() -> export.status().of(Signal.TRACES).failedRequests() > 0);
        assertThat(account(Signal.TRACES).queued()).isEqualTo(20);

        addresses.set(List.of("127.0.0.1"));

        await().atMost(LONG).until(() -> account(Signal.TRACES).queued() == 0);
        assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(names(20));
        assertThat(account(Signal.TRACES).droppedTotal()).isZero();
        assertConserved();
    }

    @Test
    void addressOfIpVersion6_thatComesFirstAndIsDead_costsNothing() {
        addresses.set(List.of("::1", "127.0.0.1"));
        useName("http", Map.of());
        awaitAddresses("(0:0:0:0:0:0:0:1)", "(127.0.0.1)");

        for (int i = 0; i < 5; i++) {
            spans(20);
            assertThat(export.flush(LONG).block()).isTrue();
        }

        assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(names(100));
        assertThat(account(Signal.TRACES).droppedTotal()).isZero();
        assertConserved();
    }

    @Test
    void tls_verifiesTheNameAndNotTheAddress() {
        TestKeys keys = TestKeys.make(directory, "server", "EC", "-ext", "san=dns:localhost");
        Http11SslContextSpec spec = Http11SslContextSpec.forServer(
                keys.certificate().toFile(), keys.key().toFile());
        receiver.close();
        receiver = new Receiver(HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .secure(tls -> tls.sslContext((GenericSslContextSpec<?>) spec)));
        addresses.set(List.of("127.0.0.1"));
        useName(
                "https",
                Map.of("otel.exporter.otlp.certificate", keys.certificate().toString()));
        awaitAddresses("(127.0.0.1)");

        spans(10);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).hasSize(10);
    }

    @Test
    void spreadingThroughAProxy_isRefused() {
        assertThatThrownBy(() -> useName("http", Map.of("weir.otlp.proxy", "http://127.0.0.1:1")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("weir.otlp.dns.spread is \"true\", allowed with weir.otlp.proxy: false");
    }

    @Test
    void nettysResolver_knowsTheHostsFile() throws Exception {
        LoopResources loops = LoopResources.create("dns-test", 1, true);
        CompletableFuture<List<InetAddress>> found = new CompletableFuture<>();
        CountDownLatch done = new CountDownLatch(1);
        try (NettyNameResolver netty = new NettyNameResolver(loops)) {
            netty.resolve("localhost", (addresses, failure) -> {
                found.complete(addresses == null ? List.of() : addresses);
                done.countDown();
            });
            assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            loops.dispose();
        }

        assertThat(found.join()).isNotEmpty().allMatch(InetAddress::isLoopbackAddress);
    }
}
