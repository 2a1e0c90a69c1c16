// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** Several tracestate headers are one list, in the order in which they came. */
class HeaderOrderTest {

    @Test
    void tracestateHeaders_keepTheirOrder() {
        try (HttpFixture it = new HttpFixture()) {
            AtomicReference<String> seen = new AtomicReference<>();
            DisposableServer back = it.bind(HttpServer.create().handle((req, res) -> {
                seen.set(req.requestHeaders().get("tracestate"));
                return res.send();
            }));
            HttpClient client = it.client(back);
            DisposableServer front = it.bind(it.http
                    .instrument(HttpServer.create())
                    .handle((req, res) -> client.get().uri("/x").response().then(res.send())));

            it.plainClient(front)
                    .headers(h -> h.set("traceparent", "00-12345678901234567890123456789012-1234567890123456-01")
                            .add("tracestate", "foo=1")
                            .add("tracestate", "bar=2")
                            .add("tracestate", "rojo=3"))
                    .get()
                    .uri("/")
                    .response()
                    .block(LIMIT);

            assertThat(seen.get()).isEqualTo("foo=1,bar=2,rojo=3");
        }
    }
}
