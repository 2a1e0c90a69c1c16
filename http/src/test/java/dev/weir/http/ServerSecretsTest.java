// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.trace.data.SpanData;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** What is a secret in the query of a request is one in its path, and in a URL that is a part of either. */
class ServerSecretsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            nullValues = "-",
            value = {
                "/x?sig=Pa55word&n=1 /x sig=REDACTED&n=1",
                "/x;sig=Pa55word /x;sig=REDACTED -",
                "/proxy/http://svc:Pa55word@other/x /proxy/http://REDACTED:REDACTED@other/x -",
                "/x?to=http://svc:Pa55word@other/y&n=1 /x to=http://REDACTED:REDACTED@other/y&n=1",
                "http://svc:Pa55word@127.0.0.1/x /x -",
                "/users/a:1@b.com /users/a:1@b.com -"
            })
    void target_losesItsSecrets(String target, String path, String query) {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server =
                    it.bind(it.http.instrument(HttpServer.create()).handle((req, res) -> res.send()));

            try (RawClient client = new RawClient(server.port())) {
                client.send("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                        .readAll();
            }

            SpanData span = it.serverSpan();
            assertThat(text(span, "url.path")).isEqualTo(path);
            assertThat(text(span, "url.query")).isEqualTo(query);
            assertThat(span.getAttributes().asMap().toString()).doesNotContain("55word");
        }
    }
}
