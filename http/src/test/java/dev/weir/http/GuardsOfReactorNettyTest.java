// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.context.TracePropagation;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/**
 * Reactor Netty assembles some thirty operators for a call that a server makes. Where its own code is on both sides no guard is
 * put around them: each would cost every request a publisher and a subscriber.
 */
class GuardsOfReactorNettyTest {

    private static final String AFTER_WEIR = "weir.test.after";

    private final List<String> guards = new CopyOnWriteArrayList<>();

    @Test
    void serverThatAsksAnother_hasFewGuards() {
        try (TracePropagation propagation = TracePropagation.enable();
                HttpFixture fixture = new HttpFixture()) {
            HttpTelemetry http = fixture.http;
            DisposableServer back = serve(http, "/pay", () -> Mono.just("paid"));
            HttpClient client = http.instrument(HttpClient.create()).baseUrl("http://127.0.0.1:" + back.port());
            DisposableServer front = serve(
                    http,
                    "/chain",
                    () -> client.get().uri("/pay").responseContent().aggregate().asString());
            String warm = get(front.port());

            Hooks.onEachOperator(AFTER_WEIR, publisher -> {
                if (publisher.getClass().getName().startsWith("dev.weir.context.")) {
                    guards.add(publisher.toString());
                }
                return publisher;
            });
            String answer = get(front.port());
            Hooks.resetOnEachOperator(AFTER_WEIR);

            assertThat(List.of(warm, answer)).allMatch(text -> text.endsWith("paid"));
            // What each handler gave, the pool's answer, the request that is sent.
            assertThat(guards).hasSizeBetween(1, 4);
            front.disposeNow();
            back.disposeNow();
        }
    }

    private static String get(int port) {
        try (RawClient caller = new RawClient(port)) {
            return caller.send("GET /chain HTTP/1.1\r\nhost: shop\r\n\r\n").readUntil("paid");
        }
    }

    private static DisposableServer serve(HttpTelemetry http, String path, Supplier<Mono<String>> answer) {
        return http.instrument(HttpServer.create())
                .host("127.0.0.1")
                .port(0)
                .route(http.routes(routes -> routes.get(path, (in, out) -> out.sendString(answer.get()))))
                .bindNow();
    }
}
