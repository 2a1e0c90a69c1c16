// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.number;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.ProxyProtocolSupportType;

/** Whom a request is from and whom it was meant for: what the server knows comes before what its connection says. */
class RequestOriginTest {

    private static void ask(DisposableServer server, String head) {
        try (RawClient client = new RawClient(server.port())) {
            client.send(head).readAll();
        }
    }

    private static void peerIsTheConnection(SpanData span) {
        assertThat(text(span, "network.peer.address")).isEqualTo("127.0.0.1");
        assertThat(number(span, "network.peer.port")).isPositive();
    }

    @Test
    void proxyProtocol_namesTheClientOfEveryRequestOfItsConnection() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .proxyProtocol(ProxyProtocolSupportType.ON)
                    .handle((req, res) -> res.send()));

            ask(
                    server,
                    "PROXY TCP4 192.0.2.7 192.0.2.99 51234 443\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"
                            + "GET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

            List<SpanData> spans = it.spans(2);
            assertThat(spans).allSatisfy(span -> {
                assertThat(text(span, "client.address")).isEqualTo("192.0.2.7");
                assertThat(text(span, "server.address")).isEqualTo("h");
                assertThat(number(span, "server.port")).isEqualTo(80);
                peerIsTheConnection(span);
            });
        }
    }

    @Test
    void handlerOfForwardedRequests_namesClientServerAndScheme() {
        try (HttpFixture it = new HttpFixture(b -> b.trustForwarded(false))) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .forwarded((info, request) -> info.withRemoteAddress(
                                    InetSocketAddress.createUnresolved("client.example", 9))
                            .withHostAddress(InetSocketAddress.createUnresolved("shop.example", 8443))
                            .withScheme("HTTPS"))
                    .handle((req, res) -> res.send()));

            ask(server, "GET /a HTTP/1.1\r\nHost: inner:81\r\nConnection: close\r\n\r\n");

            SpanData span = it.serverSpan();
            assertThat(text(span, "client.address")).isEqualTo("client.example");
            assertThat(text(span, "server.address")).isEqualTo("shop.example");
            assertThat(number(span, "server.port")).isEqualTo(8443);
            assertThat(text(span, "url.scheme")).isEqualTo("https");
            peerIsTheConnection(span);
        }
    }

    @Test
    void serverThatForwards_isBelievedWithThePortOfItsHeaders() {
        try (HttpFixture it = new HttpFixture(b -> b.trustForwarded(false))) {
            DisposableServer server = it.bind(
                    it.http.instrument(HttpServer.create()).forwarded(true).handle((req, res) -> res.send()));

            ask(
                    server,
                    "GET /a HTTP/1.1\r\nHost: inner:81\r\nX-Forwarded-For: [2001:db8:cafe::17]:80, 10.0.0.1\r\n"
                            + "X-Forwarded-Proto: HTTPS\r\nX-Forwarded-Host: [2001:db8::1]\r\nX-Forwarded-Port: 444\r\n"
                            + "Connection: close\r\n\r\n");

            SpanData span = it.serverSpan();
            assertThat(text(span, "client.address")).isEqualTo("2001:db8:cafe:0:0:0:0:17");
            assertThat(text(span, "server.address")).isIn("2001:db8::1", "2001:db8:0:0:0:0:0:1");
            assertThat(number(span, "server.port")).isEqualTo(444);
            assertThat(text(span, "url.scheme")).isEqualTo("https");
        }
    }

    @Test
    void schemeThatNobodyKnows_makesNoSeriesOfItsOwn() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(
                    it.http.instrument(HttpServer.create()).forwarded(true).handle((req, res) -> res.send()));

            ask(server, "GET /a HTTP/1.1\r\nHost: h\r\nX-Forwarded-Proto: evil\r\nConnection: close\r\n\r\n");

            assertThat(text(it.serverSpan(), "url.scheme")).isEqualTo("http");
        }
    }

    @Test
    void quotedStringOfAProxy_isNotTakenApart() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server =
                    it.bind(it.http.instrument(HttpServer.create()).handle((req, res) -> res.send()));

            ask(
                    server,
                    "GET /a HTTP/1.1\r\nHost: inner:81\r\nConnection: close\r\n"
                            + "Forwarded: secret=\"a;host=evil.example,b\";for=192.0.2.60;host=shop.example;proto=https\r\n\r\n");

            SpanData span = it.serverSpan();
            assertThat(text(span, "client.address")).isEqualTo("192.0.2.60");
            assertThat(text(span, "server.address")).isEqualTo("shop.example");
            assertThat(number(span, "server.port")).isEqualTo(443);
            assertThat(text(span, "url.scheme")).isEqualTo("https");
        }
    }

    @Test
    void domainSocket_isTheServersAddressWhereNoHostIsNamed(@TempDir Path directory) {
        Assumptions.assumeTrue(Epoll.isAvailable());
        try (HttpFixture it = new HttpFixture()) {
            DomainSocketAddress socket =
                    new DomainSocketAddress(directory.resolve("s.sock").toFile());
            DisposableServer server = it.http
                    .instrument(HttpServer.create())
                    .bindAddress(() -> socket)
                    .handle((req, res) -> res.sendString(Mono.just("x")))
                    .bindNow();
            try {
                String body = HttpClient.newConnection()
                        .remoteAddress(() -> socket)
                        .headers(headers -> headers.remove("host"))
                        .doOnRequest((request, connection) ->
                                request.requestHeaders().remove("host"))
                        .get()
                        .uri("/containers/json?all=1")
                        .responseContent()
                        .aggregate()
                        .asString()
                        .block(LIMIT);

                assertThat(body).isEqualTo("x");
                SpanData span = it.span(SpanKind.SERVER, 1);
                assertThat(text(span, "server.address")).isEqualTo(socket.path());
                assertThat(number(span, "server.port")).isNull();
                assertThat(text(span, "network.peer.address"))
                        .as("a client that has not bound its socket has no name")
                        .isNull();
                assertThat(number(span, "network.peer.port")).isNull();
                assertThat(text(span, "client.address")).isNull();
            } finally {
                server.disposeNow();
            }
        }
    }
}
