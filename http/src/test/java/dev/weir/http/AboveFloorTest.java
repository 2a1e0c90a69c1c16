// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.number;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** What Reactor Netty can since a version above the floor: retries with credentials, websockets over HTTP/2. */
class AboveFloorTest {

    @Test
    void authenticationRetry_isASecondSend() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(HttpServer.create()
                    .handle((req, res) -> req.requestHeaders().contains(HttpHeaderNames.AUTHORIZATION)
                            ? res.sendString(Mono.just("in"))
                            : res.status(401).send()));

            String body = it.client(server)
                    .httpAuthentication(
                            (req, res) -> res.status().code() == 401,
                            (req, address) -> req.header(HttpHeaderNames.AUTHORIZATION, "token"))
                    .get()
                    .uri("/x")
                    .responseContent()
                    .aggregate()
                    .asString()
                    .block(LIMIT);

            assertThat(body).isEqualTo("in");
            List<SpanData> spans = it.spans(2);
            assertThat(spans)
                    .extracting(s -> number(s, "http.response.status_code"))
                    .containsExactly(401L, 200L);
            assertThat(spans)
                    .extracting(s -> number(s, "http.request.resend_count"))
                    .containsExactly(null, 1L);
        }
    }

    @Test
    void websocketOfHttp2_endsItsSpansAtTheAnswer() throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(ProtocolTest.Wire.H2C_PRIOR_KNOWLEDGE
                    .server(it)
                    .http2Settings(s -> s.connectProtocolEnabled(true))
                    .route(it.http.routes(routes ->
                            routes.ws("/ws", (in, out) -> out.send(in.receive().retain())))));

            List<String> echoed = ProtocolTest.Wire.H2C_PRIOR_KNOWLEDGE
                    .client(it, server)
                    .websocket()
                    .uri("/ws")
                    .handle((in, out) -> out.sendString(Flux.just("a"))
                            .then()
                            .thenMany(in.receive().asString().take(1)))
                    .collectList()
                    .block(LIMIT);

            assertThat(echoed).containsExactly("a");
            it.awaitNothingOpen();
            assertThat(it.exporter.getFinishedSpanItems())
                    .allSatisfy(s -> assertThat(text(s, "error.type")).isNull());
        }
    }
}
