// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.webflux;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.resource.ResourceWebHandler;
import org.springframework.web.server.ServerWebExchange;

/**
 * The template that an exchange matched, from the root of the application: the base path and the pattern, or the route
 * of a gateway. Exceptions of Spring are not caught.
 */
final class WebFluxRoute {

    private WebFluxRoute() {}

    /**
     * Null when there is none.
     *
     * @param failed whether the handler failed; the response is not known yet
     */
    static @Nullable String of(ServerWebExchange exchange, boolean failed) {
        // A gateway's forward is dispatched a second time and leaves the pattern of the inner handler.
        String gateway = GatewayRoute.of(exchange.getAttributes());
        if (gateway != null) {
            return gateway;
        }
        Object pattern = exchange.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
        if (pattern == null) {
            // Router functions without a dispatcher leave only this one.
            pattern = exchange.getAttribute(RouterFunctions.MATCHING_PATTERN_ATTRIBUTE);
        }
        if (pattern == null || isNotFound(exchange, failed)) {
            return null;
        }
        String template = pattern.toString();
        String root = exchange.getRequest().getPath().contextPath().value();
        return root.isEmpty() ? template : template.startsWith("/") ? root + template : root + '/' + template;
    }

    /** A resource handler matches every path: its pattern would be the route of each path without a resource. */
    private static boolean isNotFound(ServerWebExchange exchange, boolean failed) {
        if (!(exchange.getAttribute(HandlerMapping.BEST_MATCHING_HANDLER_ATTRIBUTE) instanceof ResourceWebHandler)) {
            return false;
        }
        HttpStatusCode status = exchange.getResponse().getStatusCode();
        return failed || status != null && status.isError();
    }
}
