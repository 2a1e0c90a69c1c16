// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.HttpServerRoutes;

/** How the measured servers and clients are instrumented: each method gives back what it gets, with or without telemetry. */
interface Instruments {

    /** No telemetry at all. */
    Instruments NONE = new Instruments() {};

    /** The code of one route. */
    interface Handler extends BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> {}

    default HttpServer server(HttpServer server) {
        return server;
    }

    default HttpClient client(HttpClient client) {
        return client;
    }

    default Consumer<? super HttpServerRoutes> routes(Consumer<HttpServerRoutes> routes) {
        return routes;
    }

    default Handler handler(String route, Handler handler) {
        return handler;
    }

    /** A call of a client, assembled inside a handler. */
    default <T> Mono<T> call(Mono<T> call) {
        return call;
    }
}
