// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.number;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.context.TracePropagation;
import dev.weir.core.spi.Outcome;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** The way of one request through a server, its client and a second server. */
class SliceTest {

    private TracePropagation propagation;

    @BeforeEach
    void enable() {
        propagation = TracePropagation.enable();
    }

    @AfterEach
    void disable() {
        propagation.close();
    }

    @Test
    void chainOfServerClientServer_isOneTrace() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer back =
                    it.serve(routes -> routes.get("/pay", (req, res) -> res.sendString(Mono.just("ok"))));
            HttpClient client = it.client(back);
            DisposableServer front = it.serve(routes -> routes.get(
                    "/checkout/{id}",
                    (req, res) -> res.sendString(client.get()
                            .uri("/pay?sig=secret&n=1")
                            .responseContent()
                            .aggregate()
                            .asString())));

            String body = it.plainClient(front)
                    .get()
                    .uri("/checkout/7?x=1")
                    .responseContent()
                    .aggregate()
                    .asString()
                    .block(LIMIT);

            assertThat(body).isEqualTo("ok");
            List<SpanData> spans = it.spans(3);
            SpanData checkout = byName(spans, "GET /checkout/{id}");
            SpanData pay = byName(spans, "GET /pay");
            SpanData call = spans.stream()
                    .filter(s -> s.getKind() == SpanKind.CLIENT)
                    .findFirst()
                    .orElseThrow();
            assertThat(checkout.getParentSpanContext().isValid()).isFalse();
            assertThat(call.getParentSpanId()).isEqualTo(checkout.getSpanId());
            assertThat(pay.getParentSpanId()).isEqualTo(call.getSpanId());
            assertThat(spans).extracting(SpanData::getTraceId).containsOnly(checkout.getTraceId());
            assertThat(text(checkout, "http.request.method")).isEqualTo("GET");
            assertThat(text(checkout, "url.path")).isEqualTo("/checkout/7");
            assertThat(text(checkout, "url.query")).isEqualTo("x=1");
            assertThat(text(checkout, "url.scheme")).isEqualTo("http");
            assertThat(text(checkout, "http.route")).isEqualTo("/checkout/{id}");
            assertThat(text(checkout, "server.address")).isEqualTo("127.0.0.1");
            assertThat(number(checkout, "server.port")).isEqualTo(front.port());
            assertThat(number(checkout, "http.response.status_code")).isEqualTo(200);
            assertThat(text(checkout, "client.address")).isEqualTo("127.0.0.1");
            assertThat(text(checkout, "network.protocol.version")).isEqualTo("1.1");
            assertThat(text(call, "url.full")).isEqualTo("http://127.0.0.1:" + back.port() + "/pay?sig=REDACTED&n=1");
            assertThat(number(call, "server.port")).isEqualTo(back.port());
            assertThat(number(call, "http.response.status_code")).isEqualTo(200);
            assertThat(call.getAttributes().asMap().keySet())
                    .extracting(Object::toString)
                    .doesNotContain("http.request.resend_count", "error.type");
        }
    }

    @Test
    void handler_hasItsSpanCurrentInItsSynchronousPartAndInEveryOperator() {
        try (HttpFixture it = new HttpFixture()) {
            Map<String, String> seen = new ConcurrentHashMap<>();
            DisposableServer server =
                    it.bind(it.http.instrument(HttpServer.create()).handle((req, res) -> {
                        seen.put("handler", spanId());
                        return Mono.delay(Duration.ofMillis(5))
                                .doOnNext(x -> seen.put("delayed", spanId()))
                                .flatMap(x -> Mono.just("a").doOnNext(y -> seen.put("inner", spanId())))
                                .flatMap(text -> {
                                    seen.put("mapped", spanId());
                                    return res.sendString(Mono.just(text)).then();
                                });
                    }));

            it.plainClient(server).get().uri("/").response().block(LIMIT);

            String span = it.serverSpan().getSpanId();
            assertThat(seen).containsOnlyKeys("handler", "delayed", "inner", "mapped");
            assertThat(seen.values()).containsOnly(span);
        }
    }

    @Test
    void clientResponse_runsUnderTheCallersSpan() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server =
                    it.serve(routes -> routes.get("/x", (req, res) -> res.sendString(Mono.just("ok"))));
            Map<String, String> seen = new ConcurrentHashMap<>();
            Span caller = it.tracer().spanBuilder("caller").startSpan();

            Mono<String> call = it.client(server)
                    .get()
                    .uri("/x")
                    .responseSingle((response, body) -> {
                        seen.put("response", spanId());
                        return body.asString().doOnNext(x -> seen.put("body", spanId()));
                    })
                    .doOnNext(x -> seen.put("after", spanId()));
            try (Scope scope = caller.makeCurrent()) {
                call.block(LIMIT);
            } finally {
                caller.end();
            }

            SpanData client = it.span(SpanKind.CLIENT, 3);
            assertThat(client.getParentSpanId())
                    .isEqualTo(caller.getSpanContext().getSpanId());
            assertThat(seen.values()).containsOnly(caller.getSpanContext().getSpanId());
        }
    }

    @Test
    void outcomes_areToldOfSampledAndUnsampledExchangesAlike() {
        try (HttpFixture it = new HttpFixture(Sampler.alwaysOff(), b -> b)) {
            DisposableServer server = it.serve(
                    routes -> routes.get("/a/{b}", (req, res) -> res.status(503).send()));

            it.client(server).get().uri("/a/1").response().block(LIMIT);
            it.awaitNothingOpen();

            assertThat(it.exporter.getFinishedSpanItems()).isEmpty();
            assertThat(it.outcomes).hasSize(2);
            HttpFixture.OutcomeCopy served = it.outcomes.stream()
                    .filter(o -> o.side() == Outcome.Side.SERVER)
                    .findFirst()
                    .orElseThrow();
            assertThat(served.route()).isEqualTo("/a/{b}");
            assertThat(served.status()).isEqualTo(503);
            assertThat(served.errorType()).isEqualTo("503");
            assertThat(served.durationNanos()).isPositive();
            assertThat(served.traceIdHigh() | served.traceIdLow()).isNotZero();
            assertThat(served.sampled()).isFalse();
        }
    }

    @Test
    void listenerThatThrows_isCountedAndTheRequestIsNotAffected() {
        HttpFixture it = new HttpFixture(b -> b.outcomeListener(o -> {
            throw new IllegalStateException("listener");
        }));
        try {
            DisposableServer server =
                    it.serve(routes -> routes.get("/x", (req, res) -> res.sendString(Mono.just("ok"))));

            String body = it.client(server)
                    .get()
                    .uri("/x")
                    .responseContent()
                    .aggregate()
                    .asString()
                    .block(LIMIT);

            assertThat(body).isEqualTo("ok");
            it.awaitNothingOpen();
            assertThat(it.http.failures()).isEqualTo(2);
        } finally {
            it.release();
        }
    }

    @Test
    void refusedConnection_isOneClientSpanWithTheWholeUrl() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer gone = it.serve(routes -> routes.get("/", (req, res) -> res.send()));
            gone.disposeNow();

            Throwable failure = null;
            try {
                it.client(gone).get().uri("/orders?id=1").response().block(LIMIT);
            } catch (RuntimeException e) {
                failure = e;
            }

            assertThat(failure).isNotNull();
            SpanData span = it.span(SpanKind.CLIENT, 1);
            assertThat(text(span, "url.full")).isEqualTo("http://127.0.0.1:" + gone.port() + "/orders?id=1");
            assertThat(text(span, "error.type")).contains("ConnectException");
            assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
            assertThat(span.getEvents()).hasSize(1);
        }
    }

    @Test
    void durations_areRecordedThroughTheMeter() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.serve(routes -> routes.get("/m", (req, res) -> res.send()));

            it.client(server).get().uri("/m").response().block(LIMIT);
            it.awaitNothingOpen();

            assertThat(it.metric("http.server.request.duration")
                            .getHistogramData()
                            .getPoints())
                    .singleElement()
                    .satisfies(point -> {
                        assertThat(point.getCount()).isEqualTo(1);
                        assertThat(point.getAttributes().asMap().toString())
                                .contains("http.route=/m", "http.response.status_code=200")
                                .doesNotContain("error.type");
                    });
            assertThat(it.metric("http.client.request.duration").getUnit()).isEqualTo("s");
            assertThat(it.metric("http.server.active_requests").getLongSumData().getPoints())
                    .singleElement()
                    .satisfies(point -> assertThat(point.getValue()).isZero());
        }
    }

    private static SpanData byName(List<SpanData> spans, String name) {
        return spans.stream()
                .filter(span -> span.getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " not in " + spans));
    }

    private static String spanId() {
        return Span.current().getSpanContext().getSpanId();
    }
}
