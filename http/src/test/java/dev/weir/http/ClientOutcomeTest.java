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
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.tcp.TcpServer;

/** What the caller gets decides whether an exchange is an error, not the side that closes the connection. */
class ClientOutcomeTest {

    private static final String PREMATURE = "reactor.netty.http.client.PrematureCloseException";
    private static final String PART = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc";

    @SuppressWarnings("deprecation") // the overload that is new is not in the oldest supported version
    private static TcpServer tls(TcpServer server) throws Exception {
        X509Bundle certificate = new CertificateBuilder()
                .subject("CN=localhost")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        return server.secure(spec -> spec.sslContext(Http11SslContextSpec.forServer(
                certificate.getKeyPair().getPrivate(), certificate.getCertificatePath())));
    }

    @SuppressWarnings("deprecation") // as above
    private static HttpClient client(HttpFixture it, DisposableServer server, boolean tls) {
        HttpClient client = it.http.instrument(HttpClient.newConnection());
        return tls
                ? client.secure(spec -> spec.sslContext(Http11SslContextSpec.forClient()
                                .configure(b -> b.trustManager(InsecureTrustManagerFactory.INSTANCE))))
                        .baseUrl("https://127.0.0.1:" + server.port())
                : client.baseUrl("http://127.0.0.1:" + server.port());
    }

    private static SpanData callThatFails(HttpFixture it, HttpClient client) {
        assertThatThrownBy(() ->
                        client.get().uri("/x").responseContent().aggregate().block(LIMIT))
                .isInstanceOf(RuntimeException.class);
        SpanData span = it.span(SpanKind.CLIENT, 1);
        assertThat(number(span, "http.response.status_code")).isEqualTo(200);
        assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(it.outcomes)
                .singleElement()
                .satisfies(o -> assertThat(o.errorType()).isEqualTo(text(span, "error.type")));
        return span;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void serverThatGoesInMidBody_isAnError(boolean tls) throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            TcpServer tcp = TcpServer.create()
                    .host("127.0.0.1")
                    .port(0)
                    .handle((in, out) -> in.receive()
                            .take(1)
                            .thenMany(out.sendString(Mono.just(PART), StandardCharsets.US_ASCII))
                            .then());
            DisposableServer server = (tls ? tls(tcp) : tcp).bindNow();

            SpanData span = callThatFails(it, client(it, server, tls));

            assertThat(text(span, "error.type")).isEqualTo(PREMATURE);
            server.disposeNow();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"idle", "handler", "timeout"})
    void applicationThatClosesInMidBody_isAnErrorOfTheCallThatGetsOne(String how) {
        UnaryOperator<HttpClient> closing = switch (how) {
            case "idle" ->
                client -> client.doOnResponse(
                        (res, c) -> c.onReadIdle(50, () -> c.channel().close()));
            case "handler" ->
                client -> client.doOnResponse((res, c) -> c.channel()
                        .eventLoop()
                        .execute(() -> c.channel().pipeline().firstContext().close()));
            // It also runs before the response, which must be there first.
            default -> client -> client.responseTimeout(Duration.ofSeconds(2));
        };
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(HttpServer.create()
                    .handle((req, res) -> res.sendString(Flux.just("part").concatWith(Mono.never()))));

            SpanData span = callThatFails(it, closing.apply(client(it, server, false)));

            assertThat(text(span, "error.type")).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void callerThatGoesInMidBody_isNone(boolean tls) throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            TcpServer tcp = TcpServer.create()
                    .host("127.0.0.1")
                    .port(0)
                    .handle((in, out) -> in.receive()
                            .take(1)
                            .thenMany(out.sendString(Mono.just(PART), StandardCharsets.US_ASCII))
                            .then(Mono.never()));
            DisposableServer server = (tls ? tls(tcp) : tcp).bindNow();

            client(it, server, tls).get().uri("/x").responseContent().asString().blockFirst(LIMIT);

            SpanData span = it.span(SpanKind.CLIENT, 1);
            assertThat(number(span, "http.response.status_code")).isEqualTo(200);
            assertThat(text(span, "error.type")).isNull();
            assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
            server.disposeNow();
        }
    }

    @Test
    void callerThatDisposesOfTheConnection_isNone() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(HttpServer.create()
                    .handle((req, res) -> res.sendString(Flux.just("part").concatWith(Mono.never()))));

            client(it, server, false)
                    .get()
                    .uri("/x")
                    .responseConnection((res, c) -> {
                        c.dispose();
                        return Mono.just("enough");
                    })
                    .blockLast(LIMIT);

            assertThat(text(it.span(SpanKind.CLIENT, 1), "error.type")).isNull();
        }
    }
}
