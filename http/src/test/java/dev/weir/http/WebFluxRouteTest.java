// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.http.webflux.WebFluxTelemetry;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.http.server.reactive.ContextPathCompositeHandler;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.function.server.HandlerStrategies;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.WebHandler;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import org.springframework.web.util.pattern.PathPatternParser;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRoutes;

/** A route begins at the root of the application, and is the one that the outer request matched. */
class WebFluxRouteTest {

    private static final String GATEWAY = "org.springframework.cloud.gateway.support.ServerWebExchangeUtils.";

    private static SpanData get(HttpFixture it, HttpHandler handler, String path) {
        DisposableServer server =
                it.bind(it.http.instrument(HttpServer.create()).handle(new ReactorHttpHandlerAdapter(handler)));
        it.plainClient(server).get().uri(path).responseContent().aggregate().block(LIMIT);
        return it.serverSpan();
    }

    private static HttpHandler functional(RouterFunction<ServerResponse> routes) {
        return RouterFunctions.toHttpHandler(
                routes,
                HandlerStrategies.builder().webFilter(WebFluxTelemetry.filter()).build());
    }

    private static HttpHandler under(String root, HttpHandler handler) {
        return new ContextPathCompositeHandler(Map.of(root, handler));
    }

    @Test
    void routerFunctionUnderABasePath_includesIt() {
        try (HttpFixture it = new HttpFixture()) {
            HttpHandler handler = functional(RouterFunctions.route(
                    RequestPredicates.GET("/orders/{id}"),
                    r -> ServerResponse.ok().bodyValue("x")));

            SpanData span = get(it, under("/shop", handler), "/shop/orders/7");

            assertThat(text(span, "http.route")).isEqualTo("/shop/orders/{id}");
            assertThat(span.getName()).isEqualTo("GET /shop/orders/{id}");
        }
    }

    @ParameterizedTest
    @CsvSource({"/api,/api/shop/orders/7,/api/shop/orders/{id}", "/api,/api/shop,/api/shop"})
    void nestedRouterFunctions_giveTheWholePattern(String root, String path, String route) {
        try (HttpFixture it = new HttpFixture()) {
            HttpHandler handler = functional(RouterFunctions.route()
                    .path(
                            "/shop",
                            shop -> shop.GET(
                                            "/orders/{id}",
                                            r -> ServerResponse.ok().bodyValue("x"))
                                    .GET("", r -> ServerResponse.ok().bodyValue("x")))
                    .build());

            assertThat(text(get(it, under(root, handler), path), "http.route")).isEqualTo(route);
        }
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "/shop/annotated/7,/shop/annotated/{id}",
                "/shop/functional/7,/shop/functional/{id}",
                "/shop/fails/7,/shop/fails/{id}",
                "/shop/here.txt,/shop/**",
                "/shop/nothing/here,-",
            })
    void dispatcherUnderABasePath_includesIt(String path, String route) {
        try (HttpFixture it = new HttpFixture();
                var spring = new AnnotationConfigApplicationContext(SpringTest.App.class)) {
            HttpHandler handler =
                    WebHttpHandlerBuilder.applicationContext(spring).build();

            assertThat(text(get(it, under("/shop", handler), path), "http.route"))
                    .isEqualTo(route);
        }
    }

    /** Reactor Netty's routes match the whole path, also where an outer route hands a request on to inner ones. */
    @Test
    void routesThatAreMountedByHand_giveTheWholeTemplate() {
        try (HttpFixture it = new HttpFixture()) {
            HttpServerRoutes inner = HttpServerRoutes.newRoutes();
            it.http
                    .routes(r -> r.get("/shop/orders/{id}", (req, res) -> res.sendString(Mono.just("x"))))
                    .accept(inner);
            DisposableServer server = it.serve(routes -> routes.get("/shop/**", inner));

            it.plainClient(server).get().uri("/shop/orders/7").response().block(LIMIT);

            assertThat(text(it.serverSpan(), "http.route")).isEqualTo("/shop/orders/{id}");
        }
    }

    /** As the gateway's route: an object with an id. */
    public static final class Route {

        private final Object id;

        Route(Object id) {
            this.id = id;
        }

        public Object getId() {
            if (id instanceof RuntimeException thrown) {
                throw thrown;
            }
            return id;
        }
    }

    private static SpanData routed(HttpFixture it, Object route, String matched) {
        WebHandler gateway = exchange -> {
            if (route != null) {
                exchange.getAttributes().put(GATEWAY + "gatewayRoute", route);
            }
            if (matched != null) {
                exchange.getAttributes().put(GATEWAY + "gatewayPredicateMatchedPathAttr", matched);
            }
            // forward:/fallback is dispatched once more, and this is what that leaves behind.
            exchange.getAttributes()
                    .put(
                            HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE,
                            PathPatternParser.defaultInstance.parse("/fallback"));
            return exchange.getResponse().setComplete();
        };
        return get(
                it,
                WebHttpHandlerBuilder.webHandler(gateway)
                        .filter(WebFluxTelemetry.filter())
                        .build(),
                "/api/customer/7");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "customers-service,/api/customer/**,/api/customer/**",
                "customers-service,-,customers-service",
                "-,-,/fallback",
            })
    void requestThatAGatewayRoutes_keepsTheRouteOfTheOuterRequest(String id, String matched, String route) {
        try (HttpFixture it = new HttpFixture()) {
            assertThat(text(routed(it, id == null ? null : new Route(id), matched), "http.route"))
                    .isEqualTo(route);
        }
    }

    @Test
    void routeOfAGatewayThatCannotBeRead_costsNothing() {
        for (Object id :
                new Object[] {new IllegalStateException("as asked"), 7, "", "0b9d1bd1-2f6e-4c39-8f5a-6f4f7a1f2d33"}) {
            try (HttpFixture it = new HttpFixture()) {
                SpanData span = routed(it, new Route(id), null);

                assertThat(HttpFixture.number(span, "http.response.status_code"))
                        .as("%s", id)
                        .isEqualTo(200);
                assertThat(text(span, "http.route")).as("%s", id).isEqualTo("/fallback");
            }
        }
    }
}
