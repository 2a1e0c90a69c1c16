// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.number;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.context.propagation.TextMapSetter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** What may go wrong beside a request never reaches it, and what is instrumented here is nobody else's. */
class IsolationTest {

    @Test
    void twoTelemetriesOfOneProcess_seeOnlyTheirOwn() {
        try (HttpFixture one = new HttpFixture();
                HttpFixture other = new HttpFixture()) {
            DisposableServer server = one.serve(routes -> routes.get("/x", (req, res) -> res.send()));
            HttpClient client =
                    other.http.instrument(HttpClient.create(other.pool)).baseUrl("http://127.0.0.1:" + server.port());

            client.get().uri("/x").response().block(LIMIT);

            assertThat(one.spans(1)).extracting(span -> span.getKind()).containsExactly(SpanKind.SERVER);
            assertThat(other.spans(1)).extracting(span -> span.getKind()).containsExactly(SpanKind.CLIENT);
            other.http.close();
            client.get().uri("/x").response().block(LIMIT);
            assertThat(one.spans(2)).hasSize(2);
            assertThat(other.spans(1)).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tracer", "meter", "extract", "inject", "onStart", "onEnd"})
    void whatThrows_isCountedAndTheRequestIsAnswered(String where) {
        OpenTelemetry throwing = new Throwing(where);
        HttpTelemetry http = HttpTelemetry.builder(throwing)
                .connectionSpans(true)
                .websocketSessions(true)
                .build();
        DisposableServer server = http.instrument(HttpServer.create())
                .host("127.0.0.1")
                .port(0)
                .route(http.routes(r -> r.get("/x", (req, res) -> res.sendString(Mono.just("x")))
                        .ws("/ws", (in, out) -> out.send(in.receive().retain()))))
                .bindNow();
        HttpClient client = http.instrument(HttpClient.newConnection()).baseUrl("http://127.0.0.1:" + server.port());
        try {
            String body = client.get()
                    .uri("/x")
                    .responseContent()
                    .aggregate()
                    .asString()
                    .block(LIMIT);
            List<String> echoed = client.websocket()
                    .uri("/ws")
                    .handle((in, out) -> out.sendString(Mono.just("a"))
                            .then()
                            .thenMany(in.receive().asString().take(1)))
                    .collectList()
                    .block(LIMIT);

            assertThat(body).isEqualTo("x");
            assertThat(echoed).containsExactly("a");
            assertThat(http.failures()).isPositive();
            org.awaitility.Awaitility.await()
                    .atMost(LIMIT)
                    .untilAsserted(() -> assertThat(http.openExchanges()).isZero());
        } finally {
            server.disposeNow();
            http.close();
        }
    }

    @Test
    void ignoredRequestWhosePropagatorThrows_isAnswered() {
        HttpTelemetry http = HttpTelemetry.builder(new Throwing("extract"))
                .ignoredPaths(List.of("/x"))
                .build();
        DisposableServer server = http.instrument(HttpServer.create())
                .host("127.0.0.1")
                .port(0)
                .handle((req, res) -> res.sendString(Mono.just("x")))
                .bindNow();
        try {
            assertThat(HttpClient.newConnection()
                            .get()
                            .uri("http://127.0.0.1:" + server.port() + "/x")
                            .responseContent()
                            .aggregate()
                            .asString()
                            .block(LIMIT))
                    .isEqualTo("x");
            assertThat(http.failures()).isEqualTo(1);
        } finally {
            server.disposeNow();
            http.close();
        }
    }

    @Test
    void telemetryThatIsClosedUnderLoad_costsNoRequest() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.serve(routes -> routes.get(
                    "/{n}",
                    (req, res) ->
                            res.sendString(Mono.delay(Duration.ofMillis(1)).map(x -> "x"))));
            HttpClient client = it.client(server);

            List<String> bodies = Flux.range(0, 600)
                    .flatMap(
                            i -> client.get()
                                    .uri("/" + i)
                                    .responseContent()
                                    .aggregate()
                                    .asString()
                                    .doOnNext(x -> {
                                        if (i == 300) {
                                            it.http.close();
                                        }
                                    }),
                            20)
                    .collectList()
                    .block(LIMIT);

            assertThat(bodies).hasSize(600).containsOnly("x");
            it.awaitNothingOpen();
            assertThat(it.exporter.getFinishedSpanItems()).hasSizeBetween(2 * 250, 2 * 600 - 1);
        }
    }

