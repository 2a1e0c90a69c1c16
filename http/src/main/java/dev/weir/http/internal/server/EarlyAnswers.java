// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.server;

import org.jspecify.annotations.Nullable;
import reactor.netty.http.server.HttpServerRequest;

/**
 * Exchanges that were answered before their request had come in full. Reactor Netty answers an undecodable body first and tells of it
 * afterwards, in the same turn of the event loop, of operations that no longer know their channel: by then the last one that was answered on
 * the thread is the one that is meant. Each thread has one at most, until its next turn.
 */
final class EarlyAnswers {

    @SuppressWarnings("ThreadLocalUsage") // two telemetries of one process must not see each other's
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
