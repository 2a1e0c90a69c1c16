// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.webflux;

import dev.weir.context.Traced;
import dev.weir.http.server.ServerRequests;
import io.opentelemetry.context.Context;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.resource.ResourceWebHandler;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * What WebFlux knows and the server below it does not. Register the filter as a bean, or with
 * {@code WebHttpHandlerBuilder.filter}; it comes before all filters but one.
 *
 * <p>Stateless and thread-safe. Does nothing where the server is not instrumented or is not Reactor Netty.
 */
public final class WebFluxTelemetry implements WebFilter, Ordered {

    private WebFluxTelemetry() {}

    /** The filter. One is enough for any number of servers. */
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
        Context context = request == null ? null : ServerRequests.context(request);
        if (request == null || context == null) {
            return chain.filter(exchange);
        }
        exchange.getResponse().beforeCommit(() -> Mono.fromRunnable(() -> route(exchange, request)));
        return chain.filter(exchange)
                .doOnError(failure -> {
                    route(exchange, request);
                    ServerRequests.handled(request, failure);
                })
                .doOnCancel(() -> route(exchange, request))
                .contextWrite(reactor -> Traced.put(reactor, context));
    }

    private static @Nullable Object nativeRequest(ServerWebExchange exchange) {
        try {
            return ServerHttpRequestDecorator.getNativeRequest(exchange.getRequest());
        } catch (IllegalArgumentException e) {
            // A request that is not backed by a native one, as in a test.
            return null;
        }
    }

    /** A resource handler maps everything: its pattern would make a route of each 404. */
    private static void route(ServerWebExchange exchange, Object request) {
        Object pattern = exchange.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
        if (pattern == null) {
            // Router functions without a dispatcher leave only this one.
            pattern = exchange.getAttribute(RouterFunctions.MATCHING_PATTERN_ATTRIBUTE);
        }
        if (pattern != null
                && !(exchange.getAttribute(HandlerMapping.BEST_MATCHING_HANDLER_ATTRIBUTE)
                        instanceof ResourceWebHandler)) {
            ServerRequests.route(request, pattern.toString());
        }
    }
}
