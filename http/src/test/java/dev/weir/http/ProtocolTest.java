// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.number;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;

/** The same request by every protocol: a span at each side, one trace. */
class ProtocolTest {

    @SuppressWarnings("deprecation") // the overload that is new is not in the oldest supported version
    enum Wire {
        HTTP11(false, "1.1", new HttpProtocol[] {HttpProtocol.HTTP11}),
        H2C_PRIOR_KNOWLEDGE(false, "2", new HttpProtocol[] {HttpProtocol.H2C}),
        H2C_UPGRADE(false, "2", new HttpProtocol[] {HttpProtocol.HTTP11, HttpProtocol.H2C}),
        HTTP11_TLS(true, "1.1", new HttpProtocol[] {HttpProtocol.HTTP11}),
        H2_TLS(true, "2", new HttpProtocol[] {HttpProtocol.H2}),
        H2_ALPN(true, "2", new HttpProtocol[] {HttpProtocol.H2, HttpProtocol.HTTP11});

        final boolean tls;
        final String version;
        final HttpProtocol[] protocols;

        Wire(boolean tls, String version, HttpProtocol[] protocols) {
            this.tls = tls;
            this.version = version;
            this.protocols = protocols;
        }

        HttpServer server(HttpFixture it) throws Exception {
            HttpServer server = it.http.instrument(HttpServer.create());
            server = this == H2C_PRIOR_KNOWLEDGE || this == H2C_UPGRADE
                    ? server.protocol(HttpProtocol.HTTP11, HttpProtocol.H2C)
                    : server.protocol(protocols);
            if (!tls) {
                return server;
            }
            X509Bundle certificate = new CertificateBuilder()
                    .subject("CN=localhost")
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
            boolean http2 = version.equals("2");
            return server.secure(spec -> spec.sslContext(
                    http2
                            ? Http2SslContextSpec.forServer(
                                    certificate.getKeyPair().getPrivate(), certificate.getCertificatePath())
                            : Http11SslContextSpec.forServer(
                                    certificate.getKeyPair().getPrivate(), certificate.getCertificatePath())));
        }

        HttpClient client(HttpFixture it, DisposableServer server) {
            HttpClient client = it.http.instrument(HttpClient.create(it.pool)).protocol(protocols);
            if (!tls) {
                return client.baseUrl("http://127.0.0.1:" + server.port());
            }
            return client.secure(spec -> spec.sslContext(
                            version.equals("2")
                                    ? Http2SslContextSpec.forClient()
                                            .configure(b -> b.trustManager(InsecureTrustManagerFactory.INSTANCE))
                                    : Http11SslContextSpec.forClient()
                                            .configure(b -> b.trustManager(InsecureTrustManagerFactory.INSTANCE))))
                    .baseUrl("https://127.0.0.1:" + server.port());
        }
    }

    @ParameterizedTest
    @EnumSource
    void getAndPost_areOneSpanAtEachSide(Wire wire) throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(wire.server(it)
                    .route(it.http.routes(routes -> routes.get("/g/{n}", (req, res) -> res.sendString(Mono.just("got")))
                            .post("/p", (req, res) -> res.send(req.receive().retain())))));
            HttpClient client = wire.client(it, server);

            String got = client.get()
                    .uri("/g/1")
                    .responseContent()
                    .aggregate()
                    .asString()
                    .block(LIMIT);
            String posted = client.post()
                    .uri("/p")
                    .send(reactor.netty.ByteBufFlux.fromString(Flux.just("a", "b", "c")))
                    .responseContent()
                    .aggregate()
                    .asString()
                    .block(LIMIT);

