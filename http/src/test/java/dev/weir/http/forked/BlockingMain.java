// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.forked;

import dev.weir.context.TracePropagation;
import dev.weir.context.w3c.W3cPropagator;
import dev.weir.http.HttpTelemetry;
import dev.weir.http.webclient.WebClientTelemetry;
import dev.weir.http.webflux.WebFluxTelemetry;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.blockhound.BlockHound;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRoutes;

/** Every kind of exchange on event loops that BlockHound watches; prints what blocked, and {@code done}. */
public final class BlockingMain {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private BlockingMain() {}

    public static void main(String[] arguments) {
        Set<String> blocked = ConcurrentHashMap.newKeySet();
        CountDownLatch control = new CountDownLatch(1);
        BlockHound.builder()
                .loadIntegrations()
                .blockingMethodCallback(method -> {
                    blocked.add(method + stack());
                    control.countDown();
                })
                .install();
        Mono.fromCallable(() -> control.await(10, TimeUnit.SECONDS))
                .subscribeOn(Schedulers.parallel())
                .block();
        System.out.println("control: " + (blocked.isEmpty() ? "missed" : "noticed"));
        blocked.clear();
        try (TracePropagation propagation = TracePropagation.enable()) {
            exchanges();
        } catch (Throwable failure) {
            failure.printStackTrace(System.out);
        }
        blocked.forEach(what -> System.out.println("blocked: " + what));
        System.out.println("done");
        System.exit(0);
    }

    private static String stack() {
        StringBuilder text = new StringBuilder();
        for (StackTraceElement frame : new Throwable().getStackTrace()) {
            text.append("\n    ").append(frame);
        }
        return text.toString();
    }

    private static void exchanges() {
        OpenTelemetrySdk sdk = OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .addSpanProcessor(SimpleSpanProcessor.create(InMemorySpanExporter.create()))
                        .build())
                .setMeterProvider(SdkMeterProvider.builder()
                        .registerMetricReader(InMemoryMetricReader.create())
                        .build())
                .setPropagators(ContextPropagators.create(W3cPropagator.instance()))
                .build();
        HttpTelemetry http = HttpTelemetry.builder(sdk)
                .bodySizes(true)
                .traceHeader("traceresponse")
                .build();
        DisposableServer server = bind(http.instrument(HttpServer.create())
                .accessLog(true, http.accessLog())
                .route(http.routes(r -> routes(r))));
        DisposableServer http2 = bind(
                http.instrument(HttpServer.create()).protocol(HttpProtocol.H2C).route(http.routes(r -> routes(r))));
        DisposableServer spring = bind(http.instrument(HttpServer.create())
                .handle(new ReactorHttpHandlerAdapter(WebHttpHandlerBuilder.webHandler(RouterFunctions.toWebHandler(
                                RouterFunctions.route()
                                        .GET(
                                                "/orders/{id}",
                                                r -> ServerResponse.ok().bodyValue(r.pathVariable("id")))
                                        .build()))
                        .filter(WebFluxTelemetry.filter())
                        .build())));
        HttpClient client = http.instrument(HttpClient.create()).followRedirect(true);
        WebClient web = WebClientTelemetry.instrument(WebClient.builder(), http)
                .baseUrl("http://127.0.0.1:" + spring.port())
                .build();
        for (int round = 0; round < 20; round++) {
            for (String path : new String[] {"/ok/1", "/moved", "/fails", "/none", "/hangs", "/hops"}) {
                call(client.baseUrl("http://127.0.0.1:" + server.port()), path);
                call(client.protocol(HttpProtocol.H2C).baseUrl("http://127.0.0.1:" + http2.port()), path);
            }
            call(client.baseUrl("http://127.0.0.1:1"), "/refused");
            client.websocket()
                    .uri("ws://127.0.0.1:" + server.port() + "/ws")
                    .handle((in, out) -> out.sendString(Flux.just("a"))
                            .then()
                            .thenMany(in.receive().asString().take(1)))
                    .blockLast(LIMIT);
            web.get()
                    .uri("/orders/{id}", round)
                    .retrieve()
                    .bodyToMono(String.class)
                    .block(LIMIT);
            web.get()
                    .uri("/none")
                    .retrieve()
                    .bodyToMono(String.class)
                    .onErrorComplete()
                    .block(LIMIT);
        }
    }

    private static DisposableServer bind(HttpServer server) {
        return server.host("127.0.0.1").port(0).bindNow();
    }

    private static void routes(HttpServerRoutes routes) {
        routes.get("/ok/{id}", (req, res) -> res.sendString(Mono.just("ok")))
                .get("/moved", (req, res) -> res.sendRedirect("/ok/2"))
                .get("/fails", (req, res) -> Mono.error(new IllegalStateException("as asked")))
                .get("/hangs", (req, res) -> Mono.never())
                .get(
                        "/hops",
                        (req, res) -> res.sendString(Mono.delay(Duration.ofMillis(1))
                                .map(x -> "hops")
                                .publishOn(Schedulers.parallel())))
                .ws("/ws", (in, out) -> out.send(in.receive().retain()));
    }

    private static void call(HttpClient client, String path) {
        Mono<String> answer =
                client.get().uri(path).responseContent().aggregate().asString();
        (path.equals("/hangs") ? answer.timeout(Duration.ofMillis(5)) : answer)
                .onErrorComplete()
                .block(LIMIT);
    }
}
