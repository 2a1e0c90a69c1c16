// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.number;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.TcpServer;

/** What a client call can meet: one span for each send, ended with the truth. Servers here are not instrumented. */
class ClientFaultTest {

    private static DisposableServer plain(HttpFixture it, HttpServer server) {
        return it.bind(server);
    }

    @Test
    void redirects_areOneSpanForEachSend() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = plain(
                    it,
                    HttpServer.create()
                            .route(routes -> routes.get("/a", (req, res) -> res.sendRedirect("/b"))
                                    .get("/b", (req, res) -> res.sendRedirect("/c"))
                                    .get("/c", (req, res) -> res.sendString(Mono.just("c")))));

            String body = it.client(server)
                    .followRedirect(true)
                    .get()
                    .uri("/a")
                    .responseContent()
                    .aggregate()
                    .asString()
                    .block(LIMIT);

            assertThat(body).isEqualTo("c");
            List<SpanData> spans = it.spans(3);
            assertThat(spans)
                    .extracting(s -> number(s, "http.response.status_code"))
                    .containsExactly(302L, 302L, 200L);
            assertThat(spans)
                    .extracting(s -> number(s, "http.request.resend_count"))
                    .containsExactly(null, 1L, 2L);
            assertThat(spans).extracting(s -> text(s, "error.type")).containsOnlyNulls();
            assertThat(spans)
                    .extracting(s -> text(s, "url.full"))
                    .containsExactly(url(server, "/a"), url(server, "/b"), url(server, "/c"));
        }
    }

    @Test
    void manyRedirectsOnTwoConnections_keepRequestAndResponseTogether() {
        int calls = 1000;
        try (HttpFixture it = new HttpFixture()) {
            ConnectionProvider two = ConnectionProvider.builder("two")
                    .maxConnections(2)
                    .pendingAcquireMaxCount(-1)
                    .build();
            DisposableServer server = plain(
                    it,
                    HttpServer.create()
                            .route(routes -> routes.get(
                                            "/a/{n}", (req, res) -> res.sendRedirect("/b/" + req.param("n")))
                                    .get("/b/{n}", (req, res) -> res.sendRedirect("/c/" + req.param("n")))
                                    .get("/c/{n}", (req, res) -> res.sendRedirect("/d/" + req.param("n")))
                                    .get("/d/{n}", (req, res) -> res.sendString(Mono.just(req.param("n"))))));
            HttpClient client = it.http
                    .instrument(HttpClient.create(two))
                    .baseUrl("http://127.0.0.1:" + server.port())
                    .followRedirect(true);

            List<String> bodies = Flux.range(0, calls)
                    .flatMap(
                            n -> client.get()
                                    .uri("/a/" + n)
                                    .responseContent()
                                    .aggregate()
                                    .asString(),
                            32)
                    .collectList()
                    .block(LIMIT.multipliedBy(3));

            assertThat(bodies).hasSize(calls);
            List<SpanData> spans = it.spans(calls * 4);
            for (SpanData span : spans) {
                String path = text(span, "url.full").substring(url(server, "").length());
                assertThat(number(span, "http.response.status_code"))
                        .as(path)
                        .isEqualTo(path.startsWith("/d") ? 200L : 302L);
                Long resend = number(span, "http.request.resend_count");
                assertThat(resend == null ? 0 : resend.intValue()).as(path).isEqualTo(path.charAt(1) - 'a');
            }
            two.disposeLater().block(LIMIT);
        }
    }

    @Test
    void responseTimeout_namesItself() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = plain(it, HttpServer.create().handle((req, res) -> Mono.never()));

            assertThatThrownBy(() -> it.client(server)
                            .responseTimeout(Duration.ofMillis(50))
                            .get()
                            .uri("/x")
                            .response()
                            .block(LIMIT))
                    .isInstanceOf(RuntimeException.class);

            assertThat(text(it.span(SpanKind.CLIENT, 1), "error.type"))
                    .isEqualTo("io.netty.handler.timeout.ReadTimeoutException");
        }
    }

    @Test
    void cancelBeforeTheHeaders_isNoError() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = plain(it, HttpServer.create().handle((req, res) -> Mono.never()));

            assertThatThrownBy(() -> it.client(server)
                            .get()
                            .uri("/x")
                            .response()
                            .timeout(Duration.ofMillis(100))
                            .block(LIMIT))
                    .isInstanceOf(RuntimeException.class);

            SpanData span = it.span(SpanKind.CLIENT, 1);
            assertThat(text(span, "error.type")).isNull();
            assertThat(number(span, "http.response.status_code")).isNull();
            assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
        }
    }

    @Test
    void cancelInMidBody_keepsTheStatusAndIsNoError() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = plain(
                    it,
                    HttpServer.create()
                            .handle((req, res) -> res.sse()
                                    .sendString(Flux.interval(Duration.ofMillis(2))
                                            .onBackpressureDrop()
                                            .map(i -> "data: " + i + "\n\n"))));

            List<String> first = it.client(server)
                    .get()
                    .uri("/x")
                    .responseContent()
                    .asString()
                    .take(1)
                    .collectList()
                    .block(LIMIT);

            assertThat(first).hasSize(1);
            SpanData span = it.span(SpanKind.CLIENT, 1);
            assertThat(number(span, "http.response.status_code")).isEqualTo(200);
            assertThat(text(span, "error.type")).isNull();
            assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
        }
    }

    @Test
    void switchMapAndRace_leaveNothingOpen() {
        try (HttpFixture it = new HttpFixture()) {
            AtomicInteger served = new AtomicInteger();
            DisposableServer server = plain(
                    it,
                    HttpServer.create()
                            .handle((req, res) -> served.incrementAndGet() % 3 == 0
                                    ? res.sendString(Mono.just("ok"))
                                    : Mono.<Void>never()));
            HttpClient client = it.client(server);

            Flux.range(0, 30)
                    .delayElements(Duration.ofMillis(3))
                    .switchMap(i -> client.get()
                            .uri("/" + i)
                            .responseContent()
                            .aggregate()
                            .asString())
                    .take(Duration.ofMillis(200))
                    .blockLast(LIMIT);
            Mono<String> call =
                    client.get().uri("/race").responseContent().aggregate().asString();
            Mono.firstWithValue(call, call, call).block(LIMIT);

            it.awaitNothingOpen();
        }
    }

    @Test
    void serverThatClosesBeforeTheResponse_isAPrematureClose() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = TcpServer.create()
                    .host("127.0.0.1")
                    .port(0)
                    .handle((in, out) -> in.receive().take(1).then())
                    .bindNow();

            assertThatThrownBy(
                            () -> it.client(server).get().uri("/x").response().block(LIMIT))
                    .isInstanceOf(RuntimeException.class);

            SpanData span = it.span(SpanKind.CLIENT, 1);
            assertThat(text(span, "error.type")).isEqualTo("reactor.netty.http.client.PrematureCloseException");
            server.disposeNow();
        }
    }

    @Test
    void serverThatClosesInMidBody_isAPrematureCloseWithItsStatus() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = TcpServer.create()
                    .host("127.0.0.1")
                    .port(0)
                    .handle((in, out) -> in.receive()
                            .take(1)
                            .thenMany(out.sendString(
                                    Mono.just("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"),
                                    StandardCharsets.US_ASCII))
                            .then())
                    .bindNow();

            assertThatThrownBy(() -> it.client(server)
                            .get()
                            .uri("/x")
                            .responseContent()
                            .aggregate()
                            .block(LIMIT))
                    .isInstanceOf(RuntimeException.class);

            SpanData span = it.span(SpanKind.CLIENT, 1);
            assertThat(number(span, "http.response.status_code")).isEqualTo(200);
            assertThat(text(span, "error.type")).isEqualTo("reactor.netty.http.client.PrematureCloseException");
            server.disposeNow();
        }
    }

    @Test
    void responseThatIsNotHttp_isAnError() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = TcpServer.create()
                    .host("127.0.0.1")
                    .port(0)
                    .handle((in, out) -> in.receive()
                            .take(1)
                            .thenMany(out.sendString(Mono.just("NONSENSE\r\n\r\n")))
                            .then())
                    .bindNow();

            assertThatThrownBy(
                            () -> it.client(server).get().uri("/x").response().block(LIMIT))
                    .isInstanceOf(RuntimeException.class);

            assertThat(text(it.span(SpanKind.CLIENT, 1), "error.type")).isNotNull();
            server.disposeNow();
        }
    }

    @Test
    void errorStatus_isAnErrorOfTheClient() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = plain(
                    it, HttpServer.create().handle((req, res) -> res.status(404).send()));

            it.client(server).get().uri("/x").response().block(LIMIT);

            SpanData span = it.span(SpanKind.CLIENT, 1);
            assertThat(text(span, "error.type")).isEqualTo("404");
            assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        }
    }

    @Test
    void failingRequestBody_isOneSpanWithTheFailure() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = plain(
                    it,
                    HttpServer.create()
                            .handle((req, res) -> res.send(req.receive().retain())));

            assertThatThrownBy(() -> it.client(server)
                            .post()
                            .uri("/x")
                            .send(ByteBufFlux.fromString(
                                    Flux.just("a").concatWith(Flux.error(new IllegalStateException("body")))))
                            .responseContent()
                            .aggregate()
                            .asString()
                            .block(LIMIT))
                    .isInstanceOf(RuntimeException.class);

            SpanData span = it.span(SpanKind.CLIENT, 1);
            assertThat(text(span, "error.type")).isEqualTo("java.lang.IllegalStateException");
        }
    }

    @Test
    void injectedHeader_replacesOneThatTheApplicationCopied() {
        try (HttpFixture it = new HttpFixture()) {
            ConcurrentLinkedQueue<List<String>> seen = new ConcurrentLinkedQueue<>();
            DisposableServer server = plain(it, HttpServer.create().handle((req, res) -> {
                seen.add(req.requestHeaders().getAll("traceparent"));
                return res.send();
            }));

            it.client(server)
                    .headers(h -> h.add("traceparent", "00-11111111111111111111111111111111-2222222222222222-01"))
                    .get()
                    .uri("/x")
                    .response()
                    .block(LIMIT);

            SpanData span = it.span(SpanKind.CLIENT, 1);
            assertThat(seen)
                    .singleElement()
                    .satisfies(values -> assertThat(values)
                            .singleElement()
                            .asString()
                            .contains(span.getTraceId() + '-' + span.getSpanId()));
        }
    }

    @Test
    void spanOfTheClient_endsAtTheLastByteAndNotAfterUserCode() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server =
                    plain(it, HttpServer.create().handle((req, res) -> res.sendString(Mono.just("ok"))));

            Integer finished = it.client(server)
                    .get()
                    .uri("/x")
                    .responseContent()
                    .aggregate()
                    .asString()
                    .map(body -> it.exporter.getFinishedSpanItems().size())
                    .block(LIMIT);

            assertThat(finished)
                    .as("spans ended when the application sees the whole body")
                    .isEqualTo(1);
        }
    }

    private static String url(DisposableServer server, String path) {
        return "http://127.0.0.1:" + server.port() + path;
    }
}
