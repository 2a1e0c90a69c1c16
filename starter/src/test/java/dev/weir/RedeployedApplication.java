// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import io.opentelemetry.api.trace.Span;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** A small application that starts Weir, uses all of it and closes it; as a server of applications runs it, in a loader of its own. */
public final class RedeployedApplication implements BiConsumer<String, Path> {

    private static final Logger LOG = LoggerFactory.getLogger("shop");
    private static final Duration LONG = Duration.ofSeconds(30);

    /** The address of a receiver and a directory for what is stored. */
    @Override
    public void accept(String receiver, Path directory) {
        Weir weir = Weir.builder()
                .serviceName("redeployed")
                .set("weir.log.directory", directory.toString())
                // Chronicle has a thread that does not end.
                .set("weir.log.store", "file")
                .endpoint(receiver)
                .start();
        if (!weir.isEnabled()) {
            throw new IllegalStateException("off");
        }
        DisposableServer server = weir.instrument(
                        HttpServer.create().host("127.0.0.1").port(0))
                .route(weir.routes(routes -> routes.get("/orders/{id}", (request, response) -> {
                    LOG.info("on the event loop");
                    return response.sendString(Mono.delay(Duration.ofMillis(1)).map(tick -> "order " + Span.current()));
                })))
                .bindNow();
        try {
            for (int i = 0; i < 3; i++) {
                weir.instrument(HttpClient.create())
                        .get()
                        .uri("http://127.0.0.1:" + server.port() + "/orders/7")
                        .responseContent()
                        .aggregate()
                        .asString()
                        .block(LONG);
            }
            Flux.range(0, 10)
                    .publishOn(Schedulers.parallel())
                    .flatMap(i -> Mono.just(i).subscribeOn(Schedulers.parallel()))
                    .doOnNext(i -> LOG.info("on a scheduler {}", i))
                    .blockLast(LONG);
            Span span =
                    weir.openTelemetry().getTracer("shop").spanBuilder("order").startSpan();
            LOG.info("a line");
            span.end();
            weir.flush(LONG);
        } finally {
            server.disposeNow();
            weir.close();
        }
    }
}
