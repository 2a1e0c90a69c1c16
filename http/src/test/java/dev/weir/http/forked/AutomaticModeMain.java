// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.forked;

import dev.weir.context.TracePropagation;
import dev.weir.context.w3c.W3cPropagator;
import dev.weir.http.HttpTelemetry;
import dev.weir.http.webflux.WebFluxTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.server.WebExceptionHandler;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.logging.AccessLog;
import reactor.netty.resources.ConnectionProvider;

/**
 * A server beside Reactor's automatic context propagation, switched on before ({@code -Dorder=before}) or after the propagation of
 * traces. Prints for each place of a request whether its trace was current there.
 */
public final class AutomaticModeMain {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Queue<String> SEEN = new ConcurrentLinkedQueue<>();
    private static final ConnectionProvider POOL = ConnectionProvider.create("one", 1);

    private AutomaticModeMain() {}

    public static void main(String[] arguments) {
        boolean before = "before".equals(System.getProperty("order"));
        if (before) {
            Hooks.enableAutomaticContextPropagation();
        }
        try (TracePropagation propagation = TracePropagation.enable()) {
            if (!before) {
                Hooks.enableAutomaticContextPropagation();
            }
            requests();
        } catch (Throwable failure) {
            failure.printStackTrace(System.out);
        }
        SEEN.forEach(System.out::println);
        System.out.println("done");
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    /** The trace of the request stands in the name of the place until it is compared. */
    private static void see(int request, String place) {
        String current = Span.current().getSpanContext().getTraceId();
        SEEN.add((current.equals(traceId(request)) ? "right: " : "wrong: ") + place + " of " + request
                + (current.equals(traceId(request)) ? "" : " sees " + current));
    }

    private static String traceId(int request) {
        return Integer.toString(request).repeat(32);
    }

    private static void requests() {
        OpenTelemetrySdk sdk = OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder().build())
                .setPropagators(ContextPropagators.create(W3cPropagator.instance()))
                .build();
        try (HttpTelemetry http = HttpTelemetry.create(sdk)) {
            netty(http);
            webFlux(http);
        }
    }

    private static void netty(HttpTelemetry http) {
        DisposableServer server = http.instrument(HttpServer.create())
                .host("127.0.0.1")
                .port(0)
                .accessLog(true, args -> {
                    see(request(String.valueOf(args.uri())), "access log");
                    return AccessLog.create("{}", args.uri());
                })
                .route(http.routes(r -> r.post("/body/{n}", (req, res) -> {
                            int n = request(req.uri());
                            see(n, "handler");
                            return res.sendString(req.receive()
                                    .aggregate()
                                    .asString()
                                    .doOnNext(x -> see(n, "received body"))
                                    .map(x -> {
                                        see(n, "map");
                                        return x;
                                    })
                                    .delayElement(Duration.ofMillis(5))
                                    .doOnNext(x -> see(n, "after a delay"))
                                    .flatMap(x -> Mono.just(x).doOnNext(y -> see(n, "inner")))
                                    .doFinally(signal -> see(n, "end")));
                        })
                        .ws("/ws/{n}", (in, out) -> {
                            int n = request(in.headers().get("x-request"));
                            see(n, "websocket handler");
                            return out.sendString(in.receive()
                                    .asString()
                                    .doOnNext(x -> see(n, "websocket message"))
                                    .delayElements(Duration.ofMillis(5))
                                    .doOnNext(x -> see(n, "websocket message after a delay")));
                        })))
                .bindNow();
        HttpClient client = HttpClient.create(POOL).baseUrl("http://127.0.0.1:" + server.port());
        for (int n = 1; n <= 2; n++) {
            traced(client, n)
                    .post()
                    .uri("/body/" + n)
                    .send(ByteBufFlux.fromString(Flux.just("a", "b").delayElements(Duration.ofMillis(5))))
                    .responseContent()
                    .aggregate()
                    .asString()
                    .block(LIMIT);
        }
        traced(HttpClient.newConnection().baseUrl("http://127.0.0.1:" + server.port()), 3)
                .headers(h -> h.set("x-request", "/3"))
                .websocket()
                .uri("/ws/3")
                .handle((in, out) -> out.sendString(Flux.just("a", "b"))
                        .then()
                        .thenMany(in.receive().asString().take(2)))
                .blockLast(LIMIT);
        server.disposeNow();
    }

    private static void webFlux(HttpTelemetry http) {
        WebFilter filter = (exchange, chain) -> {
            int n = request(exchange.getRequest().getURI().getPath());
            see(n, "filter");
            exchange.getResponse().beforeCommit(() -> Mono.fromRunnable(() -> see(n, "beforeCommit")));
            return chain.filter(exchange).doFinally(signal -> see(n, "end of the filter"));
        };
        WebExceptionHandler errors = (exchange, failure) -> {
            int n = request(exchange.getRequest().getURI().getPath());
            see(n, "error handler");
            exchange.getResponse().setStatusCode(HttpStatus.BAD_GATEWAY);
            return Mono.delay(Duration.ofMillis(5))
                    .doOnNext(x -> see(n, "error handler after a delay"))
                    .then(exchange.getResponse().setComplete());
        };
        DisposableServer server = http.instrument(HttpServer.create())
                .host("127.0.0.1")
                .port(0)
                .handle(new ReactorHttpHandlerAdapter(WebHttpHandlerBuilder.webHandler(exchange -> {
                            int n = request(exchange.getRequest().getURI().getPath());
                            return Mono.delay(Duration.ofMillis(5))
                                    .doOnNext(x -> see(n, "web handler"))
                                    .then(
                                            n == 5
                                                    ? Mono.error(new IllegalStateException("as asked"))
                                                    : exchange.getResponse().setComplete());
                        })
                        .filter(WebFluxTelemetry.filter(), filter)
                        .exceptionHandler(errors)
                        .build()))
                .bindNow();
        HttpClient client = HttpClient.create(POOL).baseUrl("http://127.0.0.1:" + server.port());
        for (int n = 4; n <= 5; n++) {
            traced(client, n).get().uri("/" + n).response().block(LIMIT);
        }
        server.disposeNow();
    }

    private static int request(String uri) {
        return Integer.parseInt(uri.substring(uri.lastIndexOf('/') + 1));
    }

    private static HttpClient traced(HttpClient client, int request) {
        return client.headers(h -> h.set("traceparent", "00-" + traceId(request) + "-00000000000000aa-01"));
    }
}
