// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.w3c;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** The harness's protocol, as the harness speaks it. */
class W3cServiceTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    @Test
    void request_callsEachUrlBackUnderTheCallersTrace() {
        List<String> parents = new CopyOnWriteArrayList<>();
        List<String> bodies = new CopyOnWriteArrayList<>();
        DisposableServer harness = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((req, res) -> {
                    parents.addAll(req.requestHeaders().getAll("traceparent"));
                    return req.receive()
                            .aggregate()
                            .asString()
                            .doOnNext(bodies::add)
                            .then(res.send());
                })
                .bindNow();
        String url = "http:\\/\\/127.0.0.1:" + harness.port() + "/callback";
        String element = "{\"url\": \"" + url + "\", \"arguments\": [{\"url\": \"a,b\", \"arguments\": []}]}";

        try (W3cService service = new W3cService(0)) {
            HttpClient.create()
                    .headers(headers ->
                            headers.set("traceparent", "00-12345678901234567890123456789012-1234567890123456-01"))
                    .post()
                    .uri("http://127.0.0.1:" + service.port() + "/test")
                    .send(ByteBufFlux.fromString(Mono.just("[" + element + ", " + element + "]")))
                    .response()
                    .block(LIMIT);
        }

        assertThat(parents)
                .hasSize(2)
                .allSatisfy(parent -> assertThat(parent)
                        .startsWith("00-12345678901234567890123456789012-")
                        .doesNotContain("-1234567890123456-"));
        assertThat(parents).doesNotHaveDuplicates();
        assertThat(bodies).containsOnly("[{\"url\": \"a,b\", \"arguments\": []}]");
        harness.disposeNow();
    }
}
