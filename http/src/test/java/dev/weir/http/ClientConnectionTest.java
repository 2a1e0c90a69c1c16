// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.number;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.ChannelOption;
import io.netty.resolver.DefaultAddressResolverGroup;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;

/** What can happen to a client on its way to a connection, and to the connections that it keeps. Servers here are not instrumented. */
class ClientConnectionTest {

    private static DisposableServer plain(HttpFixture it, HttpServer server) {
        return it.bind(server);
    }

    @Test
    void unknownHost_isOneSpanWithTheRedactedUrl() {
        try (HttpFixture it = new HttpFixture()) {
            HttpClient client = it.http
                    .instrument(HttpClient.create(it.pool))
                    .resolver(DefaultAddressResolverGroup.INSTANCE)
                    .baseUrl("http://no-such-host.invalid");

            assertThatThrownBy(
                            () -> client.get().uri("/p?sig=secret").response().block(LIMIT))
                    .isInstanceOf(RuntimeException.class);

            SpanData span = it.span(SpanKind.CLIENT, 1);
            assertThat(text(span, "url.full")).isEqualTo("http://no-such-host.invalid/p?sig=REDACTED");
            assertThat(text(span, "server.address")).isEqualTo("no-such-host.invalid");
            assertThat(number(span, "server.port")).isEqualTo(80);
            assertThat(text(span, "error.type")).isEqualTo("java.net.UnknownHostException");
        }
    }

    @Test
    void userAndPasswordOfAUrl_areRedacted() {
        try (HttpFixture it = new HttpFixture()) {
            assertThatThrownBy(() -> it.http
                            .instrument(HttpClient.create(it.pool))
                            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 2000)
                            .get()
                            .uri("http://user:pass@127.0.0.1:1/p")
                            .response()
                            .block(LIMIT))
                    .isInstanceOf(RuntimeException.class);

            assertThat(text(it.span(SpanKind.CLIENT, 1), "url.full"))
                    .doesNotContain("pass")
                    .contains("127.0.0.1:1/p");
        }
    }

    @Test
    void tlsFailure_isOneSpan() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = plain(it, HttpServer.create().handle((req, res) -> res.send()));

            assertThatThrownBy(() -> it.http
                            .instrument(HttpClient.create(it.pool))
                            .secure()
                            .get()
                            .uri("https://127.0.0.1:" + server.port() + "/x")
                            .response()
                            .block(LIMIT))
                    .isInstanceOf(RuntimeException.class);

            SpanData span = it.span(SpanKind.CLIENT, 1);
            assertThat(text(span, "url.full")).isEqualTo("https://127.0.0.1:" + server.port() + "/x");
            assertThat(text(span, "error.type")).isNotNull();
        }
    }

    @Test
    void poolAcquireTimeout_isASpanOfItsOwn() throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            CountDownLatch reached = new CountDownLatch(1);
            DisposableServer server = plain(it, HttpServer.create().handle((req, res) -> {
                reached.countDown();
                return Mono.never();
            }));
            ConnectionProvider one = ConnectionProvider.builder("one")
                    .maxConnections(1)
                    .pendingAcquireTimeout(Duration.ofMillis(50))
                    .build();
            HttpClient client = it.http.instrument(HttpClient.create(one)).baseUrl("http://127.0.0.1:" + server.port());
            var first = client.get().uri("/first").response().subscribe();
            reached.await();

            assertThatThrownBy(() -> client.get().uri("/second").response().block(LIMIT))
                    .isInstanceOf(RuntimeException.class);
            first.dispose();

            List<SpanData> spans = it.spans(2);
            assertThat(spans)
                    .filteredOn(s -> text(s, "url.full").endsWith("/second"))
                    .singleElement()
                    .satisfies(s -> assertThat(text(s, "error.type")).contains("PoolAcquireTimeoutException"));
            assertThat(spans)
                    .filteredOn(s -> text(s, "url.full").endsWith("/first"))
                    .singleElement()
                    .satisfies(s -> {
                        assertThat(text(s, "error.type")).isNull();
                        assertThat(s.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
                    });
            one.disposeLater().block(LIMIT);
        }
    }

    @Test
    void connectionsThatTheServerClosesWhileIdle_doNotLeaveSpans() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = plain(
                    it,
                    HttpServer.create()
                            .idleTimeout(Duration.ofMillis(5))
                            .handle((req, res) -> res.sendString(Mono.just("ok"))));
            HttpClient client = it.client(server);

            Flux.range(0, 60)
                    .delayElements(Duration.ofMillis(6))
                    .concatMap(i -> client.get()
                            .uri("/" + i)
                            .responseContent()
                            .aggregate()
                            .asString()
                            .onErrorReturn("failed"))
                    .blockLast(LIMIT);

            it.awaitNothingOpen();
            assertThat(it.exporter.getFinishedSpanItems().size()).isBetween(60, 120);
        }
    }
}
