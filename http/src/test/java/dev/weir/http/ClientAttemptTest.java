// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.number;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.context.Traced;
import dev.weir.http.internal.client.PoolMetrics;
import io.netty.channel.unix.DomainSocketAddress;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionPoolMetrics;
import reactor.netty.resources.ConnectionProvider;

/** Each span has the facts of its own attempt: what was dialled and sent, not what the client's configuration says. */
class ClientAttemptTest {

    private static DisposableServer echo(HttpFixture it) {
        return it.bind(HttpServer.create().handle((req, res) -> res.sendString(Mono.just("ok"))));
    }

    private static void failing(Mono<?> call) {
        assertThatThrownBy(() -> call.block(LIMIT)).isInstanceOf(RuntimeException.class);
    }

    @Test
    void redirectToAHostThatRefuses_hasTheUrlOfTheRedirect() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(HttpServer.create()
                    .handle((req, res) -> res.status(303)
                            .header("location", "http://localhost:1/gone?sig=secret")
                            .send()));

            failing(it.client(server).followRedirect(true).post().uri("/from").response());

            List<SpanData> spans = it.spans(2);
            SpanData refused = spans.get(1);
            assertThat(refused.getName()).isEqualTo("GET");
            assertThat(text(refused, "url.full")).isEqualTo("http://localhost:1/gone?sig=REDACTED");
            assertThat(text(refused, "server.address")).isEqualTo("localhost");
            assertThat(number(refused, "server.port")).isEqualTo(1);
            assertThat(number(refused, "http.request.resend_count")).isEqualTo(1);
            assertThat(refused.getStartEpochNanos())
                    .as("begins when the redirect is followed")
                    .isGreaterThanOrEqualTo(spans.get(0).getStartEpochNanos() + 1);
            assertThat(text(spans.get(0), "error.type")).isNull();
        }
    }

    @Test
    void redirectToARelativeLocationOnAServerThatIsGone_hasTheUrlOfTheRedirect() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer[] server = new DisposableServer[1];
            server[0] = it.bind(HttpServer.create()
                    .handle((req, res) -> res.status(302)
                            .header("connection", "close")
                            .header("location", "next?n=1")
                            .send()));
            HttpClient client = it.client(server[0])
                    .followRedirect(true)
                    .doOnRedirect((response, connection) -> server[0].channel().close());

            Mono<?> call = client.get().uri("/a/b").response();
            call.onErrorResume(failure -> Mono.empty()).block(LIMIT);

            assertThat(it.exporter.getFinishedSpanItems().get(1))
                    .satisfies(span -> assertThat(text(span, "url.full"))
                            .isEqualTo("http://127.0.0.1:" + server[0].port() + "/a/next?n=1"));
        }
    }

    @Test
    void redirectsWithoutEnd_areAnErrorOfTheLastOne() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(HttpServer.create()
                    .handle((req, res) ->
                            res.status(302).header("location", "/again").send()));

            Integer status = it.client(server)
                    .followRedirect(true)
                    .get()
                    .uri("/")
                    .responseSingle((res, body) -> Mono.just(res.status().code()))
                    .block(LIMIT);

            assertThat(status).isEqualTo(302);
            List<SpanData> spans = it.spans(52);
            SpanData last = spans.get(51);
            assertThat(text(last, "error.type")).isEqualTo("302");
            assertThat(last.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
            assertThat(spans.subList(0, 51)).allSatisfy(span -> {
                assertThat(text(span, "error.type")).isNull();
                assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
            });
        }
    }

    @Test
    void redirectThatIsNotFollowed_isNoError() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(HttpServer.create()
                    .handle((req, res) ->
                            res.status(302).header("location", "/again").send()));

            it.client(server).get().uri("/").response().block(LIMIT);

            assertThat(text(it.span(SpanKind.CLIENT, 1), "error.type")).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTPS://localhost:1/x", "https://localhost:1/x", "WSS://localhost:1/x"})
    void schemeOfAUrl_isReadWithoutRegardToCase(String url) {
        try (HttpFixture it = new HttpFixture()) {
            failing(it.http
                    .instrument(HttpClient.create(it.pool))
                    .get()
                    .uri(url.replace(":1/", "/"))
                    .response()
                    .timeout(Duration.ofSeconds(5)));

            SpanData span = it.span(SpanKind.CLIENT, 1);
            assertThat(number(span, "server.port")).isEqualTo(443);
            assertThat(text(span, "server.address")).isEqualTo("localhost");
        }
    }

    @Test
    void urlInAQuery_isNoSchemeOfTheRequest() {
        try (HttpFixture it = new HttpFixture()) {
            failing(it.http
                    .instrument(HttpClient.create(it.pool))
                    .host("127.0.0.1")
                    .port(1)
                    .get()
                    .uri("/login?next=http://other/x")
                    .response());

            SpanData span = it.span(SpanKind.CLIENT, 1);
            assertThat(text(span, "url.full")).isEqualTo("http://127.0.0.1:1/login?next=http://other/x");
            assertThat(text(span, "server.address")).isEqualTo("127.0.0.1");
            assertThat(number(span, "server.port")).isEqualTo(1);
        }
    }

    @Test
    void unixSocket_isTheServersAddress(@TempDir Path folder) {
        try (HttpFixture it = new HttpFixture()) {
            Path path = folder.resolve("docker.sock");
            DomainSocketAddress socket = new DomainSocketAddress(path.toFile());
            DisposableServer server = HttpServer.create()
                    .bindAddress(() -> socket)
                    .handle((req, res) -> res.sendString(Mono.just("x")))
                    .bindNow();
            HttpClient client = it.http.instrument(HttpClient.create(it.pool)).remoteAddress(() -> socket);

            client.get()
                    .uri("/containers/json?all=1")
                    .responseContent()
                    .aggregate()
                    .asString()
                    .block(LIMIT);
            DomainSocketAddress gone =
                    new DomainSocketAddress(folder.resolve("gone.sock").toFile());
            failing(client.remoteAddress(() -> gone).get().uri("/gone").response());
            server.disposeNow();

            List<SpanData> spans = it.spans(2);
            assertThat(spans)
                    .extracting(span -> text(span, "server.address"))
                    .containsExactly(path.toString(), gone.path());
            assertThat(spans).extracting(span -> number(span, "server.port")).containsOnly(80L);
            assertThat(text(spans.get(0), "url.full")).isEqualTo("http://localhost/containers/json?all=1");
            assertThat(text(spans.get(0), "network.peer.address")).isEqualTo(path.toString());
            assertThat(number(spans.get(0), "network.peer.port")).isNull();
            assertThat(text(spans.get(1), "url.full")).isEqualTo("http://localhost/gone");
        }
    }

    @Test
    void poolsOfUnixSockets_areOneLabel() {
        try (HttpFixture it = new HttpFixture()) {
            PoolMetrics pools = (PoolMetrics) it.http.poolMetrics();
            ConnectionPoolMetrics one = (ConnectionPoolMetrics) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {ConnectionPoolMetrics.class}, (proxy, m, a) -> 1);
            for (int i = 0; i < 300; i++) {
                pools.registerMetrics("pool", "id" + i, new DomainSocketAddress("\0socket" + i), one);
            }

            assertThat(it.metric("http.client.open_connections")
                            .getLongSumData()
                            .getPoints())
                    .hasSize(2)
                    .allSatisfy(point -> {
                        assertThat(point.getValue()).isEqualTo(300);
                        assertThat(point.getAttributes().asMap().values()).contains("unix");
                    });
        }
    }

    @Test
    void supplierOfAddresses_isAskedAsOftenAsWithoutTelemetry() {
        assertThat(questionsFor(true)).isEqualTo(questionsFor(false));
    }

    private static int questionsFor(boolean instrumented) {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = echo(it);
            AtomicInteger questions = new AtomicInteger();
            HttpClient plain = HttpClient.create(it.pool);
            HttpClient client = instrumented ? it.http.instrument(plain) : plain;
            HttpClient good = client.remoteAddress(() -> {
                questions.incrementAndGet();
                return new InetSocketAddress("127.0.0.1", server.port());
            });
            HttpClient bad = client.remoteAddress(() -> {
                questions.incrementAndGet();
                return new InetSocketAddress("127.0.0.1", 1);
            });
            for (int i = 0; i < 3; i++) {
                good.get().uri("/x").responseContent().aggregate().block(LIMIT);
                failing(bad.get().uri("/x").response());
            }
            if (instrumented) {
                assertThat(it.spans(6))
                        .extracting(span -> text(span, "url.full"))
                        .containsOnly("http://127.0.0.1:" + server.port() + "/x", "http://127.0.0.1:1/x");
            }
            return questions.get();
        }
    }

    @Test
    void supplierThatAnswersInTurn_isToldByTheAddressThatWasTried() {
        try (HttpFixture it = new HttpFixture()) {
            AtomicInteger turn = new AtomicInteger();
            List<Integer> refused = new ArrayList<>();
            HttpClient client = it.http
                    .instrument(HttpClient.create(it.pool))
                    .remoteAddress(() -> new InetSocketAddress("127.0.0.1", 1 + turn.getAndIncrement() % 7));

            for (int i = 0; i < 5; i++) {
                Throwable failure = client.get()
                        .uri("/x")
                        .response()
                        .map(x -> new Throwable())
                        .onErrorResume(Mono::just)
                        .block(LIMIT);
                refused.add(Integer.valueOf(failure.getMessage().replaceAll(".*:", "")));
            }

            assertThat(it.spans(5))
                    .extracting(span -> number(span, "server.port").intValue())
                    .containsExactlyElementsOf(refused);
        }
    }

    @Test
    void supplierThatThrows_endsTheCallAndHasASpan() {
        try (HttpFixture it = new HttpFixture()) {
            Supplier<SocketAddress> none = () -> {
                throw new IllegalStateException("no instance");
            };

            assertThatThrownBy(() -> it.http
                            .instrument(HttpClient.create(it.pool))
                            .remoteAddress(none)
                            .get()
                            .uri("/x")
                            .response()
                            .block(LIMIT))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("no instance");

            SpanData span = it.span(SpanKind.CLIENT, 1);
            assertThat(text(span, "error.type")).isEqualTo("java.lang.IllegalStateException");
            assertThat(text(span, "url.full")).isEqualTo("/x");
        }
    }

    @Test
    void clientThatGoesToAnotherThreadBeforeItConnects_isSeenWhenItIsRefused() {
        try (HttpFixture it = new HttpFixture()) {
            HttpClient client = it.http.instrument(
                    HttpClient.create(it.pool).mapConnect(c -> c.subscribeOn(Schedulers.boundedElastic())));

            failing(client.post().uri("http://127.0.0.1:1/x?n=1").response());
            failing(client.baseUrl("http://127.0.0.1:1").get().uri("/y").response());

            List<SpanData> spans = it.spans(2);
            assertThat(spans).extracting(SpanData::getName).containsExactly("POST", "GET");
            assertThat(spans)
                    .extracting(span -> text(span, "url.full"))
                    .containsExactly("http://127.0.0.1:1/x?n=1", "http://127.0.0.1:1/y");
            assertThat(spans).extracting(span -> text(span, "error.type")).doesNotContainNull();
            assertThat(it.outcomes).hasSize(2);
        }
    }

    @Test
    void suppressedCallInsideABody_isNotSeen() throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = echo(it);
            Context[] quiet = new Context[1];
            InteropTest.suppressed(() -> quiet[0] = Context.current());
            HttpClient client = it.client(server);

            client.post()
                    .uri("/seen")
                    .send(ByteBufFlux.fromString(Traced.with(
                            client.get()
                                    .uri("/suppressed")
                                    .responseContent()
                                    .aggregate()
                                    .asString(),
                            quiet[0])))
                    .responseContent()
                    .aggregate()
                    .block(LIMIT);

            SpanData span = it.span(SpanKind.CLIENT, 1);
            assertThat(text(span, "url.full")).endsWith("/seen");
            assertThat(number(span, "http.request.resend_count")).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP11", "H2C"})
    void callThatIsGivenUpBeforeTheWriteAndSentAllTheSame_carriesItsSpan(String protocol) throws Exception {
        HttpProtocol[] protocols = {HttpProtocol.valueOf(protocol)};
        try (HttpFixture it = new HttpFixture()) {
            ConcurrentLinkedQueue<String> arrived = new ConcurrentLinkedQueue<>();
            CountDownLatch served = new CountDownLatch(1);
            DisposableServer server =
                    it.bind(HttpServer.create().protocol(protocols).handle((req, res) -> {
                        arrived.add(String.valueOf(req.requestHeaders().get("traceparent")));
                        served.countDown();
                        return Mono.never();
                    }));
            CountDownLatch preparing = new CountDownLatch(1);
            CountDownLatch givenUp = new CountDownLatch(1);
            HttpClient client = it.client(server).protocol(protocols).doOnRequest((req, c) -> {
                preparing.countDown();
                try {
                    givenUp.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });

            var call = client.get().uri("/slow").response().subscribe();
            preparing.await();
            call.dispose();
            givenUp.countDown();

            assertThat(served.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            SpanData span = it.span(SpanKind.CLIENT, 1);
            assertThat(arrived).singleElement().asString().contains(span.getTraceId() + '-' + span.getSpanId());
            assertThat(text(span, "network.peer.address")).isEqualTo("127.0.0.1");
            assertThat(text(span, "network.protocol.version")).isEqualTo(protocol.equals("H2C") ? "2" : "1.1");
            assertThat(text(span, "error.type")).isNull();
        }
    }

    @Test
    void callThatIsGivenUpWhileItWaits_isOneSpan() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(HttpServer.create().handle((req, res) -> Mono.never()));
            ConnectionProvider one = ConnectionProvider.create("one", 1);
            HttpClient client = it.http.instrument(HttpClient.create(one)).baseUrl("http://127.0.0.1:" + server.port());

            var first = client.get().uri("/first").response().subscribe();
            client.get()
                    .uri("/second")
                    .response()
                    .timeout(Duration.ofMillis(100), Mono.empty())
                    .block(LIMIT);
            first.dispose();

            assertThat(it.spans(2))
                    .extracting(span -> text(span, "url.full").replaceAll(".*/", ""))
                    .containsExactlyInAnyOrder("first", "second");
            one.disposeLater().block(LIMIT);
        }
    }

    @Test
    void upgradeToHttp2ThatIsNotAnswered_isToldByTheProtocolThatWasSpoken() throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            CountDownLatch served = new CountDownLatch(1);
            DisposableServer server = it.bind(HttpServer.create()
                    .protocol(HttpProtocol.HTTP11, HttpProtocol.H2C)
                    .handle((req, res) -> {
                        served.countDown();
                        return Mono.never();
                    }));
            CountDownLatch upgraded = new CountDownLatch(1);
            HttpClient client = it.client(server)
                    .protocol(HttpProtocol.HTTP11, HttpProtocol.H2C)
                    .observe((connection, state) -> {
                        if (state.toString().equals("[upgrade_successful]")) {
                            upgraded.countDown();
                        }
                    });

            var call = client.get().uri("/x").response().subscribe();
            served.await();
            assertThat(upgraded.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            call.dispose();

            assertThat(text(it.span(SpanKind.CLIENT, 1), "network.protocol.version"))
                    .isEqualTo("2");
        }
    }

    @Test
    void headersOfATraceThatWereCopied_doNotTravel() {
        try (HttpFixture it = new HttpFixture()) {
            ConcurrentLinkedQueue<String> arrived = new ConcurrentLinkedQueue<>();
            DisposableServer server = it.bind(HttpServer.create().handle((req, res) -> {
                arrived.add(req.requestHeaders().getAll("tracestate").toString()
                        + req.requestHeaders().getAll("traceparent"));
                return res.send();
            }));

            it.client(server)
                    .headers(h -> h.set("traceparent", "00-11111111111111111111111111111111-2222222222222222-01")
                            .set("TraceState", "vendor=old"))
                    .get()
                    .uri("/x")
                    .response()
                    .block(LIMIT);

            SpanData span = it.span(SpanKind.CLIENT, 1);
            assertThat(arrived).singleElement().asString().startsWith("[]").contains(span.getTraceId());
        }
    }
}
