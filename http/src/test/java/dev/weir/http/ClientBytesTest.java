// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.number;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.WebsocketClientSpec;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.WebsocketServerSpec;

/** Bytes are counted as they are on the wire. */
class ClientBytesTest {

    private static final String TEXT = "abcdefghij".repeat(2000);

    @ParameterizedTest
    @EnumSource(names = {"HTTP11", "H2C"})
    void bodyThatIsCompressed_countsAsItIsSent(HttpProtocol protocol) {
        try (HttpFixture it = new HttpFixture(b -> b.bodySizes(true))) {
            DisposableServer server = it.bind(HttpServer.create()
                    .protocol(protocol)
                    .compress(true)
                    .handle((req, res) -> res.sendString(Mono.just(TEXT))));
            HttpClient plain = HttpClient.create(it.pool)
                    .protocol(protocol)
                    .baseUrl("http://127.0.0.1:" + server.port())
                    .headers(h -> h.set("accept-encoding", "gzip"));
            int onTheWire = plain.post()
                    .uri("/")
                    .responseContent()
                    .map(ByteBuf::readableBytes)
                    .reduce(0, Integer::sum)
                    .block(LIMIT);

            for (int i = 0; i < 2; i++) {
                String body = it.client(server)
                        .protocol(protocol)
                        .compress(true)
                        .post()
                        .uri("/")
                        .send(ByteBufFlux.fromString(Flux.just("abc", "de")))
                        .responseContent()
                        .aggregate()
                        .asString()
                        .block(LIMIT);
                assertThat(body).isEqualTo(TEXT);
            }

            assertThat(onTheWire).isLessThan(TEXT.length());
            assertThat(it.spans(2)).allSatisfy(span -> {
                assertThat(number(span, "http.response.body.size")).isEqualTo(onTheWire);
                assertThat(number(span, "http.request.body.size")).isEqualTo(5);
            });
        }
    }

    @Test
    void websocketThatIsCompressed_countsAsItIsSent() {
        try (HttpFixture it = new HttpFixture(b -> b.websocketSessions(true).bodySizes(true))) {
            DisposableServer server = it.bind(HttpServer.create()
                    .route(routes -> routes.ws(
                            "/ws",
                            (in, out) -> out.sendString(in.receive().asString()),
                            WebsocketServerSpec.builder().compress(true).build())));

            AtomicLong got = new AtomicLong();
            it.client(server)
                    .websocket(WebsocketClientSpec.builder().compress(true).build())
                    .uri("/ws")
                    .handle((in, out) -> out.sendString(Mono.just(TEXT))
                            .then()
                            .thenMany(in.receive().asString().take(1)))
                    .doOnNext(text -> got.addAndGet(text.length()))
                    .blockLast(LIMIT);

            assertThat(got).hasValue(TEXT.length());
            List<SpanData> spans = it.spans(2);
            SpanData session = spans.stream()
                    .filter(span -> span.getKind() == SpanKind.INTERNAL)
                    .findFirst()
                    .orElseThrow();
            assertThat(number(session, "weir.websocket.received_bytes")).isBetween(1L, (long) TEXT.length() / 10);
            assertThat(number(session, "weir.websocket.sent_bytes")).isBetween(1L, (long) TEXT.length() / 10);
        }
    }
}
