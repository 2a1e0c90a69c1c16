// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.w3c;

import dev.weir.context.TracePropagation;
import dev.weir.context.w3c.W3cPropagator;
import dev.weir.http.HttpTelemetry;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * The service that the W3C trace-context harness calls: it posts the {@code arguments} of each element of the request to the
 * element's {@code url}, through an instrumented client and under the instrumented server's trace.
 */
public final class W3cService implements AutoCloseable {

    private final TracePropagation propagation = TracePropagation.enable();
    private final OpenTelemetrySdk sdk;
    private final HttpTelemetry http;
    private final HttpClient client;
    private final DisposableServer server;

    W3cService(int port) {
        // Without a processor the SDK hands out spans that record nothing.
        sdk = OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .addSpanProcessor(BatchSpanProcessor.builder(InMemorySpanExporter.create())
                                .build())
                        .build())
                .setPropagators(ContextPropagators.create(W3cPropagator.instance()))
                .build();
        http = HttpTelemetry.create(sdk);
        client = http.instrument(HttpClient.create());
        server = http.instrument(HttpServer.create())
                .host("127.0.0.1")
                .port(port)
                .route(http.routes(routes -> routes.post("/test", this::call)))
                .bindNow();
    }

    private Publisher<Void> call(HttpServerRequest request, HttpServerResponse response) {
        return request.receive()
                .aggregate()
                .asString()
                .flatMapIterable(JsonSlices::parts)
                .concatMap(element -> client.headers(
                                headers -> headers.set(HttpHeaderNames.CONTENT_TYPE, "application/json"))
                        .post()
                        .uri(JsonSlices.string(JsonSlices.member(element, "url")))
                        .send(ByteBufFlux.fromString(Mono.just(JsonSlices.member(element, "arguments"))))
                        .responseContent()
                        .aggregate()
                        .asString()
                        .onErrorResume(failure -> Mono.empty()))
                .thenMany(Flux.defer(() -> response.sendString(Mono.just("ok")).then()));
    }

    int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.disposeNow();
        http.close();
        sdk.close();
        propagation.close();
    }

    /** Serves until it is killed. */
    public static void main(String[] arguments) {
        try (W3cService service = new W3cService(Integer.parseInt(arguments[0]))) {
            service.server.onDispose().block();
        }
    }
}
