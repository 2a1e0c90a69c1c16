// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** OpenTelemetry's environment variables: what each does, and what a wrong value is answered with. */
class OtlpVariablesTest extends ExportTestBase {

    private static Settings environment(String... pairs) {
        Map<String, String> variables = new java.util.HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            variables.put(pairs[i], pairs[i + 1]);
        }
        return Settings.builder()
                .systemProperties(Map.of())
                .environment(variables)
                .build();
    }

    private static SignalConfig config(Signal signal, String... pairs) {
        return SignalConfig.of(
                signal,
                environment(pairs),
                new SignalConfig.Wishes(null, null, null, null, null, OtlpProtocol.HTTP_PROTOBUF));
    }

    private static SignalTuning tuning(Signal signal, String... pairs) {
        return SignalTuning.of(signal, environment(pairs), null);
    }

    @Test
    void nothingSet_isTheConventionalPortOfTheProtocol() {
        assertThat(config(Signal.TRACES).endpoints()).containsExactly(URI.create("http://localhost:4318/v1/traces"));
        assertThat(config(Signal.LOGS, "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
                        .endpoints()
                        .get(0)
                        .getPort())
                .isEqualTo(4317);
    }

    @Test
    void endpoint_getsThePathOfTheSignal_andOneOfTheSignalIsTakenAsItIs() {
        String[] variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:4318/base",
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "https://logs.example/in"
        };

        assertThat(config(Signal.TRACES, variables).endpoints())
                .containsExactly(URI.create("http://all:4318/base/v1/traces"));
        assertThat(config(Signal.LOGS, variables).endpoints())
                .containsExactly(URI.create("https://logs.example:443/in"));
    }

    @ParameterizedTest
    @CsvSource({
        "collector:4317, true, http://collector:4317",
        "collector:4317, false, https://collector:4317",
        "https://collector:4317, true, https://collector:4317",
        "http://collector:4317, false, http://collector:4317"
    })
    void insecure_decidesOnlyWhereTheEndpointHasNoScheme(String endpoint, String insecure, String expected) {
        URI uri = config(
                        Signal.TRACES,
                        "OTEL_EXPORTER_OTLP_PROTOCOL",
                        "grpc",
                        "OTEL_EXPORTER_OTLP_ENDPOINT",
                        endpoint,
                        "OTEL_EXPORTER_OTLP_INSECURE",
                        insecure)
                .endpoints()
                .get(0);

        assertThat(uri.getScheme() + "://" + uri.getRawAuthority()).isEqualTo(expected);
    }

    @Test
    void insecure_ofOneSignal_winsOverTheOneForAll() {
        String[] variables = {
            "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc",
            "OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317",
            "OTEL_EXPORTER_OTLP_INSECURE", "true",
            "OTEL_EXPORTER_OTLP_METRICS_INSECURE", "false"
        };

        assertThat(config(Signal.TRACES, variables).endpoints().get(0).getScheme())
                .isEqualTo("http");
        assertThat(config(Signal.METRICS, variables).endpoints().get(0).getScheme())
                .isEqualTo("https");
    }

    @Test
    void headersTimeoutCompressionProtocol_ofOneSignal_winOverThoseForAll() {
        SignalConfig config = config(
                Signal.METRICS,
                "OTEL_EXPORTER_OTLP_HEADERS",
                "Tenant=a%2Cb,plus=1+1",
                "OTEL_EXPORTER_OTLP_TIMEOUT",
                "5000",
                "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT",
                "700",
                "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION",
                "gzip",
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                "grpc",
                "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
                "http/json");

        assertThat(config.headers()).containsEntry("tenant", "a,b").containsEntry("plus", "1+1");
        assertThat(config.timeout()).isEqualTo(Duration.ofMillis(700));
        assertThat(config.compression()).isEqualTo(Compression.GZIP);
        assertThat(config.protocol()).isEqualTo(OtlpProtocol.HTTP_JSON);
    }

    @Test
    void batchProcessorVariables_shapeRingLingerAndBatch() {
        String[] variables = {
            "OTEL_BSP_SCHEDULE_DELAY", "50",
            "OTEL_BSP_MAX_QUEUE_SIZE", "1000",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100",
            "OTEL_BSP_EXPORT_TIMEOUT", "3000",
            "OTEL_BLRP_SCHEDULE_DELAY", "5000"
        };

        assertThat(tuning(Signal.TRACES, variables))
                .isEqualTo(new SignalTuning(Duration.ofMillis(50), 1000, 100, Duration.ofSeconds(3)));
        assertThat(tuning(Signal.TRACES, variables).attempt(Duration.ofSeconds(10)))
                .isEqualTo(Duration.ofSeconds(3));
        assertThat(tuning(Signal.LOGS, variables).linger())
                .as("no longer than the bound")
                .isEqualTo(Duration.ofMillis(200));
        assertThat(tuning(Signal.LOGS, variables).queueRecords()).isEqualTo(32_768);
    }

    @Test
    void weirsOwnVariables_winOverThoseOfTheBatchProcessor() {
        SignalTuning tuning = tuning(
                Signal.TRACES,
                "OTEL_BSP_SCHEDULE_DELAY",
                "50",
                "WEIR_OTLP_LINGER",
                "120ms",
                "OTEL_BSP_MAX_QUEUE_SIZE",
                "1000",
                "WEIR_OTLP_QUEUE_RECORDS",
                "4096");

        assertThat(tuning.linger()).isEqualTo(Duration.ofMillis(120));
        assertThat(tuning.queueRecords()).isEqualTo(4096);
    }

    @Test
    void metricVariables_shapeReader() {
        SignalTuning tuning =
                tuning(Signal.METRICS, "OTEL_METRIC_EXPORT_TIMEOUT", "2s", "OTEL_METRIC_EXPORT_MAX_BATCH_SIZE", "7");

        assertThat(tuning.attempt(Duration.ofSeconds(10))).isEqualTo(Duration.ofSeconds(2));
        assertThat(tuning.batchRecords()).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "OTEL_BSP_SCHEDULE_DELAY|-1|otel.bsp.schedule.delay is \"-1\", allowed: 0ms…1d",
                "OTEL_BSP_MAX_QUEUE_SIZE|0|otel.bsp.max.queue.size is \"0\", allowed: 1…1048576",
                "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE|many|otel.blrp.max.export.batch.size is \"many\", allowed: 1…",
                "OTEL_BLRP_EXPORT_TIMEOUT|0|otel.blrp.export.timeout is \"0\", allowed: 1ms…1d",
                "OTEL_METRIC_EXPORT_INTERVAL|5|otel.metric.export.interval is \"5\", allowed: 10ms…1d",
                "OTEL_METRIC_EXPORT_TIMEOUT|x|otel.metric.export.timeout is \"x\", allowed: 1ms…1d",
                "OTEL_METRIC_EXPORT_MAX_BATCH_SIZE|0|otel.metric.export.max.batch.size is \"0\", allowed: 1…1048576",
                "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT|soon|otel.exporter.otlp.traces.timeout is \"soon\", allowed: 1ms…10m",
                "OTEL_EXPORTER_OTLP_COMPRESSION|lz4|otel.exporter.otlp.compression is \"lz4\", allowed: ",
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL|soap|otel.exporter.otlp.traces.protocol is \"soap\", allowed: http/protobuf, http/json, grpc",
                "OTEL_EXPORTER_OTLP_ENDPOINT|ftp://x|otel.exporter.otlp.endpoint is \"ftp://x\", allowed with http/protobuf: http://",
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT|http://u:p@x|otel.exporter.otlp.traces.endpoint is \"http://***@x\", allowed: ",
                "OTEL_EXPORTER_OTLP_INSECURE|maybe|otel.exporter.otlp.insecure is \"maybe\", allowed: true or false",
                "OTEL_EXPORTER_OTLP_HEADERS|secret|otel.exporter.otlp.headers is \"***\", allowed: name=value,…",
                "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE|both|otel.exporter.otlp.metrics.temporality.preference is \"both\", allowed: cumulative, delta, lowmemory",
                "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION|hdr|otel.exporter.otlp.metrics.default.histogram.aggregation is \"hdr\", allowed: explicit"
            })
    void badValue_isOneLineWithNameValueAndRange(String variable, String value, String message) {
        assertThatThrownBy(() -> {
                    TelemetryRuntime runtime = TelemetryRuntime.create(environment(variable, value));
                    try {
                        use(OtlpExport.builder().runtime(runtime));
                    } finally {
                        runtime.close();
                    }
                })
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void batchLargerThanTheQueue_isRefused() {
        assertThatThrownBy(() ->
                        tuning(Signal.LOGS, "OTEL_BLRP_MAX_QUEUE_SIZE", "10", "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "11"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("otel.blrp.max.export.batch.size is \"11\", allowed: at most otel.blrp.max.queue.size,"
                        + " which is 10");
    }

    @Test
    void batchSize_boundsEveryRequest() {
        use(builder().runtime(runtime(Map.of("otel.bsp.max.export.batch.size", "10"))));

        spans(95);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).hasSize(95);
        assertThat(receiver.accepted)
                .allSatisfy(taken -> assertThat(taken.names()).hasSizeLessThanOrEqualTo(10));
    }

    @Test
    void metricBatchSize_boundsThePointsOfARequest() {
        use(builder().runtime(runtime(Map.of("otel.metric.export.max.batch.size", "2"))));
        SdkMeterProvider meters = SdkMeterProvider.builder()
                .registerMetricReader(export.metricReader())
                .build();
        for (int i = 0; i < 5; i++) {
            meters.get("test").counterBuilder("count-" + i).build().add(1);
        }

        assertThat(export.flush(LONG).block()).isTrue();

        assertThat(receiver.names("metrics")).hasSize(5);
        assertThat(receiver.accepted).hasSize(3);
        assertConserved();
    }
}
