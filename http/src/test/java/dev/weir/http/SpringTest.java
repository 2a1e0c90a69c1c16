// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.number;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.http.webclient.WebClientTelemetry;
import dev.weir.http.webflux.WebFluxTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.config.EnableWebFlux;
import org.springframework.web.reactive.config.ResourceHandlerRegistry;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** WebFlux and WebClient of Spring 7 on instrumented servers and clients. */
class SpringTest {

    @Configuration
    @EnableWebFlux
    @RestController
    static class App implements WebFluxConfigurer {

        static final AtomicReference<String> SEEN = new AtomicReference<>();

        @GetMapping("/annotated/{id}")
        Mono<String> annotated(@PathVariable("id") String id) {
            return Mono.delay(Duration.ofMillis(2)).map(x -> id);
        }

        @GetMapping("/fails/{id}")
        Mono<String> fails(@PathVariable("id") String id) {
            return Mono.error(new IllegalStateException("controller"));
        }

        @GetMapping("/hangs/{id}")
        Mono<String> hangs(@PathVariable("id") String id) {
            return Mono.never();
        }

        @Bean
        RouterFunction<ServerResponse> functional() {
            return RouterFunctions.route()
                    .GET("/functional/{id}", request -> ServerResponse.ok().bodyValue(request.pathVariable("id")))
                    .build();
        }

        @Bean
        WebFluxTelemetry telemetry() {
            return WebFluxTelemetry.filter();
        }

        @Override
        public void addResourceHandlers(ResourceHandlerRegistry registry) {
            registry.addResourceHandler("/**").addResourceLocations("classpath:/static/");
        }
    }

