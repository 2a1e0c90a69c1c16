// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.webflux;

import dev.weir.context.Traced;
import dev.weir.http.internal.server.ServerRequests;
import io.opentelemetry.context.Context;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Adds to an exchange what only WebFlux knows: the route, and the exception that became a response. Register the filter
 * as a bean, or with {@code WebHttpHandlerBuilder.filter}; it comes before all filters but one.
 *
 * <p>Stateless and thread-safe. Does nothing where the server is not instrumented or is not Reactor Netty, as in a test
 * with mocks; never throws into the application.
 *
 * @since 0.1
 */
public final class WebFluxTelemetry implements WebFilter, Ordered {

    private WebFluxTelemetry() {}

    /**
     * Creates the filter. One is enough for any number of servers.
     *
     * @return a filter with the order {@link Ordered#HIGHEST_PRECEDENCE} + 1
     */
    public static WebFluxTelemetry filter() {
        return new WebFluxTelemetry();
    }

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE + 1;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        Object request = nativeRequest(exchange);
        Context context = request == null ? null : context(request);
        if (request == null || context == null) {
            return chain.filter(exchange);
        }
        try {
            exchange.getResponse().beforeCommit(() -> Mono.fromRunnable(() -> route(exchange, request, false)));
        } catch (Throwable failure) {
            ServerRequests.failed(request, "registering with a response of WebFlux", failure);
        }
        return chain.filter(exchange)
                .doOnError(failure -> {
                    route(exchange, request, true);
                    handled(request, failure);
                })
                .doOnCancel(() -> route(exchange, request, false))
                .contextWrite(reactor -> Traced.put(reactor, context));
    }

    /** Null when there is none, or Spring does not give it: mocks of tests throw different exceptions here. */
    private static @Nullable Object nativeRequest(ServerWebExchange exchange) {
        try {
            return ServerHttpRequestDecorator.getNativeRequest(exchange.getRequest());
        } catch (Throwable notNative) {
            return null;
        }
    }

    private static @Nullable Context context(Object request) {
        try {
            return ServerRequests.context(request);
        } catch (Throwable failure) {
            ServerRequests.failed(request, "reading a request of WebFlux", failure);
            return null;
        }
    }

    private static void route(ServerWebExchange exchange, Object request, boolean failed) {
        try {
            String route = WebFluxRoute.of(exchange, failed);
            if (route != null) {
                ServerRequests.route(request, route);
            }
        } catch (Throwable failure) {
            ServerRequests.failed(request, "reading a route of WebFlux", failure);
        }
    }

    private static void handled(Object request, Throwable handled) {
        try {
            ServerRequests.handled(request, handled);
        } catch (Throwable failure) {
            ServerRequests.failed(request, "reading a request of WebFlux", failure);
        }
    }
}
