// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.number;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** Reactor Netty has this since a version above the floor. */
class AuthenticationRetryTest {

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
}
