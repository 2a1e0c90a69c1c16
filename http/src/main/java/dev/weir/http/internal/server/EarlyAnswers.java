// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.server;

import org.jspecify.annotations.Nullable;
import reactor.netty.http.server.HttpServerRequest;

/**
 * Exchanges that were answered before their request was complete. Reactor Netty answers an undecodable body first and
 * reports it afterwards, in the same turn of the event loop, with operations that no longer know their channel: then
 * the last exchange that was answered on the thread is the right one. Each thread has at most one, until its next turn.
 * Thread-safe.
 */
final class EarlyAnswers {

    @SuppressWarnings("ThreadLocalUsage") // two telemetries of one process must not find each other's
    private final ThreadLocal<@Nullable ServerExchange> last = new ThreadLocal<>();

    void add(ServerExchange exchange) {
        last.set(exchange);
    }

    void remove(ServerExchange exchange) {
        if (last.get() == exchange) {
            last.remove();
        }
    }

    /** The body of {@code request} cannot be decoded. */
    void undecodable(HttpServerRequest request) {
        ServerExchange exchange = last.get();
        if (exchange != null && exchange.isOf(request)) {
            exchange.undecodable();
        }
    }
}