            assertThat(got).isEqualTo("got");
            assertThat(posted).isEqualTo("abc");
            List<SpanData> spans = it.spans(4);
            for (String name : List.of("GET /g/{n}", "POST /p")) {
                SpanData served = spans.stream()
                        .filter(s -> s.getName().equals(name))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError(name + " in " + spans));
                SpanData sent = spans.stream()
                        .filter(s -> s.getSpanId().equals(served.getParentSpanId()))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError("parent of " + name + " in " + spans));
                assertThat(sent.getKind()).isEqualTo(SpanKind.CLIENT);
                assertThat(number(sent, "http.response.status_code")).isEqualTo(200);
                assertThat(number(served, "http.response.status_code")).isEqualTo(200);
                assertThat(text(served, "url.scheme")).isEqualTo(wire.tls ? "https" : "http");
                assertThat(text(sent, "error.type")).isNull();
                assertThat(text(served, "error.type")).isNull();
                if (wire != Wire.H2C_UPGRADE) {
                    assertThat(text(served, "network.protocol.version")).isEqualTo(wire.version);
                    assertThat(text(sent, "network.protocol.version")).isEqualTo(wire.version);
                }
            }
        }
    }

    @Test
    void concurrentStreams_areOneSpanEach() throws Exception {
        int count = 200;
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(Wire.H2C_PRIOR_KNOWLEDGE
                    .server(it)
                    .route(it.http.routes(routes -> routes.get(
                            "/n/{n}",
                            (req, res) -> res.sendString(
                                    Mono.delay(Duration.ofMillis(5)).map(x -> "n"))))));
            HttpClient client = Wire.H2C_PRIOR_KNOWLEDGE.client(it, server);

            Flux.range(0, count)
                    .flatMap(
                            i -> client.get()
                                    .uri("/n/" + i)
                                    .responseContent()
                                    .aggregate()
                                    .asString(),
                            count)
                    .blockLast(LIMIT);

            List<SpanData> spans = it.spans(2 * count);
            assertThat(spans).filteredOn(s -> s.getKind() == SpanKind.SERVER).hasSize(count);
            assertThat(spans).extracting(SpanData::getTraceId).hasSize(2 * count);
        }
    }

    @Test
    void resetStream_endsBothSides() throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(Wire.H2C_PRIOR_KNOWLEDGE
                    .server(it)
                    .handle((req, res) -> res.sendString(Flux.interval(Duration.ofMillis(2))
                            .onBackpressureDrop()
                            .map(i -> "chunk " + i))));

            Wire.H2C_PRIOR_KNOWLEDGE
                    .client(it, server)
                    .get()
                    .uri("/x")
                    .responseContent()
                    .asString()
                    .take(2)
                    .blockLast(LIMIT);

            List<SpanData> spans = it.spans(2);
            SpanData served = kind(spans, SpanKind.SERVER);
            SpanData sent = kind(spans, SpanKind.CLIENT);
            assertThat(number(served, "http.response.status_code")).isEqualTo(200);
            assertThat(text(served, "error.type")).isNull();
            assertThat(number(sent, "http.response.status_code")).isEqualTo(200);
            assertThat(text(sent, "error.type")).isNull();
        }
    }

    @Test
    void callsThatAreGivenUpWhileTheirConnectionOpens_areOneSpanEach() throws Exception {
        int calls = 100;
        List<ConnectionProvider> pools = new ArrayList<>();
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server =
                    it.bind(HttpServer.create().protocol(HttpProtocol.H2C).handle((req, res) -> Mono.never()));

            for (int i = 0; i < calls; i++) {
                ConnectionProvider pool = ConnectionProvider.create("given-up", 1);
                pools.add(pool);
                Disposable call = it.http
                        .instrument(HttpClient.create(pool))
                        .protocol(HttpProtocol.H2C)
                        .baseUrl("http://127.0.0.1:" + server.port())
                        .get()
                        .uri("/x")
                        .response()
                        .subscribe(x -> {}, failure -> {});
                long until = System.nanoTime() + i * 20_000L;
                while (System.nanoTime() < until) {
                    Thread.onSpinWait();
                }
                call.dispose();
            }
            it.awaitNothingOpen();
            pools.forEach(pool -> pool.disposeLater().block(LIMIT));

            assertThat(it.spans(calls)).allSatisfy(span -> {
                assertThat(span.getKind()).isEqualTo(SpanKind.CLIENT);
                assertThat(text(span, "error.type")).isNull();
            });
        }
    }

    @Test
    void streamThatIsCancelledBeforeTheHeaders_endsBothSides() throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            CountDownLatch arrived = new CountDownLatch(1);
            DisposableServer server =
                    it.bind(Wire.H2C_PRIOR_KNOWLEDGE.server(it).handle((req, res) -> {
                        arrived.countDown();
                        return Mono.never();
                    }));

            Disposable call = Wire.H2C_PRIOR_KNOWLEDGE
                    .client(it, server)
                    .get()
                    .uri("/x")
                    .response()
                    .subscribe();
            assertThat(arrived.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            call.dispose();

            List<SpanData> spans = it.spans(2);
            assertThat(text(kind(spans, SpanKind.SERVER), "error.type")).isNull();
            assertThat(text(kind(spans, SpanKind.CLIENT), "error.type")).isNull();
        }
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void websocket_endsItsSpansAtTheUpgrade(boolean sessions) {
        try (HttpFixture it = new HttpFixture(b -> b.websocketSessions(sessions))) {
            DisposableServer server = it.serve(routes ->
                    routes.ws("/ws/{room}", (in, out) -> out.send(in.receive().retain())));

            List<String> echoed = it.client(server)
                    .websocket()
                    .uri("/ws/1")
                    .handle((in, out) -> out.sendString(Flux.just("a", "b"))
                            .then()
                            .thenMany(in.receive().asString().take(2)))
                    .collectList()
                    .block(LIMIT);

            assertThat(String.join("", echoed)).isEqualTo("ab");
            List<SpanData> spans = it.spans(sessions ? 4 : 2);
            SpanData served = spans.stream()
                    .filter(s -> s.getName().equals("GET /ws/{room}"))
                    .findFirst()
                    .orElseThrow();
            assertThat(number(served, "http.response.status_code")).isEqualTo(101);
            assertThat(text(served, "error.type")).isNull();
            SpanData sent = kind(spans, SpanKind.CLIENT);
            assertThat(number(sent, "http.response.status_code")).isEqualTo(101);
            assertThat(served.getParentSpanId()).isEqualTo(sent.getSpanId());
            if (sessions) {
                assertThat(spans)
                        .filteredOn(s -> s.getName().startsWith("websocket"))
                        .extracting(SpanData::getParentSpanId)
                        .containsExactlyInAnyOrder(served.getSpanId(), sent.getSpanId());
            }
        }
    }

    @Test
    void websocketThatIsCutOff_leavesNothingOpen() {
        try (HttpFixture it = new HttpFixture(b -> b.websocketSessions(true))) {
            DisposableServer server = it.serve(routes -> routes.ws(
                    "/ws",
                    (in, out) ->
                            out.sendString(Mono.just("hello")).then(in.receive().then())));

            try (RawClient client = new RawClient(server.port())) {
                client.send("GET /ws HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                        .readUntil("hello");
                client.reset();
            }

            List<SpanData> spans = it.spans(2);
            SpanData upgrade = kind(spans, SpanKind.SERVER);
            assertThat(number(upgrade, "http.response.status_code")).isEqualTo(101);
            assertThat(text(upgrade, "error.type")).isNull();
            assertThat(kind(spans, SpanKind.INTERNAL).getParentSpanId()).isEqualTo(upgrade.getSpanId());
        }
    }

    @Test
    void websocketThatIsRefused_isAnOrdinaryExchange() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.serve(
                    routes -> routes.get("/ws", (req, res) -> res.status(403).send()));

            assertThatThrownBy(() -> it.client(server)
                            .websocket()
                            .uri("/ws")
                            .handle((in, out) -> in.receive().then())
                            .blockLast(LIMIT))
                    .isInstanceOf(RuntimeException.class);

            List<SpanData> spans = it.spans(2);
            assertThat(number(kind(spans, SpanKind.CLIENT), "http.response.status_code"))
                    .isEqualTo(403);
            assertThat(number(kind(spans, SpanKind.SERVER), "http.response.status_code"))
                    .isEqualTo(403);
        }
    }

    private static SpanData kind(List<SpanData> spans, SpanKind kind) {
        return spans.stream()
                .filter(span -> span.getKind() == kind)
                .findFirst()
                .orElseThrow(() -> new AssertionError(kind + " in " + spans));
    }
}
