// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.forked;

import dev.weir.http.HttpTelemetry;
import io.opentelemetry.api.GlobalOpenTelemetry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** An application that is instrumented by hand and runs under the OpenTelemetry javaagent all the same. */
public final class JavaAgentMain {

    static final int CALLS = 5;

    private JavaAgentMain() {}

    public static void main(String[] arguments) throws InterruptedException {
        AtomicInteger outcomes = new AtomicInteger();
        AtomicInteger traced = new AtomicInteger();
        HttpTelemetry http = HttpTelemetry.builder(GlobalOpenTelemetry.get())
                .outcomeListener(outcome -> {
                    traced.addAndGet(outcome.traceIdHigh() != 0 ? 1 : 0);
                    outcomes.incrementAndGet();
                })
                .build();
        DisposableServer server = http.instrument(HttpServer.create())
                .host("127.0.0.1")
                .port(0)
                .route(http.routes(r -> r.get("/x/{id}", (req, res) -> res.sendString(Mono.just("x")))))
                .bindNow();
        HttpClient client = http.instrument(HttpClient.create()).baseUrl("http://127.0.0.1:" + server.port());
        for (int i = 0; i < CALLS; i++) {
            client.get().uri("/x/" + i).responseContent().aggregate().asString().block(Duration.ofSeconds(30));
        }
        long until = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (http.openExchanges() > 0 && System.nanoTime() < until) {
            Thread.onSpinWait();
        }
        System.out.println("outcomes " + outcomes + ", with a trace " + traced);
        // The agent's own hook writes what its batch still holds.
        System.exit(0);
    }
}
