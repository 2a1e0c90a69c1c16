// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.http.webclient.WebClientTelemetry;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.util.DefaultUriBuilderFactory;
import org.springframework.web.util.UriBuilder;
import org.springframework.web.util.UriBuilderFactory;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** {@code url.template} is the one of the URL that is called: of the whole path, and of no other call. */
class WebClientTemplateTest {

    private static DisposableServer server(HttpFixture it) {
        return it.bind(HttpServer.create()
                .handle((req, res) ->
                        req.uri().startsWith("/moved") ? res.sendRedirect("/to/17") : res.sendString(Mono.just("x"))));
    }

    private static WebClient.Builder web(HttpFixture it) {
        return WebClientTelemetry.instrument(
                WebClient.builder(), it.http, HttpClient.create(it.pool).followRedirect(true));
    }

    @Test
    void callInsideAFilter_hasNotTheTemplateOfTheOuterOne() {
        try (HttpFixture it = new HttpFixture(b -> b.urlTemplate(true))) {
            String to = "http://127.0.0.1:" + server(it).port();
            WebClient tokens = web(it).build();
            HttpClient bare = it.http.instrument(HttpClient.create(it.pool));
            WebClient client = web(it).filter((request, next) -> tokens.post()
                            .uri(to + "/oauth/token")
                            .retrieve()
                            .bodyToMono(String.class)
                            .then(bare.get()
                                    .uri(to + "/bare/17")
                                    .responseContent()
                                    .aggregate()
                                    .asString())
                            .flatMap(t -> next.exchange(request)))
                    .build();

            client.get()
                    .uri(to + "/orders/{id}", 17)
                    .retrieve()
                    .bodyToMono(String.class)
                    .block(LIMIT);

            assertThat(it.spans(3)).extracting(SpanData::getName).containsExactly("POST", "GET", "GET /orders/{id}");
            assertThat(it.spans(3))
                    .extracting(span -> text(span, "url.template"))
                    .containsExactly(null, null, "/orders/{id}");
        }
    }

    @Test
    void redirect_hasNotTheTemplateOfWhereItCameFrom() {
        try (HttpFixture it = new HttpFixture(b -> b.urlTemplate(true))) {
            web(it).build()
                    .get()
                    .uri("http://127.0.0.1:" + server(it).port() + "/moved/{id}", 17)
                    .retrieve()
                    .bodyToMono(String.class)
                    .block(LIMIT);

            assertThat(it.spans(2))
                    .extracting(span -> text(span, "url.template"))
                    .containsExactly("/moved/{id}", null);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/pay,/orders/{id},/v1/pay/orders/{id}",
        "/v1/pay/,orders/{id}?n={n},/v1/pay/orders/{id}",
        "'',/orders/{id},/orders/{id}",
        "/v1,/{id},/v1/{id}",
        "/v1,/orders/17,",
        "/v1,/a{x}/b/{id},/v1/a{x}/b/{id}"
    })
    void basePath_isPartOfTheTemplate(String base, String written, String template) {
        try (HttpFixture it = new HttpFixture(b -> b.urlTemplate(true))) {
            web(it).baseUrl("http://127.0.0.1:" + server(it).port() + base)
                    .build()
                    .get()
                    .uri(written, Map.of("id", 17, "n", 1, "x", "y"))
                    .retrieve()
                    .bodyToMono(String.class)
                    .block(LIMIT);

            assertThat(text(it.spans(1).get(0), "url.template")).isEqualTo(template);
        }
    }

    @Test
    void builderOfUrlsOfTheApplication_canPutAPathBeforeTheTemplate() {
        try (HttpFixture it = new HttpFixture(b -> b.urlTemplate(true))) {
            String to = "http://127.0.0.1:" + server(it).port();
            UriBuilderFactory target = new DefaultUriBuilderFactory(to + "/api/v2/tenant");
            DefaultUriBuilderFactory own = new DefaultUriBuilderFactory() {
                @Override
                public UriBuilder uriString(String template) {
                    UriBuilder builder = target.uriString(template);
                    return (UriBuilder) Proxy.newProxyInstance(
                            getClass().getClassLoader(),
                            new Class<?>[] {UriBuilder.class},
                            (proxy, method, arguments) -> method.getName().equals("toUriString")
                                    ? template
                                    : method.invoke(builder, arguments));
                }
            };

            web(it).uriBuilderFactory(own)
                    .build()
                    .get()
                    .uri("/orders/{id}", 17)
                    .retrieve()
                    .bodyToMono(String.class)
                    .block(LIMIT);

            assertThat(text(it.spans(1).get(0), "url.template")).isEqualTo("/api/v2/tenant/orders/{id}");
        }
    }

    @Test
    void filterThatSendsTheRequestElsewhere_leavesNoTemplateOfAnotherPath() {
        try (HttpFixture it = new HttpFixture(b -> b.urlTemplate(true))) {
            String to = "http://127.0.0.1:" + server(it).port();
            web(it).filter((request, next) -> next.exchange(ClientRequest.from(request)
                            .url(URI.create(to + "/elsewhere"))
                            .build()))
                    .build()
                    .get()
                    .uri(to + "/orders/{id}", 17)
                    .retrieve()
                    .bodyToMono(String.class)
                    .block(LIMIT);

            assertThat(text(it.spans(1).get(0), "url.template")).isNull();
        }
    }
}
