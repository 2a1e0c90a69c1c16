// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.http.micrometer.HttpObservations;
import dev.weir.http.webclient.WebClientTelemetry;
import dev.weir.http.webflux.WebFluxTelemetry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.opentelemetry.api.trace.SpanKind;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** Spring's observations of HTTP beside ours. */
class ObservationsTest {

    @ParameterizedTest
    @CsvSource({"ON, mine", "OFF, 'http.client.requests,http.server.requests,mine'"})
    void springsObservations_areLeftOutWhereSpansAreMadeHere(SpanMode spans, String expected) {
        ObservationRegistry registry = ObservationRegistry.create();
        List<String> observed = new CopyOnWriteArrayList<>();
        registry.observationConfig().observationHandler(new Recording(observed));
        try (HttpFixture it = new HttpFixture(b -> b.spans(spans))) {
            registry.observationConfig().observationPredicate(HttpObservations.predicate(it.http));
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .handle(new ReactorHttpHandlerAdapter(WebHttpHandlerBuilder.webHandler(RouterFunctions.toWebHandler(
                                    RouterFunctions.route()
                                            .GET(
                                                    "/x/{id}",
                                                    request -> Observation.createNotStarted("mine", registry)
                                                            .observe(() -> ServerResponse.ok()
                                                                    .build()))
                                            .build()))
                            .filter(WebFluxTelemetry.filter())
                            .observationRegistry(registry)
                            .build())));

            WebClientTelemetry.instrument(WebClient.builder(), it.http)
                    .observationRegistry(registry)
                    .baseUrl("http://127.0.0.1:" + server.port())
                    .build()
                    .get()
                    .uri("/x/{id}", 1)
                    .retrieve()
                    .toBodilessEntity()
                    .block(LIMIT);

            assertThat(observed).containsExactlyInAnyOrder(expected.split(","));
            it.awaitNothingOpen();
            if (spans == SpanMode.ON) {
                assertThat(it.spans(2))
                        .extracting(span -> span.getKind())
                        .containsExactlyInAnyOrder(SpanKind.SERVER, SpanKind.CLIENT);
            }
        }
    }

    private record Recording(List<String> observed) implements ObservationHandler<Observation.Context> {

        @Override
        public void onStart(Observation.Context context) {
            observed.add(context.getName());
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return true;
        }
    }
}
