// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.server;

import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import org.jspecify.annotations.Nullable;
import reactor.netty.Connection;
import reactor.netty.http.server.HttpServerRequest;

/**
 * Finds the exchange of a request or response of Reactor Netty. Does nothing for one that is not instrumented.
 * Stateless; to be called where the application handles the request.
 */
public final class ServerRequests {

    private ServerRequests() {}

    /** Sets the route; the last call counts. */
    public static void route(Object message, String template) {
        ServerExchange exchange = find(message);
        if (exchange != null) {
            exchange.route(template);
        }
    }

    /** Reports a failure that a framework turns into a response: it explains a response with an error status. */
    public static void handled(Object message, Throwable failure) {
        ServerExchange exchange = find(message);
        if (exchange != null) {
            exchange.handled(failure);
        }
    }

    /** The trace context of the request; null when it is not instrumented. */
    public static @Nullable Context context(Object message) {
        ServerExchange exchange = find(message);
        if (exchange != null) {
            return exchange.context();
        }
        ServerHandler handler = handler(message);
        return handler == null ? null : handler.upgraded();
    }

    /** The ids of the request's span; invalid ones when it is not instrumented. */
    public static SpanContext ids(@Nullable Object message) {
        ServerExchange exchange = message == null ? null : find(message);
        return exchange == null ? SpanContext.getInvalid() : exchange.spanContext();
    }

    /** Counts an exception that a framework threw while it was asked about a request. */
    public static void failed(Object message, String what, Throwable failure) {
        ServerHandler handler = handler(message);
        if (handler != null) {
            handler.failed(what, failure);
        }
    }

    private static @Nullable ServerExchange find(Object message) {
        ServerHandler handler = handler(message);
        return handler != null && message instanceof HttpServerRequest request ? handler.exchange(request) : null;
    }

    private static @Nullable ServerHandler handler(Object message) {
        return message instanceof Connection connection ? ServerHandler.of(connection.channel()) : null;
    }
}
