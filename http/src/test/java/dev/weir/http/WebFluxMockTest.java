// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.http.webflux.WebFluxTelemetry;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.ServerWebExchangeDecorator;
import reactor.core.publisher.Mono;

/** The filter in an application's own tests: there is no server below, and Spring's mocks throw when they are asked for one. */
class WebFluxMockTest {

    @Test
    void mockExchange_passesThrough() {
        AtomicBoolean reached = new AtomicBoolean();

        WebFluxTelemetry.filter()
                .filter(
                        MockServerWebExchange.from(MockServerHttpRequest.get("/x")),
                        exchange -> Mono.fromRunnable(() -> reached.set(true)))
                .block();

        assertThat(reached).isTrue();
    }

    @Test
    void webHandlerOfATestClient_isAnsweredAsItAnswers() {
        WebTestClient client = WebTestClient.bindToWebHandler(exchange -> {
                    exchange.getResponse().setStatusCode(HttpStatus.ACCEPTED);
                    return exchange.getResponse().setComplete();
                })
                .webFilter(WebFluxTelemetry.filter())
                .build();

        client.get().uri("/x").exchange().expectStatus().isAccepted();
    }

    @Test
    void applicationContextOfATestClient_isAnsweredAsItAnswers() {
        try (var spring = new AnnotationConfigApplicationContext(SpringTest.App.class)) {
            WebTestClient client =
                    WebTestClient.bindToApplicationContext(spring).build();

            client.get()
                    .uri("/annotated/7")
                    .exchange()
                    .expectStatus()
                    .isOk()
                    .expectBody(String.class)
                    .isEqualTo("7");
            client.get().uri("/functional/8").exchange().expectStatus().isOk();
            client.get().uri("/fails/9").exchange().expectStatus().is5xxServerError();
            client.get().uri("/nothing/here").exchange().expectStatus().isNotFound();
        }
    }

    @Test
    void requestThatThrowsWhateverIsAsked_passesThrough() {
        for (Throwable thrown : List.of(
                new IllegalStateException("a mock"),
                new UnsupportedOperationException("another"),
                new LinkageError("a class that is not there"),
                new StackOverflowError())) {
            AtomicBoolean reached = new AtomicBoolean();
            ServerWebExchange exchange =
                    new ServerWebExchangeDecorator(MockServerWebExchange.from(MockServerHttpRequest.get("/x"))) {
                        @Override
                        public ServerHttpRequest getRequest() {
                            return sneaky(thrown);
                        }
                    };

            WebFluxTelemetry.filter()
                    .filter(exchange, same -> Mono.fromRunnable(() -> reached.set(true)))
                    .block();

            assertThat(reached).as("%s", thrown).isTrue();
        }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <R, T extends Throwable> R sneaky(Throwable thrown) throws T {
        throw (T) thrown;
    }
}
