// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import java.util.function.Consumer;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRoutes;

/** The measured application: {@code /fast} answers at once, {@code /chain} asks {@code /pay} of its second server first. */
final class MacroApplication {

    private MacroApplication() {}

    /** The second server. */
    static HttpServer back(Instruments instruments, HttpServer server) {
        return with(
                instruments,
                server,
                routes -> routes.get(
                        "/pay", instruments.handler("/pay", (req, res) -> res.sendString(Mono.just("paid")))));
    }

    /** The first server; the client reaches the second one. */
    static HttpServer front(Instruments instruments, HttpServer server, HttpClient client) {
        return with(
                instruments,
                server,
                routes -> routes.get(
                                "/fast", instruments.handler("/fast", (req, res) -> res.sendString(Mono.just("fast"))))
                        .get(
                                "/chain",
                                instruments.handler(
                                        "/chain",
                                        (req, res) -> res.sendString(instruments.call(client.get()
                                                .uri("/pay")
                                                .responseContent()
                                                .aggregate()
                                                .asString())))));
    }

    private static HttpServer with(Instruments instruments, HttpServer server, Consumer<HttpServerRoutes> routes) {
        return instruments.server(server).route(instruments.routes(routes));
    }
}