    private static DisposableServer serve(HttpFixture it, AnnotationConfigApplicationContext spring) {
        return it.bind(it.http
                .instrument(HttpServer.create())
                .handle(new ReactorHttpHandlerAdapter(
                        WebHttpHandlerBuilder.applicationContext(spring).build())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"annotated", "functional"})
    void matchedRequest_isNamedByItsPattern(String kind) {
        try (HttpFixture it = new HttpFixture();
                var spring = new AnnotationConfigApplicationContext(App.class)) {
            DisposableServer server = serve(it, spring);

            String body = it.plainClient(server)
                    .get()
                    .uri("/" + kind + "/7")
                    .responseContent()
                    .aggregate()
                    .asString()
                    .block(LIMIT);

            assertThat(body).isEqualTo("7");
            assertThat(it.serverSpan().getName()).isEqualTo("GET /" + kind + "/{id}");
        }
    }

    @Test
    void unmatchedRequest_isNamedByItsMethodEvenWhereResourcesMapEverything() {
        try (HttpFixture it = new HttpFixture();
                var spring = new AnnotationConfigApplicationContext(App.class)) {
            DisposableServer server = serve(it, spring);

            it.plainClient(server).get().uri("/nothing/here").response().block(LIMIT);

            SpanData span = it.serverSpan();
            assertThat(span.getName()).isEqualTo("GET");
            assertThat(number(span, "http.response.status_code")).isEqualTo(404);
            assertThat(text(span, "error.type")).isNull();
            assertThat(text(span, "http.route")).isNull();
        }
    }

    @Test
    void exceptionThatBecomesA500_isAnEventOfTheSpan() {
        try (HttpFixture it = new HttpFixture();
                var spring = new AnnotationConfigApplicationContext(App.class)) {
            DisposableServer server = serve(it, spring);

            it.plainClient(server).get().uri("/fails/1").response().block(LIMIT);

            SpanData span = it.serverSpan();
            assertThat(span.getName()).isEqualTo("GET /fails/{id}");
            assertThat(text(span, "error.type")).isEqualTo("500");
            assertThat(span.getEvents())
                    .singleElement()
                    .satisfies(event ->
                            assertThat(event.getAttributes().asMap().toString()).contains("IllegalStateException"));
        }
    }

    @Test
    void clientThatDisconnectsWhileADownstreamCallIsPending_leavesBothSpansEnded() {
        try (HttpFixture it = new HttpFixture();
                var spring = new AnnotationConfigApplicationContext(App.class)) {
            DisposableServer back = serve(it, spring);
            WebClient web = WebClientTelemetry.instrument(WebClient.builder(), it.http, HttpClient.create(it.pool))
                    .baseUrl("http://127.0.0.1:" + back.port())
                    .build();
            DisposableServer front = it.serve(routes -> routes.get(
                    "/front",
                    (req, res) -> res.sendString(
                            web.get().uri("/hangs/{id}", 1).retrieve().bodyToMono(String.class))));

            try (RawClient client = new RawClient(front.port())) {
                client.send("GET /front HTTP/1.1\r\nHost: t\r\n\r\n");
                org.awaitility.Awaitility.await().atMost(LIMIT).until(() -> it.http.openExchanges() == 3);
                client.reset();
            }

            List<SpanData> spans = it.spans(3);
            assertThat(spans)
                    .extracting(SpanData::getName)
                    .containsExactlyInAnyOrder("GET /front", "GET /hangs/{id}", "GET /hangs/{id}");
        }
    }

    @Test
    void webClient_hasOneSpanASendWithTheTemplateWhateverIsCombined() {
        try (HttpFixture it = new HttpFixture();
                var spring = new AnnotationConfigApplicationContext(App.class)) {
            DisposableServer server = serve(it, spring);
            HttpClient already = it.http.instrument(HttpClient.create(it.pool));
            WebClient web = WebClientTelemetry.instrument(WebClient.builder(), it.http, already)
                    .filter(WebClientTelemetry.templates())
                    .baseUrl("http://127.0.0.1:" + server.port())
                    .build();

            String body = web.get()
                    .uri("/annotated/{id}?q={q}", 5, "x")
                    .retrieve()
                    .bodyToMono(String.class)
                    .block(LIMIT);

            assertThat(body).isEqualTo("5");
            SpanData client = it.span(SpanKind.CLIENT, 2);
            assertThat(client.getName()).isEqualTo("GET /annotated/{id}");
            assertThat(text(client, "url.template")).isEqualTo("/annotated/{id}");
            assertThat(text(client, "url.full")).endsWith("/annotated/5?q=x");
        }
    }

    @Test
    void webClientWithoutTemplate_isNamedByItsMethod() {
        try (HttpFixture it = new HttpFixture();
                var spring = new AnnotationConfigApplicationContext(App.class)) {
            DisposableServer server = serve(it, spring);
            WebClient web = WebClientTelemetry.instrument(WebClient.builder(), it.http, HttpClient.create(it.pool))
                    .build();

            web.get()
                    .uri("http://127.0.0.1:" + server.port() + "/annotated/9")
                    .retrieve()
                    .bodyToMono(String.class)
                    .block(LIMIT);

            assertThat(it.span(SpanKind.CLIENT, 2).getName()).isEqualTo("GET");
        }
    }

    @Test
    void callOfAWebFluxHandler_belongsToItsRequestWithoutAnyPropagation() {
        try (HttpFixture it = new HttpFixture();
                var spring = new AnnotationConfigApplicationContext(App.class)) {
            DisposableServer back = serve(it, spring);
            HttpClient client = it.client(back);
            var routes = RouterFunctions.toWebHandler(RouterFunctions.route()
                    .GET(
                            "/front",
                            request -> Mono.delay(Duration.ofMillis(2))
                                    .then(client.get()
                                            .uri("/annotated/1")
                                            .responseContent()
                                            .aggregate()
                                            .asString())
                                    .flatMap(body -> ServerResponse.ok().bodyValue(body)))
                    .build());
            DisposableServer front = it.bind(it.http
                    .instrument(HttpServer.create())
                    .handle(new ReactorHttpHandlerAdapter(WebHttpHandlerBuilder.webHandler(routes)
                            .filter(WebFluxTelemetry.filter())
                            .build())));

            it.plainClient(front).get().uri("/front").response().block(LIMIT);

            List<SpanData> spans = it.spans(3);
            assertThat(spans)
                    .extracting(SpanData::getTraceId)
                    .containsOnly(spans.get(0).getTraceId());
            assertThat(Span.current().getSpanContext().isValid()).isFalse();
        }
    }
}
