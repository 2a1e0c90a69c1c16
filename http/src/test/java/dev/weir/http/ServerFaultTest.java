// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.number;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** What clients and handlers do wrong: each time one span, ended, and nothing left open. */
class ServerFaultTest {

    private static final String GET = "GET %s HTTP/1.1\r\nHost: test\r\n\r\n";

    @Test
    void clientThatGoesAwayBeforeTheResponse_endsTheSpanAndIsNoErrorOfTheServer() throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            CountDownLatch reached = new CountDownLatch(1);
            DisposableServer server = it.serve(routes -> routes.get("/never", (req, res) -> {
                reached.countDown();
                return Mono.never();
            }));

            RawClient client = new RawClient(server.port()).send(GET.formatted("/never"));
            reached.await();
            client.reset();

            SpanData span = it.serverSpan();
            assertThat(span.getName()).isEqualTo("GET /never");
            assertThat(text(span, "error.type")).isNull();
            assertThat(number(span, "http.response.status_code")).isNull();
            assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
        }
    }

    @Test
    void clientThatLeavesAStream_keepsTheStatusThatWasSentAndIsNoErrorOfTheServer() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.serve(routes -> routes.get(
                    "/stream",
                    (req, res) -> res.sse()
                            .sendString(Flux.interval(Duration.ofMillis(5))
                                    .onBackpressureDrop()
                                    .map(i -> "data: " + i + "\n\n"))));

            try (RawClient client = new RawClient(server.port())) {
                client.send(GET.formatted("/stream")).readUntil("data: 3");
            }

            SpanData span = it.serverSpan();
            assertThat(number(span, "http.response.status_code")).isEqualTo(200);
            assertThat(text(span, "error.type")).isNull();
            assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
            assertThat(it.outcomes).singleElement().satisfies(outcome -> {
                assertThat(outcome.status()).isEqualTo(200);
                assertThat(outcome.errorType()).isNull();
            });
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /x HTTP/9.x~Host: a~~|400",
                "GET /x HTTP/1.1~Host: a~bad header: 1~~|400",
                "GET /x HTTP/1.1~Host: a:xyz~~|400",
                "GET /%LONG% HTTP/1.1~Host: a~~|414",
                "GET /x HTTP/1.1~Host: a~X: %LONG%~~|431",
            })
    void undecodableRequest_isOneSpanThatIsOverAtOnce(String request, int status) {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.serve(routes -> routes.get("/x", (req, res) -> res.send()));

            String answer;
            try (RawClient client = new RawClient(server.port())) {
                answer = client.send(request.replace("~", "\r\n").replace("%LONG%", "l".repeat(20_000)))
                        .readAll();
            }

            assertThat(answer).startsWith("HTTP/1.1 " + status);
            SpanData span = it.serverSpan();
            assertThat(number(span, "http.response.status_code")).isEqualTo(status);
            assertThat(text(span, "error.type")).isEqualTo("decode_failure");
            assertThat(text(span, "http.route")).isNull();
            assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
        }
    }

    @Test
    void undecodableChunk_endsTheRequestsOwnSpan() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.serve(routes -> routes.post(
                    "/up", (req, res) -> res.send(req.receive().aggregate().retain())));

            try (RawClient client = new RawClient(server.port())) {
                client.send("POST /up HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")
                        .send("zzzz\r\n")
                        .readAll();
            }

            SpanData span = it.serverSpan();
            assertThat(span.getName()).isEqualTo("POST /up");
        }
    }

    @Test
    void handlerThatThrows_endsTheSpanWithItsException() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server =
                    it.bind(it.http.instrument(HttpServer.create()).handle((req, res) -> {
                        throw new IllegalStateException("plain handler");
                    }));

            String answer;
            try (RawClient client = new RawClient(server.port())) {
                answer = client.send(GET.formatted("/x")).readAll();
            }

            assertThat(answer).as("Reactor Netty closes without a response").isEmpty();
            SpanData span = it.serverSpan();
            assertThat(text(span, "error.type")).isEqualTo("java.lang.IllegalStateException");
            assertThat(span.getEvents()).hasSize(1);
            assertThat(number(span, "http.response.status_code")).isNull();
        }
    }

    @Test
    void handlerWhoseMonoFails_isA500WithTheExceptionAsAnEvent() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server =
                    it.serve(routes -> routes.get("/e", (req, res) -> Mono.error(new IllegalStateException("mono"))));

            String answer;
            try (RawClient client = new RawClient(server.port())) {
                answer = client.send(GET.formatted("/e")).readAll();
            }

            assertThat(answer).startsWith("HTTP/1.1 500");
            SpanData span = it.serverSpan();
            assertThat(number(span, "http.response.status_code")).isEqualTo(500);
            assertThat(text(span, "error.type")).isEqualTo("500");
            assertThat(span.getEvents()).hasSize(1);
            assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        }
    }

    @Test
    void handlerThatFailsInMidBody_keepsTheStatusAndNamesTheFailure() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.serve(routes -> routes.get(
                    "/e",
                    (req, res) -> res.sendString(
                            Flux.just("a", "b").concatWith(Flux.error(new IllegalStateException("mid body"))))));

            try (RawClient client = new RawClient(server.port())) {
                client.send(GET.formatted("/e")).readAll();
            }

            SpanData span = it.serverSpan();
            assertThat(number(span, "http.response.status_code")).isEqualTo(200);
            assertThat(text(span, "error.type")).isEqualTo("java.lang.IllegalStateException");
        }
    }

    @Test
    void handlerThatNeverEnds_isEndedByTheIdleClientsDeparture() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .readTimeout(Duration.ofMillis(50))
                    .handle((req, res) -> req.receive().then()));

            try (RawClient client = new RawClient(server.port())) {
                client.send("POST /x HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc")
                        .readAll();
            }

            SpanData span = it.serverSpan();
            assertThat(text(span, "error.type")).isNotNull();
        }
    }

    @Test
    void requestTimeout_isOneSpan() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .requestTimeout(Duration.ofMillis(50))
                    .handle((req, res) -> req.receive().then()));

            try (RawClient client = new RawClient(server.port())) {
                client.send("POST /x HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc")
                        .readAll();
            }

            assertThat(text(it.serverSpan(), "error.type")).isNotNull();
        }
    }

    @Test
    void expectContinue_doesNotEndTheSpanAtTheInterimResponse() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.serve(routes -> routes.post(
                    "/up",
                    (req, res) -> res.sendString(req.receive().aggregate().asString())));

            String interim;
            String answer;
            try (RawClient client = new RawClient(server.port())) {
                interim = client.send(
                                "POST /up HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
                        .readUntil("\r\n\r\n");
                answer = client.send("hello").readAll();
            }

            assertThat(interim).startsWith("HTTP/1.1 100");
            assertThat(answer).contains("hello");
            SpanData span = it.serverSpan();
            assertThat(number(span, "http.response.status_code")).isEqualTo(200);
        }
    }

    @Test
    void pipelinedRequests_areOneSpanEach() {
        int count = 1000;
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server =
                    it.serve(routes -> routes.get("/n/{n}", (req, res) -> res.sendString(Mono.just(req.param("n")))));

            StringBuilder requests = new StringBuilder();
            for (int i = 1; i < count; i++) {
                requests.append(GET.formatted("/n/" + i));
            }
            requests.append("GET /n/last HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
            String answers;
            try (RawClient client = new RawClient(server.port())) {
                answers = client.send(requests.toString()).readAll();
            }

            assertThat(answers.split("HTTP/1.1 200", -1)).hasSize(count + 1);
            List<SpanData> spans = it.spans(count);
            assertThat(spans).extracting(SpanData::getName).containsOnly("GET /n/{n}");
            assertThat(spans).extracting(SpanData::getSpanId).doesNotHaveDuplicates();
        }
    }

    @ParameterizedTest
    @CsvSource({"HEAD,200", "GET,204", "GET,304"})
    void responseWithoutBody_endsItsSpan(String method, int status) {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .handle((req, res) -> res.status(status).send()));

            try (RawClient client = new RawClient(server.port())) {
                client.send(method + " / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
                        .readAll();
            }

            SpanData span = it.serverSpan();
            assertThat(number(span, "http.response.status_code")).isEqualTo(status);
            assertThat(text(span, "error.type")).isNull();
        }
    }

    @Test
    void keepAlive_isOneSpanForEachRequestOnTheConnection() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server =
                    it.serve(routes -> routes.get("/a", (req, res) -> res.sendString(Mono.just("a"))));

            for (int i = 0; i < 5; i++) {
                it.plainClient(server)
                        .get()
                        .uri("/a")
                        .responseContent()
                        .aggregate()
                        .asString()
                        .block(LIMIT);
            }

            assertThat(it.spans(5))
                    .allSatisfy(span -> assertThat(number(span, "http.response.status_code"))
                            .isEqualTo(200));
        }
    }

    @Test
    void closedTelemetry_passesEverythingThrough() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server =
                    it.serve(routes -> routes.get("/a", (req, res) -> res.sendString(Mono.just("a"))));
            it.client(server).get().uri("/a").response().block(LIMIT);
            it.spans(2);

            it.http.close();
            String body = it.client(server)
                    .get()
                    .uri("/a")
                    .responseContent()
                    .aggregate()
                    .asString()
                    .block(LIMIT);

            assertThat(body).isEqualTo("a");
            assertThat(it.exporter.getFinishedSpanItems()).hasSize(2);
        }
    }

    @Test
    void doubleInstrumentation_isOneSpan() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(it.http.instrument(
                    it.http.instrument(HttpServer.create()).handle((req, res) -> res.sendString(Mono.just("a")))));

            it.http.instrument(it.client(server)).get().uri("/a").response().block(LIMIT);

            it.spans(2);
        }
    }

    @Test
    void unknownMethod_isOther() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(
                    it.http.instrument(HttpServer.create()).handle((req, res) -> res.sendString(Mono.just("a"))));

            try (RawClient client = new RawClient(server.port())) {
                client.send("BREW /pot HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
                        .readAll();
            }

            SpanData span = it.serverSpan();
            assertThat(span.getName()).isEqualTo("HTTP");
            assertThat(text(span, "http.request.method")).isEqualTo("_OTHER");
            assertThat(text(span, "http.request.method_original")).isEqualTo("BREW");
        }
    }

    @Test
    void serverSentEvents_lastUntilTheLastByte() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.serve(routes -> routes.get(
                    "/sse",
                    (req, res) -> res.sse().sendString(Flux.range(0, 1000).map(i -> "data: " + i + "\n\n"))));

            String body = it.plainClient(server)
                    .get()
                    .uri("/sse")
                    .responseContent()
                    .aggregate()
                    .asString()
                    .block(LIMIT);

            assertThat(body).contains("data: 999");
            assertThat(text(it.serverSpan(), "error.type")).isNull();
        }
    }

    /** Whoever waits for the last exchange before it closes must not lose what is told of it. */
    @Test
    void exchange_isOpenUntilItsOutcomeWasTold() {
        AtomicReference<HttpTelemetry> telemetry = new AtomicReference<>();
        List<Long> open = new CopyOnWriteArrayList<>();
        try (HttpFixture it = new HttpFixture(
                b -> b.outcomeListener(outcome -> open.add(telemetry.get().openExchanges())))) {
            telemetry.set(it.http);
            DisposableServer server = it.serve(routes -> routes.get("/", (req, res) -> res.send()));

            it.plainClient(server).get().uri("/").response().block(LIMIT);

            await().atMost(LIMIT).until(() -> it.http.openExchanges() == 0);
            assertThat(open).containsExactly(1L);
        }
    }

    @Test
    void openExchanges_countThoseUnderWay() throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            CountDownLatch reached = new CountDownLatch(1);
            DisposableServer server = it.serve(routes -> routes.get("/never", (req, res) -> {
                reached.countDown();
                return Mono.never();
            }));

            try (RawClient client = new RawClient(server.port()).send(GET.formatted("/never"))) {
                reached.await();
                assertThat(it.http.openExchanges()).isEqualTo(1);
            }

            await().atMost(LIMIT).until(() -> it.http.openExchanges() == 0);
        }
    }
}
