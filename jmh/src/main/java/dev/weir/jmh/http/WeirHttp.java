// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import dev.weir.http.HttpTelemetry;
import java.util.function.Consumer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRoutes;

/** Weir's telemetry of HTTP. */
record WeirHttp(HttpTelemetry http) implements Instruments {

    @Override
    public HttpServer server(HttpServer server) {
        return http.instrument(server);
    }

    @Override
    public HttpClient client(HttpClient client) {
        return http.instrument(client);
    }

    @Override
    public Consumer<? super HttpServerRoutes> routes(Consumer<HttpServerRoutes> routes) {
        return http.routes(routes);
    }
}
