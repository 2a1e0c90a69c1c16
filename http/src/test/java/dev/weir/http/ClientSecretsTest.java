// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.context.Traced;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** What is a secret in one field of a span is one in every other. */
class ClientSecretsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://svc:Pa55word@127.0.0.1:1/x",
                "http://svc:Pa/55word@127.0.0.1:1/x",
                "http://svc:Pa?55word@127.0.0.1:1/x",
                "http://svc:Pa@55word@127.0.0.1:1/x",
                "http://svc:Pa#55word@127.0.0.1:1/x",
                "http://127.0.0.1:%d/a b?sig=Pa55word",
                "http://127.0.0.1:%d/a?sig=Pa 55word"
            })
    void urlThatFails_leavesItsSecretNowhere(String url) {
        try (HttpFixture it = new HttpFixture(b -> b.recordExceptions(true))) {
            DisposableServer server = it.bind(HttpServer.create().handle((req, res) -> res.send()));

            it.http
                    .instrument(HttpClient.create(it.pool))
                    .get()
                    .uri(url.replace("%d", String.valueOf(server.port())))
                    .response()
                    .onErrorResume(failure -> Mono.empty())
                    .block(LIMIT);

            SpanData span = it.spans(1).get(0);
            String all = span.getAttributes().asMap() + " "
                    + span.getEvents().stream()
                            .map(event -> event.getAttributes().asMap().toString())
                            .toList();
            assertThat(all)
                    .contains("REDACTED", "exception.stacktrace", "127.0.0.1")
                    .doesNotContain("55word", "svc:", ":Pa", "'Pa");
        }
    }

    @Test
    void headersThatAreCaptured_loseTheSecretsOfUrls() {
        try (HttpFixture it = new HttpFixture(
                b -> b.clientRequestHeaders(List.of("Referer", "Authorization", "X-Amz-Security-Token", "X-Plain"))
                        .clientResponseHeaders(List.of("Location")))) {
            DisposableServer server = it.bind(HttpServer.create()
                    .handle((req, res) -> res.status(302)
                            .header("location", "http://svc:Pa55word@other/?sig=Pa55word&n=1")
                            .send()));

            it.client(server)
                    .headers(h -> h.set("referer", "http://a:Pa55word@b/?Signature=Pa55word")
                            .set("authorization", "Basic c3ZjOlBhNTV3b3Jk")
                            .set("x-amz-security-token", "Pa55word")
                            .set("x-plain", "a=b; c@d"))
                    .get()
                    .uri("/x")
                    .response()
                    .block(LIMIT);

            assertThat(it.spans(1).get(0).getAttributes().asMap().toString())
                    .contains(
                            "http.response.header.location=[http://REDACTED:REDACTED@other/?sig=REDACTED&n=1]",
                            "http.request.header.referer=[http://REDACTED:REDACTED@b/?Signature=REDACTED]",
                            "http.request.header.authorization=[Basic REDACTED]",
                            "http.request.header.x-amz-security-token=[REDACTED]",
                            "http.request.header.x-plain=[a=b; c@d]")
                    .doesNotContain("Pa55word", "c3ZjOlBhNTV3b3Jk");
        }
    }

    @Test
    void exceptionOfASpanOfOnesOwn_losesTheSecretsOfUrls() {
        try (HttpFixture it = new HttpFixture()) {
            Traced.span(
                            Mono.error(
                                    new IllegalStateException("no answer of http://svc:Pa55word@host/?sig=Pa55word")),
                            it.tracer().spanBuilder("own"))
                    .onErrorResume(failure -> Mono.empty())
                    .block(LIMIT);

            assertThat(it.spans(1).get(0).getEvents().toString())
                    .contains("no answer of http://REDACTED:REDACTED@host/?sig=REDACTED")
                    .doesNotContain("Pa55word");
        }
    }
}
