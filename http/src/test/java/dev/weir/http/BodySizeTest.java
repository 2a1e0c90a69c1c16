// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.number;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpContentDecompressor;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.WebsocketClientSpec;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.WebsocketServerSpec;

/** Sizes of bodies are those on the wire, whatever deflates or inflates behind it. */
class BodySizeTest {

    private static final String TEXT = "abcdefghij".repeat(2000);

    private static byte[] zipped() {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
                zip.write(TEXT.getBytes());
            }
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ProtocolTest.Wire.class,
            names = {"HTTP11", "H2C_PRIOR_KNOWLEDGE", "H2C_UPGRADE", "HTTP11_TLS"})
    void compressedResponse_isAsLongAsItIsOnTheWire(ProtocolTest.Wire wire) throws Exception {
        try (HttpFixture it = new HttpFixture(b -> b.bodySizes(true));
                HttpFixture unseen = new HttpFixture()) {
            unseen.http.close();
            DisposableServer server = it.bind(wire.server(it)
                    .compress(true)
                    .handle((req, res) -> req.uri().equals("/whole")
                            ? res.sendString(Mono.just(TEXT))
                            : res.sendString(Flux.just(TEXT, TEXT))));

            for (String path : List.of("/whole", "/parts", "/whole")) {
                it.exporter.reset();
                byte[] onTheWire = wire.client(unseen, server)
                        .headers(h -> h.set("accept-encoding", "gzip"))
                        .get()
                        .uri(path)
                        .responseContent()
                        .aggregate()
                        .asByteArray()
                        .block(LIMIT);

                assertThat(onTheWire.length).isLessThan(1000);
                SpanData span = it.serverSpan();
                assertThat(number(span, "http.response.body.size")).isEqualTo(onTheWire.length);
                assertThat(number(span, "http.request.body.size")).isZero();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "2"})
    void compressedRequest_isAsLongAsItIsOnTheWire(int requests) {
        byte[] zipped = zipped();
        try (HttpFixture it = new HttpFixture(b -> b.bodySizes(true))) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .doOnConnection(connection -> connection.addHandlerLast("inflate", new HttpContentDecompressor(0)))
                    .handle((req, res) -> res.sendString(
                            req.receive().aggregate().asString().map(s -> Integer.toString(s.length())))));

            for (int i = 0; i < requests; i++) {
                assertThat(it.plainClient(server)
                                .headers(h -> h.set("content-encoding", "gzip"))
                                .post()
                                .uri("/up")
                                .send(ByteBufFlux.fromInbound(Mono.just(zipped)))
                                .responseContent()
                                .aggregate()
                                .asString()
                                .block(LIMIT))
                        .isEqualTo(Integer.toString(TEXT.length()));
            }

            assertThat(it.spans(requests)).allSatisfy(span -> {
                assertThat(number(span, "http.request.body.size")).isEqualTo(zipped.length);
                assertThat(number(span, "http.response.body.size")).isEqualTo(5);
            });
        }
    }

    @Test
    void requestsThatComeAtOnce_haveEachItsOwnSize() {
        try (HttpFixture it = new HttpFixture(b -> b.bodySizes(true))) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .handle((req, res) -> res.sendString(
                            req.receive().aggregate().asString().delayElement(java.time.Duration.ofMillis(5)))));

            StringBuilder requests = new StringBuilder();
            for (int i = 1; i <= 4; i++) {
                requests.append("POST /")
                        .append(i)
                        .append(" HTTP/1.1\r\nHost: t\r\nContent-Length: ")
                        .append(i * 10)
                        .append("\r\n\r\n")
                        .append((i == 4 ? "z" : "x").repeat(i * 10));
            }
            try (RawClient client = new RawClient(server.port())) {
                client.send(requests.toString()).readUntil("z".repeat(40));
            }

            assertThat(it.spans(4)).allSatisfy(span -> {
                long size =
                        10 * Long.parseLong(HttpFixture.text(span, "url.path").substring(1));
                assertThat(number(span, "http.request.body.size")).isEqualTo(size);
                assertThat(number(span, "http.response.body.size")).isEqualTo(size);
            });
        }
    }

    @Test
    void answerToHead_hasNoBody() {
        try (HttpFixture it = new HttpFixture(b -> b.bodySizes(true))) {
            DisposableServer server = it.bind(
                    it.http.instrument(HttpServer.create()).handle((req, res) -> res.sendString(Mono.just(TEXT))));

            it.plainClient(server).head().uri("/x").response().block(LIMIT);

            assertThat(number(it.serverSpan(), "http.response.body.size")).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void bytesOfAWebsocket_areThoseOnTheWire(boolean deflated) {
        try (HttpFixture it = new HttpFixture(b -> b.websocketSessions(true))) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .route(it.http.routes(r -> r.ws(
                            "/ws",
                            (in, out) -> out.sendObject(in.receiveFrames()
                                    .map(frame -> new TextWebSocketFrame(Unpooled.copiedBuffer(frame.content())))
                                    .take(1)),
                            WebsocketServerSpec.builder().compress(deflated).build()))));

            String echoed = it.plainClient(server)
                    .websocket(WebsocketClientSpec.builder().compress(deflated).build())
                    .uri("/ws")
                    .handle((in, out) -> out.sendString(Mono.just(TEXT))
                            .then()
                            .thenMany(in.aggregateFrames(100_000)
                                    .receive()
                                    .asString()
                                    .take(1)))
                    .blockLast(LIMIT);

            assertThat(echoed).isEqualTo(TEXT);
            it.spans(2);
            SpanData session = it.span(SpanKind.INTERNAL, 2);
            for (String counter : List.of("weir.websocket.received_bytes", "weir.websocket.sent_bytes")) {
                if (deflated) {
                    assertThat(number(session, counter)).as(counter).isBetween(20L, 1000L);
                } else {
                    assertThat(number(session, counter)).as(counter).isBetween(20_000L, 20_010L);
                }
            }
        }
    }
}
