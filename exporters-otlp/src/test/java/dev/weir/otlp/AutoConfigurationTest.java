// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class AutoConfigurationTest {

    private final Receiver receiver = new Receiver();

    @AfterEach
    void close() {
        receiver.close();
    }

    private OpenTelemetrySdk sdk(Map<String, String> more) {
        Map<String, String> properties = new HashMap<>();
        properties.put("otel.exporter.otlp.endpoint", receiver.url());
        properties.put("otel.exporter.otlp.protocol", "http/protobuf");
        properties.put("otel.exporter.otlp.headers", "tenant=a%20b");
        properties.putAll(more);
        return AutoConfiguredOpenTelemetrySdk.builder()
                .addPropertiesSupplier(() -> properties)
                .disableShutdownHook()
                .build()
                .getOpenTelemetrySdk();
    }

    private static void one(OpenTelemetrySdk sdk) {
        sdk.getTracer("t").spanBuilder("one").startSpan().end();
        sdk.getMeter("m").counterBuilder("count").build().add(1);
        sdk.getLogsBridge().get("l").logRecordBuilder().setBody("line").emit();
    }

    @Test
    void otlp_isTakenOverForAllSignals() {
        try (OpenTelemetrySdk sdk = sdk(Map.of())) {
            one(sdk);
            sdk.getSdkTracerProvider().forceFlush().join(10, java.util.concurrent.TimeUnit.SECONDS);
        }

        assertThat(receiver.names("traces")).containsExactly("one");
        assertThat(receiver.names("logs")).containsExactly("line");
        assertThat(receiver.names("metrics")).contains("count");
        assertThat(receiver.requests)
                .allSatisfy(taken -> assertThat(taken.headers())
                        .containsEntry("tenant", "a b")
                        .containsKey("x-weir-seq"));
    }

    @Test
    void threads_ofTheSdkAreNotStarted() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        try (OpenTelemetrySdk sdk = sdk(Map.of())) {
            one(sdk);
            assertThat(Thread.getAllStackTraces().keySet())
                    .filteredOn(thread -> !before.contains(thread))
                    .extracting(Thread::getName)
                    .noneMatch(name -> name.startsWith("BatchSpanProcessor") || name.startsWith("OkHttp"));
        }
    }

    @Test
    void threads_endWithTheSdk() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        OpenTelemetrySdk sdk = sdk(Map.of("otel.logs.exporter", "none"));
        one(sdk);
        List<Thread> own = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread))
                .filter(thread -> thread.getName().startsWith("weir-"))
                .toList();
        assertThat(own).extracting(Thread::getName).containsExactlyInAnyOrder("weir-worker", "weir-io");

        assertThat(sdk.shutdown().join(20, TimeUnit.SECONDS).isSuccess()).isTrue();

        assertThat(receiver.names("traces")).contains("one");
        assertThat(receiver.names("metrics")).contains("count");
        await().atMost(Duration.ofSeconds(20)).until(() -> own.stream().noneMatch(Thread::isAlive));
    }

    @Test
    void managed_leavesTheSdkAlone() {
        try (OpenTelemetrySdk sdk = sdk(Map.of("weir.managed", "true"))) {
            one(sdk);
        }

        await().atMost(Duration.ofSeconds(20))
                .until(() -> receiver.names("traces").contains("one"));
        assertThat(receiver.requests)
                .noneSatisfy(taken -> assertThat(taken.headers()).containsKey("x-weir-seq"));
    }

    @Test
    void otherExporters_stay() {
        try (OpenTelemetrySdk sdk = sdk(Map.of("otel.traces.exporter", "none", "otel.logs.exporter", "none"))) {
            one(sdk);
        }

        assertThat(receiver.names("traces")).isEmpty();
        assertThat(receiver.names("metrics")).contains("count");
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "maybe"})
    void takeover_thatIsOffOrNotAllowed_leavesTheSdkAlone(String value) {
        try (OpenTelemetrySdk sdk = sdk(Map.of("weir.otlp.takeover", value, "otel.metrics.exporter", "none"))) {
            one(sdk);
        }

        await().atMost(Duration.ofSeconds(20))
                .until(() -> receiver.names("traces").contains("one"));
        assertThat(receiver.requests)
                .noneSatisfy(taken -> assertThat(taken.headers()).containsKey("x-weir-seq"));
    }

    @Test
    void valueOfOpenTelemetryWithoutAMeaning_countsAsUnset() {
        try (OpenTelemetrySdk sdk = sdk(Map.of(
                "otel.exporter.otlp.timeout",
                "soon",
                "otel.bsp.max.queue.size",
                "0",
                "otel.exporter.otlp.compression",
                ""))) {
            one(sdk);
        }

        assertThat(receiver.names("traces")).containsExactly("one");
        assertThat(receiver.requests)
                .allSatisfy(taken -> assertThat(taken.headers()).containsKey("x-weir-seq"));
    }

    @Test
    void badSetting_leavesTheSdkAlone() {
        try (OpenTelemetrySdk sdk = sdk(Map.of("otel.exporter.otlp.headers", "a=b", "weir.otlp.linger", "0"))) {
            one(sdk);
        }

        await().atMost(Duration.ofSeconds(20))
                .until(() -> receiver.names("traces").contains("one"));
    }
}