    @Test
    void chunkedAnswer_isOverWithItsLastChunkAtBothSides() throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            Sinks.Empty<Void> rest = Sinks.empty();
            DisposableServer server = it.serve(routes -> routes.get(
                    "/x",
                    (req, res) -> res.sendString(
                            Flux.just("first").concatWith(rest.asMono().then(Mono.just("last"))))));
            CountDownLatch first = new CountDownLatch(1);

            Mono<List<String>> body = it.client(server)
                    .get()
                    .uri("/x")
                    .responseContent()
                    .asString()
                    .doOnNext(chunk -> first.countDown())
                    .collectList()
                    .cache();
            body.subscribe();
            assertThat(first.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            List<?> before = it.exporter.getFinishedSpanItems();
            rest.tryEmitEmpty();

            assertThat(String.join("", body.block(LIMIT))).isEqualTo("firstlast");
            assertThat(before).isEmpty();
            assertThat(it.spans(2))
                    .allSatisfy(span -> assertThat(number(span, "http.response.status_code"))
                            .isEqualTo(200));
        }
    }

    @Test
    void pipelineThatIsCutOff_endsWhatHadBegun() throws Exception {
        try (HttpFixture it = new HttpFixture()) {
            CountDownLatch arrived = new CountDownLatch(1);
            DisposableServer server = it.serve(routes -> routes.get("/1", (req, res) -> {
                arrived.countDown();
                return Mono.never();
            }));
            String head = "GET /%d HTTP/1.1\r\nHost: t\r\n\r\n";

            try (RawClient raw = new RawClient(server.port())) {
                raw.send(head.formatted(1) + head.formatted(2) + head.formatted(3));
                assertThat(arrived.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
                raw.reset();
            }

            assertThat(HttpFixture.text(it.serverSpan(), "error.type"))
                    .as("a client that leaves is no error of the server")
                    .isNull();
        }
    }

    /** An OpenTelemetry of which one part always throws. */
    private static final class Throwing implements OpenTelemetry {

        private final String where;
        private final SdkTracerProvider tracers = SdkTracerProvider.builder()
                .addSpanProcessor(new ThrowingProcessor())
                .build();
        private final OpenTelemetrySdk sdk =
                OpenTelemetrySdk.builder().setTracerProvider(tracers).build();

        Throwing(String where) {
            this.where = where;
        }

        void at(String place) {
            if (where.equals(place)) {
                throw new IllegalStateException("as asked, at " + place);
            }
        }

        @Override
        public TracerProvider getTracerProvider() {
            return where.equals("tracer") ? throwing(TracerProvider.class) : sdk.getTracerProvider();
        }

        @Override
        public MeterProvider getMeterProvider() {
            return where.equals("meter") ? throwing(MeterProvider.class) : sdk.getMeterProvider();
        }

        /** Builds whatever is asked for, and throws when it is used. */
        private static <T> T throwing(Class<T> type) {
            return type.cast(java.lang.reflect.Proxy.newProxyInstance(
                    Throwing.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                        Class<?> result = method.getReturnType();
                        if (result == void.class || result == SpanBuilder.class) {
                            throw new IllegalStateException("as asked");
                        }
                        if (result == boolean.class) {
                            return true;
                        }
                        return throwing(result);
                    }));
        }

        @Override
        public ContextPropagators getPropagators() {
            return () -> new TextMapPropagator() {
                @Override
                public Collection<String> fields() {
                    return List.of();
                }

                @Override
                public <C> void inject(Context context, C carrier, TextMapSetter<C> setter) {
                    at("inject");
                }

                @Override
                public <C> Context extract(Context context, C carrier, TextMapGetter<C> getter) {
                    at("extract");
                    return context;
                }
            };
        }

        private final class ThrowingProcessor implements SpanProcessor {

            @Override
            public void onStart(Context parent, ReadWriteSpan span) {
                at("onStart");
            }

            @Override
            public boolean isStartRequired() {
                return true;
            }

            @Override
            public void onEnd(ReadableSpan span) {
                at("onEnd");
            }

            @Override
            public boolean isEndRequired() {
                return true;
            }
        }
    }
}
