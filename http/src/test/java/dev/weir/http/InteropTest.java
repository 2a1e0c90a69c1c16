// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.logging.AccessLog;
import reactor.netty.resources.ConnectionProvider;

/** Beside what else an application does with its servers and clients. */
class InteropTest {

    private static HttpServer application(HttpServer server) {
        return server.route(routes -> routes.get(
                        "/text", (req, res) -> res.header("x-a", "1").sendString(Mono.just("hello")))
                .get("/chunks", (req, res) -> res.sendString(Flux.just("a", "b", "c")))
                .get("/empty", (req, res) -> res.status(204).send())
                .get("/moved", (req, res) -> res.sendRedirect("/text"))
                .get("/error", (req, res) -> Mono.error(new IllegalStateException("x")))
                .head("/text", (req, res) -> res.header("content-length", "5").send())
                .post("/echo", (req, res) -> res.send(req.receive().retain())));
    }

    @Test
    void responses_areTheSameByteForByteWithAndWithoutInstrumentation() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer with = it.bind(application(it.http.instrument(HttpServer.create())));
            DisposableServer without = it.bind(application(HttpServer.create()));

            for (String request : List.of(
                    "GET /text HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n",
                    "GET /text HTTP/1.0\r\nHost: t\r\n\r\n",
                    "HEAD /text HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n",
                    "GET /chunks HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n",
                    "GET /empty HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n",
                    "GET /moved HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n",
                    "GET /error HTTP/1.1\r\nHost: t\r\n\r\n",
                    "GET /none HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n",
                    "GET /text HTTP/9.x\r\nHost: t\r\n\r\n",
                    "POST /echo HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 5\r\n\r\n12345",
                    "POST /echo HTTP/1.1\r\nHost: t\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
                    "GET /text HTTP/1.1\r\nHost: t\r\n\r\nGET /chunks HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")) {
                assertThat(answer(with, request)).as(request).isEqualTo(answer(without, request));
            }
        }
    }

    private static String answer(DisposableServer server, String request) {
        try (RawClient client = new RawClient(server.port())) {
            return client.send(request).readAll();
        } catch (java.io.UncheckedIOException e) {
            throw new AssertionError(request, e);
        }
    }

    @Test
    void mapHandleOfTheApplication_staysInBothOrders() {
        try (HttpFixture it = new HttpFixture()) {
            for (boolean before : new boolean[] {true, false}) {
                AtomicBoolean mapped = new AtomicBoolean();
                HttpServer server = before
                        ? it.http.instrument(HttpServer.create().mapHandle((mono, connection) -> {
                            mapped.set(true);
                            return mono;
                        }))
                        : it.http.instrument(HttpServer.create()).mapHandle((mono, connection) -> {
                            mapped.set(true);
                            return mono;
                        });
                DisposableServer bound = it.bind(server.handle((req, res) -> res.send()));

                it.plainClient(bound).get().uri("/").response().block(LIMIT);

                assertThat(mapped).isTrue();
            }
            it.spans(2);
        }
    }

    @Test
    void ourMapHandle_putsTheTraceIntoTheReactorContext() {
        try (HttpFixture it = new HttpFixture()) {
            AtomicReference<String> seen = new AtomicReference<>();
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .mapHandle(it.http.mapHandle())
                    .handle((req, res) -> Mono.deferContextual(view -> {
                                seen.set(Span.fromContext(dev.weir.context.Traced.get(view))
                                        .getSpanContext()
                                        .getSpanId());
                                return Mono.empty();
                            })
                            .then(res.send())));

            it.plainClient(server).get().uri("/").response().block(LIMIT);

            assertThat(it.serverSpan().getSpanId()).isEqualTo(seen.get());
        }
    }

    @Test
    void callbacksOfTheApplication_allStayOnAnInstrumentedClient() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(HttpServer.create().handle((req, res) -> res.sendString(Mono.just("x"))));
            List<String> called = new CopyOnWriteArrayList<>();

            it.http
                    .instrument(HttpClient.create(it.pool)
                            .doOnConnect(c -> called.add("connect"))
                            .doOnRequest((r, c) -> called.add("request"))
                            .mapConnect(m -> m.doOnSubscribe(s -> called.add("mapConnect"))))
                    .baseUrl("http://127.0.0.1:" + server.port())
                    .doOnResponse((r, c) -> called.add("response"))
                    .doAfterResponseSuccess((r, c) -> called.add("after"))
                    .observe((c, s) -> called.add("observe"))
                    .get()
                    .uri("/")
                    .responseContent()
                    .aggregate()
                    .block(LIMIT);

            await().atMost(LIMIT)
                    .untilAsserted(() -> assertThat(called)
                            .contains("connect", "request", "mapConnect", "response", "after", "observe"));
            it.spans(1);
        }
    }

    @Test
    void suppressedCall_isNotSeenAndCarriesNoTrace() throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            AtomicReference<String> header = new AtomicReference<>("unset");
            DisposableServer server = it.bind(HttpServer.create().handle((req, res) -> {
                header.set(req.requestHeaders().get("traceparent"));
                return res.send();
            }));
            HttpClient client = it.client(server);

            suppressed(() -> client.get().uri("/export").response().block(LIMIT));

            assertThat(header.get()).isNull();
            assertThat(it.exporter.getFinishedSpanItems()).isEmpty();
        }
    }

    /** The class that does this has moved between versions. */
    static void suppressed(Runnable call) throws Exception {
        Class<?> type;
        try {
            type = Class.forName("io.opentelemetry.api.impl.InstrumentationUtil");
        } catch (ClassNotFoundException e) {
            type = Class.forName("io.opentelemetry.api.internal.InstrumentationUtil");
        }
        type.getMethod("suppressInstrumentation", Runnable.class).invoke(null, call);
    }

    @Test
    void accessLogLine_carriesTheIdsOfItsRequest() {
        try (HttpFixture it = new HttpFixture()) {
            List<String> lines = new CopyOnWriteArrayList<>();
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .accessLog(true, it.http.accessLog((args, ids) -> {
                        lines.add(args.uri() + " " + ids.getTraceId() + " " + ids.getSpanId());
                        return AccessLog.create("{}", args.uri());
                    }))
                    .handle((req, res) -> res.sendString(Mono.just("x"))));

            it.plainClient(server).get().uri("/a").responseContent().aggregate().block(LIMIT);
            it.plainClient(server).get().uri("/b").responseContent().aggregate().block(LIMIT);

            List<SpanData> spans = it.spans(2);
            await().atMost(LIMIT)
                    .untilAsserted(() -> assertThat(lines)
                            .containsExactly(
                                    "/a " + spans.get(0).getTraceId() + ' '
                                            + spans.get(0).getSpanId(),
                                    "/b " + spans.get(1).getTraceId() + ' '
                                            + spans.get(1).getSpanId()));
        }
    }

    @Test
    void pools_areMeasuredWithoutMicrometer() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(HttpServer.create().handle((req, res) -> res.sendString(Mono.just("x"))));
            ConnectionProvider measured = ConnectionProvider.builder("measured")
                    .maxConnections(3)
                    .metrics(true, it.http::poolMetrics)
                    .build();

            HttpClient.create(measured)
                    .get()
                    .uri("http://127.0.0.1:" + server.port() + "/")
                    .responseContent()
                    .aggregate()
                    .block(LIMIT);

            await().atMost(LIMIT).untilAsserted(() -> {
                MetricData open = it.metric("http.client.open_connections");
                assertThat(open.getLongSumData().getPoints())
                        .filteredOn(p -> p.getAttributes().asMap().toString().contains("idle"))
                        .singleElement()
                        .extracting(LongPointData::getValue)
                        .isEqualTo(1L);
            });
            measured.disposeLater().block(LIMIT);
        }
    }
}
