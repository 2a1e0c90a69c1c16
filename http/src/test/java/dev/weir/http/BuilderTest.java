// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.TelemetryRuntime;
import dev.weir.core.Ticker;
import io.opentelemetry.api.OpenTelemetry;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every value that the builder takes: null, twice and out of range are refused at the call, with the name. */
class BuilderTest {

    private final HttpTelemetryBuilder builder = HttpTelemetry.builder(OpenTelemetry.noop());

    static Stream<Arguments> objects() {
        return Stream.of(
                object("weir.http.spans", SpanMode.ON, HttpTelemetryBuilder::spans),
                object("weir.http.trace.header", "x-trace", HttpTelemetryBuilder::traceHeader),
                object("weir.http.schema.url", "https://shop.test", HttpTelemetryBuilder::schemaUrl),
                object("scope", "mine", (builder, name) -> builder.scope(name, null)),
                object("ticker", Ticker.system(), HttpTelemetryBuilder::ticker));
    }

    static Stream<Arguments> restrictedLists() {
        return Stream.of(
                list("weir.http.ignored.paths", "/a", HttpTelemetryBuilder::ignoredPaths),
                list("otel.instrumentation.http.known-methods", "GET", HttpTelemetryBuilder::knownMethods),
                list(
                        "otel.instrumentation.http.server.capture-request-headers",
                        "a",
                        HttpTelemetryBuilder::serverRequestHeaders),
                list(
                        "otel.instrumentation.http.server.capture-response-headers",
                        "a",
                        HttpTelemetryBuilder::serverResponseHeaders),
                list(
                        "otel.instrumentation.http.client.capture-request-headers",
                        "a",
                        HttpTelemetryBuilder::clientRequestHeaders),
                list(
                        "otel.instrumentation.http.client.capture-response-headers",
                        "a",
                        HttpTelemetryBuilder::clientResponseHeaders));
    }

    static Stream<Arguments> lists() {
        return Stream.concat(
                restrictedLists(),
                Stream.of(list(
                        "weir.http.sensitive.query.parameters", "a", HttpTelemetryBuilder::sensitiveQueryParameters)));
    }

    static Stream<Arguments> flags() {
        return Stream.of(
                flag("weir.http.duration.metrics", HttpTelemetryBuilder::durationMetrics),
                flag("weir.http.body.sizes", HttpTelemetryBuilder::bodySizes),
                flag("weir.http.record.exceptions", HttpTelemetryBuilder::recordExceptions),
                flag("weir.http.trust.forwarded", HttpTelemetryBuilder::trustForwarded),
                flag("weir.http.websocket.sessions", HttpTelemetryBuilder::websocketSessions),
                flag("weir.http.connection.spans", HttpTelemetryBuilder::connectionSpans),
                flag("weir.http.url.template", HttpTelemetryBuilder::urlTemplate));
    }

    @ParameterizedTest
    @MethodSource({"objects", "lists"})
    void nothing_isRefusedWithTheName(String name, Object value, BiConsumer<HttpTelemetryBuilder, Object> setter) {
        assertThatThrownBy(() -> setter.accept(builder, null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage(name);
    }

    @ParameterizedTest
    @MethodSource({"objects", "lists", "flags"})
    void aSecondCall_isRefusedWithTheName(String name, Object value, BiConsumer<HttpTelemetryBuilder, Object> setter) {
        setter.accept(builder, value);

        assertThatThrownBy(() -> setter.accept(builder, value))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(name + " is set twice, allowed: once");
    }

    @ParameterizedTest
    @MethodSource("lists")
    void aListWithNothingInIt_isRefusedWithTheName(
            String name, Object value, BiConsumer<HttpTelemetryBuilder, Object> setter) {
        assertThatThrownBy(() -> setter.accept(builder, Arrays.asList("/a", null)))
                .isInstanceOf(NullPointerException.class)
                .hasMessage(name);
    }

    @ParameterizedTest
    @MethodSource("restrictedLists")
    void aWordThatIsNotAllowed_isRefusedWithNameValueAndWhatIsAllowed(
            String name, Object value, BiConsumer<HttpTelemetryBuilder, Object> setter) {
        assertThatThrownBy(() -> setter.accept(builder, List.of("/*/")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(name + " is \"[/*/]\", allowed: ");
    }

    @Test
    void noMethods_areRefusedWithNameValueAndWhatIsAllowed() {
        assertThatThrownBy(() -> builder.knownMethods(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("otel.instrumentation.http.known-methods is \"[]\", allowed: ");
    }

    @Test
    void emptyName_isRefusedAsAScope() {
        assertThatThrownBy(() -> builder.scope("", "1.0"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("scope is \"\", allowed: a non-empty text");
    }

    @Test
    void runtimeAndListener_areCheckedToo() {
        try (TelemetryRuntime runtime = TelemetryRuntime.create()) {
            builder.runtime(runtime);

            assertThatThrownBy(() -> builder.runtime(runtime))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("runtime is set twice, allowed: once");
            assertThatThrownBy(() -> builder.runtime(null)).hasMessage("runtime");
            assertThatThrownBy(() -> builder.outcomeListener(null)).hasMessage("outcomeListener");
        }
    }

    private static <T> Arguments object(String name, T value, BiConsumer<HttpTelemetryBuilder, T> setter) {
        return Arguments.of(name, value, setter);
    }

    private static Arguments list(String name, String word, BiConsumer<HttpTelemetryBuilder, List<String>> setter) {
        return Arguments.of(name, List.of(word), setter);
    }

    private static Arguments flag(String name, BiConsumer<HttpTelemetryBuilder, Boolean> setter) {
        return Arguments.of(name, true, setter);
    }
}
