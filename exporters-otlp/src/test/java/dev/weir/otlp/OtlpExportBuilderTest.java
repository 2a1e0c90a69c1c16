// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/** What a program sets is checked at the call, wins over every setting, and is set once. */
class OtlpExportBuilderTest {

    private static Arguments of(String name, Consumer<OtlpExportBuilder> call) {
        return Arguments.of(name, call);
    }

    static Stream<Arguments> nulls() {
        return Stream.of(
                of("runtime", builder -> builder.runtime(null)),
                of("endpoint", builder -> builder.endpoint(null)),
                of("endpoints", builder -> builder.endpoints(null)),
                of("endpoints", builder -> builder.endpoints(Arrays.asList("http://a", null))),
                of("otel.exporter.otlp.protocol", builder -> builder.protocol(null)),
                of("otel.exporter.otlp.compression", builder -> builder.compression(null)),
                of("otel.exporter.otlp.timeout", builder -> builder.timeout(null)),
                of("weir.otlp.linger", builder -> builder.linger(null)),
                of("otel.metric.export.interval", builder -> builder.metricInterval(null)),
                of("headers", builder -> builder.headers(null)),
                of("headerSource", builder -> builder.headerSource(null)),
                of("spool", builder -> builder.spool(null)),
                of("weir.otlp.durability", builder -> builder.durability(null)),
                of("tap", builder -> builder.tap(null)),
                of("loopResources", builder -> builder.loopResources(null)),
                of("defaultProtocol", builder -> builder.defaultProtocol(null)),
                of("closeAfter", builder -> builder.closeAfter(null)));
    }

    @ParameterizedTest
    @MethodSource("nulls")
    void null_isRefusedByName(String name, Consumer<OtlpExportBuilder> call) {
        assertThatThrownBy(() -> call.accept(OtlpExport.builder()))
                .isInstanceOf(NullPointerException.class)
                .hasMessage(name);
    }

    static Stream<Arguments> calls() {
        TelemetryRuntime runtime = TelemetryRuntime.create(Settings.builder().build());
        runtime.close();
        LoopResources loops = LoopResources.create("unused");
        return Stream.of(
                of("runtime", builder -> builder.runtime(runtime)),
                of("otel.exporter.otlp.endpoint", builder -> builder.endpoint("http://a")),
                of("otel.exporter.otlp.endpoint", builder -> builder.endpoints(List.of("http://a", "http://b"))),
                of("otel.exporter.otlp.protocol", builder -> builder.protocol(OtlpProtocol.GRPC)),
                of("otel.exporter.otlp.compression", builder -> builder.compression(Compression.GZIP)),
                of("otel.exporter.otlp.timeout", builder -> builder.timeout(Duration.ZERO)),
                of("weir.otlp.linger", builder -> builder.linger(Duration.ofSeconds(1))),
                of("otel.metric.export.interval", builder -> builder.metricInterval(Duration.ofSeconds(1))),
                of("headers", builder -> builder.headers(Map.of())),
                of("headerSource", builder -> builder.headerSource(refused -> Mono.empty())),
                of("weir.otlp.durability", builder -> builder.durability(Durability.MEMORY)),
                of("loopResources", builder -> builder.loopResources(loops)),
                of("defaultProtocol", builder -> builder.defaultProtocol(OtlpProtocol.GRPC)),
                of("closeAfter", builder -> builder.closeAfter(Set.of(Signal.LOGS))));
    }

    @ParameterizedTest
    @MethodSource("calls")
    void secondCall_isRefusedByName(String name, Consumer<OtlpExportBuilder> call) {
        OtlpExportBuilder builder = OtlpExport.builder();
        call.accept(builder);

        assertThatThrownBy(() -> call.accept(builder))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(name + " is set twice, allowed: once");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "http://", "ftp://host", "http://host:99999", "http://user:secret@host", "unix:///"})
    void endpointThatIsNoAddress_isRefusedAtTheCall(String endpoint) {
        assertThatThrownBy(() -> OtlpExport.builder().endpoint(endpoint))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("otel.exporter.otlp.endpoint is \"")
                .hasMessageContaining("allowed: http://host:port/path")
                .hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://host:4318/base", "https://host", "host:4317", "unix:///run/otel.sock"})
    void endpointOfAnyProtocol_isAcceptedAtTheCall(String endpoint) {
        assertThat(OtlpExport.builder().endpoint(endpoint)).isNotNull();
    }

    @Test
    void emptyCollections_areRefusedAtTheCall() {
        assertThatThrownBy(() -> OtlpExport.builder().endpoints(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("otel.exporter.otlp.endpoint is \"\", allowed: at least one address");
        assertThatThrownBy(() -> OtlpExport.builder().closeAfter(Set.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("closeAfter is \"\", allowed: at least one signal");
    }

    @Test
    void programsEndpoint_winsOverTheSettingsOfSignals() {
        TelemetryRuntime runtime = TelemetryRuntime.create(Settings.builder()
                .set("otel.exporter.otlp.endpoint", "http://all:4318")
                .set("otel.exporter.otlp.logs.endpoint", "http://logs:4318/in")
                .build());
        try (OtlpExport export = OtlpExport.builder()
                .runtime(runtime)
                .endpoint("http://program:4318")
                .build()) {
            assertThat(export.endpoints(Signal.LOGS)).hasToString("[http://program:4318/v1/logs]");
            assertThat(export.endpoints(Signal.TRACES)).hasToString("[http://program:4318/v1/traces]");
        } finally {
            runtime.close();
        }
    }
}
