// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static dev.weir.http.HttpFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.Settings;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.spi.Outcome;
import dev.weir.core.spi.OutcomeListener;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** What can be set, and what is refused. */
class SettingsTest {

    @Test
    void everySetting_hasOneNameAndADescription() {
        assertThat(new HttpSettings().settings()).allSatisfy(setting -> {
            assertThat(setting.description()).matches("\\p{javaLowerCase}.*[^.]");
            assertThat(setting.name()).matches("(weir\\.http|otel\\.instrumentation\\.http)\\..+");
        });
        assertThat(new HttpSettings().settings()).extracting(s -> s.name()).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a:b", "ä"})
    void headerNames_mustBeTokens(String name) {
        HttpTelemetryBuilder builder = HttpTelemetry.builder(OpenTelemetry.noop());

        assertThatThrownBy(() -> builder.traceHeader(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining('"' + name + '"');
        assertThatThrownBy(() -> builder.serverRequestHeaders(List.of(name)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void knownMethods_mustNotBeEmpty() {
        assertThatThrownBy(() -> HttpTelemetry.builder(OpenTelemetry.noop()).knownMethods(List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"actuator", "/a*", "/a/**/b"})
    void ignoredPaths_mustBePathsOrPrefixes(String pattern) {
        assertThatThrownBy(() -> HttpTelemetry.builder(OpenTelemetry.noop()).ignoredPaths(List.of(pattern)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(pattern);
    }

    @ParameterizedTest
    @CsvSource({"weir.http.ignored.paths,health", "weir.http.trace.header,not good"})
    void settingsOfTheProcess_areCheckedWhenTheyAreRead(String name, String value) {
        assertThatThrownBy(() -> Settings.builder().set(name, value).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(name + " is \"" + value + "\", allowed: ");
    }

    @Test
    void namesOfOpenTelemetryThatMeanNothing_areLeftOut() {
        Settings settings = Settings.builder()
                .set(HttpSettings.SERVER_REQUEST_HEADERS.name(), "good, not good")
                .set(HttpSettings.KNOWN_METHODS.name(), "not good")
                .build();

        assertThat(settings.get(HttpSettings.SERVER_REQUEST_HEADERS)).containsExactly("good");
        assertThat(settings.get(HttpSettings.KNOWN_METHODS)).isEmpty();
    }

    @Test
    void none_isTheSameAsNotSet() {
        Settings settings = Settings.builder()
                .set(HttpSettings.SERVER_REQUEST_HEADERS.name(), "none")
                .set(HttpSettings.IGNORED_PATHS.name(), "none")
                .set(HttpSettings.KNOWN_METHODS.name(), "none")
                .build();
        try (TelemetryRuntime runtime = TelemetryRuntime.create(settings);
                HttpFixture it = new HttpFixture(b -> b.runtime(runtime))) {
            DisposableServer server = it.serve(routes -> routes.get("/x", (req, res) -> res.send()));

            it.plainClient(server)
                    .headers(headers -> headers.set("none", "1"))
                    .get()
                    .uri("/x")
                    .response()
                    .block(LIMIT);

            assertThat(it.serverSpan().getName()).isEqualTo("GET /x");
            assertThat(it.serverSpan().getAttributes().asMap().keySet())
                    .extracting(AttributeKey::getKey)
                    .doesNotContain("http.request.header.none");
        }
    }

    @ParameterizedTest
    @CsvSource({"/actuator/health,false", "/actuator,false", "/health,false", "/actuatorx,true", "/healthy,true"})
    void ignoredPaths_haveNoSpanAndNoOutcome(String path, boolean seen) {
        try (HttpFixture it = new HttpFixture(b -> b.ignoredPaths(List.of("/actuator/**", "/health")))) {
            DisposableServer server =
                    it.bind(it.http.instrument(HttpServer.create()).handle((req, res) -> res.send()));

            it.plainClient(server).get().uri(path + "?q=1").response().block(LIMIT);
            it.awaitNothingOpen();

            assertThat(it.outcomes).hasSize(seen ? 1 : 0);
            assertThat(it.exporter.getFinishedSpanItems()).hasSize(seen ? 1 : 0);
        }
    }

    @Test
    void ignoredRequest_passesItsCallersTraceOn() {
        try (HttpFixture it = new HttpFixture(b -> b.ignoredPaths(List.of("/proxy")))) {
            AtomicReference<String> seen = new AtomicReference<>();
            DisposableServer back = it.bind(HttpServer.create().handle((req, res) -> {
                seen.set(req.requestHeaders().get("traceparent"));
                return res.send();
            }));
            HttpClient client = it.client(back);
            DisposableServer front = it.bind(it.http
                    .instrument(HttpServer.create())
                    .handle((req, res) -> client.get().uri("/x").response().then(res.send())));

            it.plainClient(front)
                    .headers(h -> h.set("traceparent", "00-12345678901234567890123456789012-1234567890123456-01"))
                    .get()
                    .uri("/proxy")
                    .response()
                    .block(LIMIT);

            assertThat(seen.get()).startsWith("00-12345678901234567890123456789012-");
        }
    }

    @ParameterizedTest
    @CsvSource({"traceresponse,true", "X-Trace-Id,false"})
    void traceHeader_tellsTheCaller(String header, boolean whole) {
        try (HttpFixture it = new HttpFixture(b -> b.traceHeader(header))) {
            DisposableServer server =
                    it.serve(routes -> routes.get("/x", (req, res) -> res.sendString(Mono.just("x"))));

            String value = it.plainClient(server)
                    .get()
                    .uri("/x")
                    .response()
                    .map(response -> response.responseHeaders().get(header))
                    .block(LIMIT);

            SpanData span = it.serverSpan();
            assertThat(value)
                    .isEqualTo(
                            whole
                                    ? "00-" + span.getTraceId() + '-' + span.getSpanId() + '-'
                                            + span.getSpanContext()
                                                    .getTraceFlags()
                                                    .asHex()
                                    : span.getTraceId());
        }
    }

    @ParameterizedTest
    @CsvSource({"traceresponse", "X-Trace-Id"})
    void traceHeader_takesThePlaceOfOneThatWasCopiedFromABackEnd(String header) {
        try (HttpFixture it = new HttpFixture(b -> b.traceHeader(header))) {
            DisposableServer server = it.serve(routes -> routes.get(
                    "/x",
                    (req, res) -> res.addHeader(header, "of-a-back-end")
                            .addHeader(header, "of-another")
                            .sendString(Mono.just("x"))));

            List<String> values = it.plainClient(server)
                    .get()
                    .uri("/x")
                    .response()
                    .map(response -> response.responseHeaders().getAll(header))
                    .block(LIMIT);

            assertThat(values)
                    .singleElement()
                    .asString()
                    .contains(it.serverSpan().getTraceId());
        }
    }

    @Test
    void capturedHeaders_methodsSecretsSchemaAndScope_canBeSet() {
        try (HttpFixture it = new HttpFixture(b -> b.serverRequestHeaders(List.of("X-In"))
                .serverResponseHeaders(List.of("X-Out"))
                .clientRequestHeaders(List.of("X-In"))
                .clientResponseHeaders(List.of("X-Out"))
                .knownMethods(List.of("GET", "BREW"))
                .sensitiveQueryParameters(List.of("token"))
                .schemaUrl("https://opentelemetry.io/schemas/1.37.0")
                .scope("scope", "9.9"))) {
            DisposableServer server = it.serve(routes ->
                    routes.get("/x", (req, res) -> res.header("X-Out", "out").send()));

            it.client(server)
                    .headers(h -> h.add("X-In", "1").add("X-In", "2"))
                    .get()
                    .uri("/x?token=secret&sig=shown")
                    .response()
                    .block(LIMIT);

            assertThat(it.spans(2)).allSatisfy(span -> {
                assertThat(span.getAttributes().get(AttributeKey.stringArrayKey("http.request.header.x-in")))
                        .containsExactly("1", "2");
                assertThat(span.getAttributes().get(AttributeKey.stringArrayKey("http.response.header.x-out")))
                        .containsExactly("out");
                assertThat(span.getInstrumentationScopeInfo().getSchemaUrl())
                        .isEqualTo("https://opentelemetry.io/schemas/1.37.0");
                assertThat(span.getInstrumentationScopeInfo().getName()).isEqualTo("scope");
                assertThat(span.getInstrumentationScopeInfo().getVersion()).isEqualTo("9.9");
                String query = text(span, "url.query");
                assertThat(query == null ? text(span, "url.full") : query)
                        .contains("token=REDACTED")
                        .contains("sig=shown");
            });
        }
    }

    @ParameterizedTest
    @CsvSource({"true,203.0.113.9,https,shop.test,443", "false,127.0.0.1,http,origin.test,81"})
    void forwardedHeaders_areBelievedOnlyWhenTrusted(
            boolean trusted, String client, String scheme, String address, long port) {
        try (HttpFixture it = new HttpFixture(b -> b.trustForwarded(trusted))) {
            DisposableServer server = it.serve(routes -> routes.get("/x", (req, res) -> res.send()));

            try (RawClient raw = new RawClient(server.port())) {
                raw.send("GET /x HTTP/1.1\r\n"
                                + "Host: origin.test:81\r\n"
                                + "Connection: close\r\n"
                                + "Forwarded: for=\"203.0.113.9:4711\";host=shop.test;proto=https,"
                                + " for=10.0.0.1\r\n\r\n")
                        .readAll();
            }

            SpanData span = it.serverSpan();
            assertThat(text(span, "client.address")).isEqualTo(client);
            assertThat(text(span, "url.scheme")).isEqualTo(scheme);
            assertThat(text(span, "server.address")).isEqualTo(address);
            assertThat(HttpFixture.number(span, "server.port")).isEqualTo(port);
        }
    }

    @Test
    void nothing_isRefusedWithTheName() {
        assertThatThrownBy(() -> HttpTelemetry.builder(OpenTelemetry.noop()).spans(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("weir.http.spans");
    }

    @Test
    void spansOff_stillTellsOutcomes() {
        try (HttpFixture it = new HttpFixture(b -> b.spans(SpanMode.OFF))) {
            DisposableServer server = it.serve(routes -> routes.get("/x", (req, res) -> res.send()));

            it.client(server).get().uri("/x").response().block(LIMIT);
            it.awaitNothingOpen();

            assertThat(it.exporter.getFinishedSpanItems()).isEmpty();
            assertThat(it.outcomes).hasSize(2);
        }
    }

    @Test
    void bodySizes_areCountedOnRequest() {
        try (HttpFixture it = new HttpFixture(b -> b.bodySizes(true))) {
            DisposableServer server = it.serve(routes ->
                    routes.post("/x", (req, res) -> res.send(req.receive().retain())));

            it.client(server)
                    .post()
                    .uri("/x")
                    .send(reactor.netty.ByteBufFlux.fromString(Mono.just("12345")))
                    .responseContent()
                    .aggregate()
                    .block(LIMIT);

            assertThat(it.spans(2)).allSatisfy(span -> {
                assertThat(HttpFixture.number(span, "http.request.body.size")).isEqualTo(5);
                assertThat(HttpFixture.number(span, "http.response.body.size")).isEqualTo(5);
            });
            assertThat(it.metric("http.server.request.body.size").getUnit()).isEqualTo("By");
        }
    }

    @ParameterizedTest(name = "a listener that records: {0}, said: {1}, durations here: {2}, active requests here: {3}")
    @CsvSource({"false,, true, true", "true,, false, true", "true, true, true, true", "false, false, false, false"})
    void durations_areRecordedHereUnlessAListenerDoesItOrSomebodySaysOtherwise(
            boolean recording, Boolean said, boolean durations, boolean active) {
        OutcomeListener listener = new OutcomeListener() {
            @Override
            public void onOutcome(Outcome outcome) {}

            @Override
            public boolean recordsDurations() {
                return recording;
            }
        };
        try (HttpFixture it = new HttpFixture(b -> said == null
                ? b.outcomeListener(listener)
                : b.durationMetrics(said).outcomeListener(listener))) {
            DisposableServer server = it.serve(routes -> routes.get("/x", (req, res) -> res.send()));

            it.client(server).get().uri("/x").response().block(LIMIT);
            it.awaitNothingOpen();

            assertThat(it.metrics.collectAllMetrics())
                    .extracting(MetricData::getName)
                    .satisfies(names -> assertThat(names)
                            .filteredOn(name -> name.endsWith(".request.duration"))
                            .hasSize(durations ? 2 : 0))
                    .filteredOn(name -> name.endsWith(".active_requests"))
                    .hasSize(active ? 2 : 0);
        }
    }
}
