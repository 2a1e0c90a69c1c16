// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.Signal;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Error;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.tcp.SslProvider.GenericSslContextSpec;

/** OTLP/HTTP over HTTP/2: one connection, many requests. */
class Http2ExportTest extends ExportTestBase {

    @TempDir
    Path directory;

    private final Set<Channel> connections = ConcurrentHashMap.newKeySet();
    private final List<String> versions = new CopyOnWriteArrayList<>();

    private void serve(HttpServer server) {
        receiver.close();
        receiver = new Receiver(server.host("127.0.0.1").port(0));
        receiver.answerAlways(this::later);
    }

    /** So that requests overlap. */
    private org.reactivestreams.Publisher<Void> later(
            Receiver.Taken taken, reactor.netty.http.server.HttpServerResponse response) {
        response.withConnection(connection -> {
            Channel parent = connection.channel().parent();
            boolean stream = connection.channel() instanceof io.netty.handler.codec.http2.Http2StreamChannel;
            versions.add(stream ? "2" : "1.1");
            connections.add(stream ? parent : connection.channel());
        });
        receiver.accepted.add(taken);
        return Mono.delay(Duration.ofMillis(10))
                .then(Mono.from(response.status(200).send()));
    }

    private OtlpExportBuilder small(String... settings) {
        return smallTo(receiver.url(), settings);
    }

    private static OtlpExportBuilder smallTo(String endpoint, String... settings) {
        Map<String, String> all = new HashMap<>(Map.of("otel.bsp.max.export.batch.size", "10"));
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        return builder(endpoint).runtime(runtime(all));
    }

    private void exportSpans(int rounds) {
        for (int i = 0; i < rounds; i++) {
            spans(100);
            assertThat(export.flush(LONG).block()).isTrue();
        }
        assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(names(rounds * 100));
        assertConserved();
    }

    @Test
    void priorKnowledge_usesOneConnectionForAllRequests() {
        serve(HttpServer.create().protocol(HttpProtocol.H2C));
        use(small("weir.otlp.http.version", "http2"));

        exportSpans(4);

        assertThat(versions).hasSize(40).containsOnly("2");
        assertThat(connections).hasSize(1);
        assertThat(receiver.maxInFlight.get()).isGreaterThan(1);
    }

    @Test
    void withoutTls_theDefaultIsHttp1() {
        serve(HttpServer.create());
        use(small());

        exportSpans(1);

        assertThat(versions).containsOnly("1.1");
    }

    @Test
    void tls_receiverThatCanHttp2_isSpokenToInHttp2() {
        TestKeys keys = TestKeys.make(directory, "server", "EC");
        serve(HttpServer.create()
                .protocol(HttpProtocol.H2, HttpProtocol.HTTP11)
                .secure(tls -> tls.sslContext((GenericSslContextSpec<?>) Http2SslContextSpec.forServer(
                        keys.certificate().toFile(), keys.key().toFile()))));
        use(smallTo(
                "https://127.0.0.1:" + receiver.port(),
                "otel.exporter.otlp.certificate",
                keys.certificate().toString()));

        exportSpans(4);

        assertThat(versions).containsOnly("2");
        assertThat(connections).hasSize(1);
        assertThat(receiver.maxInFlight.get()).isGreaterThan(1);
    }

    @Test
    void tls_receiverThatCannot_isSpokenToInHttp1OnSeveralConnections() {
        TestKeys keys = TestKeys.make(directory, "server", "EC");
        serve(HttpServer.create()
                .secure(tls -> tls.sslContext((GenericSslContextSpec<?>) Http11SslContextSpec.forServer(
                        keys.certificate().toFile(), keys.key().toFile()))));
        use(smallTo(
                "https://127.0.0.1:" + receiver.port(),
                "otel.exporter.otlp.certificate",
                keys.certificate().toString()));

        exportSpans(4);

        assertThat(versions).containsOnly("1.1");
        assertThat(receiver.maxInFlight.get()).isGreaterThan(1);
    }

    @Test
    void goAway_isFollowedByAnotherConnectionAndLosesNothing() {
        serve(HttpServer.create().protocol(HttpProtocol.H2C));
        use(small("weir.otlp.http.version", "http2"));
        exportSpans(1);
        Channel first = connections.iterator().next();

        first.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR)).syncUninterruptibly();
        spans(100);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).contains(names(200).toArray(String[]::new));
        assertThat(account(Signal.TRACES).delivered()).isEqualTo(200);
        await().until(() -> connections.size() == 2);
        assertConserved();
    }
}
