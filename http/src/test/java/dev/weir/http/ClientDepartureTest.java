// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.number;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.http.internal.ErrorTypes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;

/**
 * Who goes away when: a response that is whole is no error, nor is a client that leaves what has no promised end. A length that was
 * promised and not kept is one, and so is what this side breaks off.
 */
class ClientDepartureTest {

    private static final int LENGTH = 3597;

    private static Flux<ByteBuf> completesLate(byte[] body) {
        return Flux.<ByteBuf>just(Unpooled.wrappedBuffer(body))
                .concatWith(Flux.<ByteBuf>empty().delaySubscription(Duration.ofMinutes(1)));
    }

    private static void isNoError(HttpFixture it, SpanData span) {
        assertThat(text(span, "error.type")).isNull();
        assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
        assertThat(it.outcomes)
                .allSatisfy(outcome -> assertThat(outcome.errorType()).isNull());
        assertThat(it.metric("http.server.request.duration").getHistogramData().getPoints())
                .allSatisfy(point -> assertThat(point.getAttributes().get(AttributeKey.stringKey("error.type")))
                        .isNull());
    }

    private static void isError(HttpFixture it, SpanData span, String type) {
        assertThat(text(span, "error.type")).isEqualTo(type);
        assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(it.outcomes)
                .singleElement()
                .satisfies(outcome -> assertThat(outcome.errorType()).isEqualTo(type));
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void declaredLengthThatWasWritten_isWholeThoughTheApplicationHasNotEnded(boolean reset) {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .handle((req, res) -> res.header("Content-Length", Integer.toString(LENGTH))
                            .send(completesLate(new byte[LENGTH]), buffer -> true)));

            RawClient client = new RawClient(server.port()).send("GET /x HTTP/1.1\r\nHost: t\r\n\r\n");
            client.readUntil("\0".repeat(LENGTH));
            if (reset) {
                client.reset();
            }
            client.close();

            SpanData span = it.serverSpan();
            assertThat(number(span, "http.response.status_code")).isEqualTo(200);
            isNoError(it, span);
        }
    }

    @ParameterizedTest
    @CsvSource({"HEAD,200", "GET,204", "GET,304"})
    void responseWithoutBody_isWholeWithItsHead(String method, int status) {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .handle((req, res) -> res.status(status)
                            .header("Content-Length", "7")
                            .send(completesLate(new byte[7]), buffer -> true)));

            try (RawClient client = new RawClient(server.port())) {
                client.send(method + " /x HTTP/1.1\r\nHost: t\r\n\r\n").readUntil("\r\n\r\n");
            }

            SpanData span = it.serverSpan();
            assertThat(number(span, "http.response.status_code")).isEqualTo(status);
            isNoError(it, span);
        }
    }

    @Test
    void fileThatWasWritten_isWholeThoughTheApplicationHasNotEnded(@TempDir Path directory) throws Exception {
        Path file = Files.write(directory.resolve("f"), new byte[LENGTH]);
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .handle((req, res) -> res.header("Content-Length", Integer.toString(LENGTH))
                            .sendFile(file)
                            .then(Mono.never())));

            try (RawClient client = new RawClient(server.port())) {
                client.send("GET /x HTTP/1.1\r\nHost: t\r\n\r\n").readUntil("\0".repeat(LENGTH));
            }

            isNoError(it, it.serverSpan());
        }
    }

    @Test
    void declaredLengthThatWasWritten_isWholeOnAStreamThatIsReset() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .protocol(HttpProtocol.H2C)
                    .handle((req, res) ->
                            res.header("Content-Length", "3").send(completesLate("abc".getBytes()), buffer -> true)));

            it.plainClient(server)
                    .protocol(HttpProtocol.H2C)
                    .get()
                    .uri("/x")
                    .responseContent()
                    .asString()
                    .take(1)
                    .blockLast(LIMIT);

            isNoError(it, it.serverSpan());
        }
    }

    /** Semantic conventions, "connection dropped before response body was sent". */
    @Test
    void declaredLengthThatIsCutByALostConnection_isAnError() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .handle((req, res) -> res.header("Content-Length", "5000")
                            .send(completesLate(new byte[LENGTH]), buffer -> true)));

            try (RawClient client = new RawClient(server.port())) {
                client.send("GET /x HTTP/1.1\r\nHost: t\r\n\r\n").readUntil("\0".repeat(LENGTH));
            }

            SpanData span = it.serverSpan();
            assertThat(number(span, "http.response.status_code")).isEqualTo(200);
            isError(it, span, ErrorTypes.CLOSED);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void requestThatIsNotWaitedFor_isNoError(boolean http2) throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            CountDownLatch arrived = new CountDownLatch(1);
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .protocol(http2 ? HttpProtocol.H2C : HttpProtocol.HTTP11)
                    .handle((req, res) -> {
                        arrived.countDown();
                        return Mono.never();
                    }));

            Disposable call = it.plainClient(server)
                    .protocol(http2 ? HttpProtocol.H2C : HttpProtocol.HTTP11)
                    .get()
                    .uri("/poll")
                    .response()
                    .subscribe();
            assertThat(arrived.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            call.dispose();

            SpanData span = it.serverSpan();
            assertThat(number(span, "http.response.status_code")).isNull();
            isNoError(it, span);
        }
    }

    @Test
    void connectionOfManyStreamsThatIsLost_isNoErrorOfTheirs() throws Exception {
        int streams = 3;
        try (HttpFixture it = new HttpFixture()) {
            CountDownLatch arrived = new CountDownLatch(streams);
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .protocol(HttpProtocol.H2C)
                    .handle((req, res) -> {
                        arrived.countDown();
                        return res.sse()
                                .sendString(Flux.interval(Duration.ofMillis(5))
                                        .onBackpressureDrop()
                                        .map(i -> "data: " + i + "\n\n"));
                    }));

            for (int i = 0; i < streams; i++) {
                it.plainClient(server)
                        .protocol(HttpProtocol.H2C)
                        .get()
                        .uri("/" + i)
                        .responseContent()
                        .subscribe(x -> {}, x -> {});
            }
            assertThat(arrived.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            await().atMost(LIMIT).until(() -> it.http.openExchanges() == streams);
            it.pool.disposeLater().block(LIMIT);

            assertThat(it.spans(streams)).allSatisfy(span -> isNoError(it, span));
        }
    }

    @Test
    void responseThatThisSideBreaksOff_isAnError() throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server =
                    it.bind(it.http.instrument(HttpServer.create()).handle((req, res) -> {
                        req.withConnection(
                                c -> c.channel().eventLoop().schedule(c::dispose, 50, TimeUnit.MILLISECONDS));
                        return res.sendString(Flux.just("a").concatWith(Flux.never()));
                    }));

            try (RawClient client = new RawClient(server.port())) {
                client.send("GET /x HTTP/1.1\r\nHost: t\r\n\r\n").readAll();
            }

            isError(it, it.serverSpan(), ErrorTypes.CLOSED);
        }
    }

    /** Reactor Netty itself closes when a client says good-bye by TLS. */
    @Test
    void clientThatLeavesAStreamByTls_isNoError() throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(ProtocolTest.Wire.HTTP11_TLS
                    .server(it)
                    .handle((req, res) -> res.sse()
                            .sendString(Flux.interval(Duration.ofMillis(5))
                                    .onBackpressureDrop()
                                    .map(i -> "data: " + i + "\n\n"))));

            ProtocolTest.Wire.HTTP11_TLS
                    .client(it, server)
                    .get()
                    .uri("/sse")
                    .response((response, content) -> content.take(3).then())
                    .blockLast(LIMIT);

            SpanData span = it.span(SpanKind.SERVER, 2);
            assertThat(number(span, "http.response.status_code")).isEqualTo(200);
            assertThat(text(span, "error.type")).isNull();
        }
    }

    @Test
    void statusThatCouldNotBeSent_isNotRecorded() throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            CountDownLatch arrived = new CountDownLatch(1);
            DisposableServer server =
                    it.bind(it.http.instrument(HttpServer.create()).handle((req, res) -> {
                        arrived.countDown();
                        return req.receive().then();
                    }));

            RawClient client = new RawClient(server.port())
                    .send("POST /up HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n" + "x".repeat(1000));
            assertThat(arrived.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            client.reset();

            SpanData span = it.serverSpan();
            assertThat(number(span, "http.response.status_code")).isNull();
            assertThat(text(span, "error.type"))
                    .as("the request was not received fully")
                    .isEqualTo(ErrorTypes.CLOSED);
            assertThat(it.outcomes)
                    .singleElement()
                    .satisfies(outcome -> assertThat(outcome.status()).isZero());
        }
    }

    @Test
    void failureOfTheApplicationAfterItsClientWentAway_isStillAFailure() throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            CountDownLatch arrived = new CountDownLatch(1);
            DisposableServer server =
                    it.bind(it.http.instrument(HttpServer.create()).handle((req, res) -> {
                        arrived.countDown();
                        return req.receive().then().onErrorMap(lost -> new IllegalStateException("of one's own"));
                    }));

            RawClient client = new RawClient(server.port())
                    .send("POST /up HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\nabc");
            assertThat(arrived.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            client.reset();

            SpanData span = it.serverSpan();
            assertThat(text(span, "error.type")).isEqualTo("java.lang.IllegalStateException");
            assertThat(number(span, "http.response.status_code")).isNull();
        }
    }

    @Test
    void connectionThatIsKeptAlive_isOneSpanWithoutErrorForEachRequestWhenItsClientLeaves() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(
                    it.http.instrument(HttpServer.create()).handle((req, res) -> res.sendString(Mono.just("ok"))));

            try (RawClient client = new RawClient(server.port())) {
                for (int i = 0; i < 3; i++) {
                    client.send("GET /x HTTP/1.1\r\nHost: t\r\n\r\n").readUntil("ok");
                }
            }

            assertThat(it.spans(3)).allSatisfy(span -> isNoError(it, span));
        }
    }

    @Test
    void closeOfAConnectionByTheServer_isTheEndOfWhatItServes() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .doOnConnection(c -> c.channel().eventLoop().schedule(() -> c.dispose(), 50, TimeUnit.MILLISECONDS))
                    .handle((req, res) -> Mono.never()));

            try (RawClient client = new RawClient(server.port())) {
                client.send("GET /x HTTP/1.1\r\nHost: t\r\n\r\n").readAll();
            }

            isError(it, it.serverSpan(), ErrorTypes.CLOSED);
        }
    }
}
