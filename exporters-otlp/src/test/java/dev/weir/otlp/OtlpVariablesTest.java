// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.spi.Choices;
import dev.weir.otlp.internal.config.SignalConfig;
import dev.weir.otlp.internal.config.SignalTuning;
import dev.weir.otlp.internal.transport.ContentCoding;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import java.net.URI;
import java.nio.charset.StandardCharsets;
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
        return new SignalConfigReader(new Choices().over(environment(pairs)), null, OtlpProtocol.HTTP_PROTOBUF)
                .read(signal);
    }

    private static SignalTuning tuning(Signal signal, String... pairs) {
        return SignalTuningReader.read(signal, new Choices().over(environment(pairs)));
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
        assertThat(config.coding()).isEqualTo(ContentCoding.GZIP);
        assertThat(config.protocol()).isEqualTo("http/json");
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
                "OTEL_EXPORTER_OTLP_ENDPOINT|ftp://x|otel.exporter.otlp.endpoint is \"ftp://x\", allowed with"
                        + " http/protobuf: http://",
                "OTEL_EXPORTER_OTLP_ENDPOINT|,|otel.exporter.otlp.endpoint is \"\", allowed: ",
                "OTEL_EXPORTER_OTLP_ENDPOINT|http://a b|otel.exporter.otlp.endpoint is \"http://a b\", allowed with ",
                "OTEL_EXPORTER_OTLP_ENDPOINT|http://otel_collector:70000|otel.exporter.otlp.endpoint is"
                        + " \"http://otel_collector:70000\", allowed with ",
                "OTEL_EXPORTER_OTLP_ENDPOINT|http://collector:0|otel.exporter.otlp.endpoint is \"http://collector:0\","
                        + " allowed with ",
                "OTEL_EXPORTER_OTLP_ENDPOINT|http://_a..b|otel.exporter.otlp.endpoint is \"http://_a..b\", allowed"
                        + " with ",
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT|http://u:p@x|otel.exporter.otlp.traces.endpoint is"
                        + " \"http://REDACTED:REDACTED@x\", allowed: ",
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT|http://u:secret/part@x|otel.exporter.otlp.traces.endpoint is"
                        + " \"http://REDACTED:REDACTED@x\", allowed",
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT|http://u:p@x_y|otel.exporter.otlp.traces.endpoint is"
                        + " \"http://REDACTED:REDACTED@x_y\", allowed: ",
                "OTEL_EXPORTER_OTLP_HEADERS|secret|otel.exporter.otlp.headers is \"***\", allowed: name=value,…",
                "OTEL_EXPORTER_OTLP_HEADERS|a b=secret|otel.exporter.otlp.headers has the header name \"a b\","
                        + " allowed: ",
                "OTEL_EXPORTER_OTLP_LOGS_HEADERS|k=abc%01def|otel.exporter.otlp.logs.headers: the value of k is"
                        + " \"***\", allowed: ",
                "OTEL_EXPORTER_OTLP_HEADERS|k=%7f|otel.exporter.otlp.headers: the value of k is \"***\", allowed: ",
                "OTEL_EXPORTER_OTLP_HEADERS|k=a%0d%0aHost: b|otel.exporter.otlp.headers: the value of k is \"***\","
                        + " allowed: ",
                "OTEL_EXPORTER_OTLP_HEADERS|k=a%00|otel.exporter.otlp.headers: the value of k is \"***\", allowed: ",
                "OTEL_EXPORTER_OTLP_HEADERS|k=100%|otel.exporter.otlp.headers: the value of k is \"***\", allowed:"
                        + " percent-encoded UTF-8",
                "OTEL_EXPORTER_OTLP_HEADERS|k=%ff|otel.exporter.otlp.headers: the value of k is \"***\", allowed:"
                        + " percent-encoded UTF-8",
            })
    void whatDecidesWhereDataGoes_isRefusedInOneLineWithNameValueAndRange(
            String variable, String value, String message) {
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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "OTEL_BSP_SCHEDULE_DELAY|-1|otel.bsp.schedule.delay is \"-1\", allowed: 0ms…1d",
                "OTEL_BSP_MAX_QUEUE_SIZE|0|otel.bsp.max.queue.size is \"0\", allowed: 1…1048576",
                "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE|many|otel.blrp.max.export.batch.size is \"many\", allowed: 1…",
                "OTEL_BLRP_EXPORT_TIMEOUT|-1|otel.blrp.export.timeout is \"-1\", allowed: 0ms…1d",
                "OTEL_METRIC_EXPORT_INTERVAL|5|otel.metric.export.interval is \"5\", allowed: 10ms…1d",
                "OTEL_METRIC_EXPORT_TIMEOUT|x|otel.metric.export.timeout is \"x\", allowed: 0ms…1d",
                "OTEL_METRIC_EXPORT_MAX_BATCH_SIZE|0|otel.metric.export.max.batch.size is \"0\", allowed: 1…1048576",
                "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT|soon|otel.exporter.otlp.traces.timeout is \"soon\", allowed:"
                        + " 0ms…10m",
                "OTEL_EXPORTER_OTLP_COMPRESSION|lz4|otel.exporter.otlp.compression is \"lz4\", allowed: one of [none,"
                        + " gzip, zstd]",
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL|soap|otel.exporter.otlp.traces.protocol is \"soap\", allowed: one"
                        + " of [http/protobuf, http/json, grpc]",
                "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE|both|otel.exporter.otlp.metrics.temporality.preference"
                        + " is \"both\", allowed: one of [cumulative, delta, lowmemory]",
                "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION|hdr|otel.exporter.otlp.metrics.default.histogram.aggregation"
                        + " is \"hdr\", allowed: one of [explicit"
            })
    void anyOtherBadValue_isOneLine_andCountsAsUnset(String variable, String value, String message) {
        try (LogLines log = new LogLines("weir.settings")) {
            Settings settings = environment(variable, value);
            TelemetryRuntime runtime = TelemetryRuntime.create(settings);
            use(OtlpExport.builder().runtime(runtime));
            runtime.close();

            assertThat(settings.effective()).isEmpty();
            assertThat(log.lines())
                    .singleElement()
                    .satisfies(line -> assertThat(line)
                            .startsWith(message)
                            .endsWith("(from " + variable + "); it counts as unset"));
        }
    }

    @ParameterizedTest
    @CsvSource({"true, http", "TRUE, http", "false, https", "1, https", "yes, https", "maybe, https"})
    void insecure_isOnlyTrue_inAnyCase(String value, String scheme) {
        assertThat(config(
                                Signal.LOGS,
                                "OTEL_EXPORTER_OTLP_PROTOCOL",
                                "grpc",
                                "OTEL_EXPORTER_OTLP_ENDPOINT",
                                "collector:4317",
                                "OTEL_EXPORTER_OTLP_LOGS_INSECURE",
                                value)
                        .endpoints()
                        .get(0)
                        .getScheme())
                .isEqualTo(scheme);
    }

    @Test
    void badValueOfOneSignal_leavesTheOneForAll() {
        assertThat(config(
                                Signal.TRACES,
                                "OTEL_EXPORTER_OTLP_COMPRESSION",
                                "gzip",
                                "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
                                "lz77")
                        .coding())
                .isEqualTo(ContentCoding.GZIP);
    }

    @Test
    void timeoutOfZero_isNoLimit() {
        SignalConfig config = config(Signal.TRACES, "OTEL_EXPORTER_OTLP_TIMEOUT", "0");

        assertThat(config.timeout()).isZero();
        assertThat(tuning(Signal.TRACES).attempt(config.timeout())).isZero();
        assertThat(tuning(Signal.TRACES, "OTEL_BSP_EXPORT_TIMEOUT", "0").attempt(Duration.ofSeconds(10)))
                .isEqualTo(Duration.ofSeconds(10));
        assertThat(tuning(Signal.LOGS, "OTEL_BLRP_EXPORT_TIMEOUT", "3s").attempt(Duration.ZERO))
                .isEqualTo(Duration.ofSeconds(3));
        assertThat(tuning(Signal.METRICS, "OTEL_METRIC_EXPORT_TIMEOUT", "0").attempt(Duration.ZERO))
                .isZero();
        assertThat(config(Signal.LOGS, "OTEL_EXPORTER_OTLP_TIMEOUT", "7", "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "0")
                        .timeout())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({"http/protobuf", "grpc"})
    void timeoutOfZero_stillDelivers(String protocol) {
        try (GrpcReceiver grpc = new GrpcReceiver()) {
            use(OtlpExport.builder()
                    .protocol(OtlpProtocol.parse(protocol))
                    .endpoint(protocol.equals("grpc") ? grpc.url() : receiver.url())
                    .timeout(Duration.ZERO));

            spans(3);

            assertThat(export.flush(LONG).block()).isTrue();
            assertConserved();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "http://otel_collector:4318, http://otel_collector:4318/v1/traces",
        "http://otel_collector, http://otel_collector:80/v1/traces",
        "https://shop_otel_1.backend_net:4318/x, https://shop_otel_1.backend_net:4318/x/v1/traces",
        "http://_otel.example.:1, http://_otel.example.:1/v1/traces",
        "http://1_2:4, http://1_2:4/v1/traces",
        "http://[::1]:4318, http://[::1]:4318/v1/traces"
    })
    void hostNames_ofContainers_areTaken(String endpoint, String full) {
        assertThat(config(Signal.TRACES, "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
                        .endpoints())
                .containsExactly(URI.create(full));
    }

    @Test
    void headerValues_areDecoded_andMayHaveTabsAndBlanksInside() {
        assertThat(config(
                                Signal.TRACES,
                                "OTEL_EXPORTER_OTLP_HEADERS",
                                "a=x%09y%20z,b=%20x%20,c=,d=1+1=2,e=%2C%25, F-g =v,")
                        .headers())
                .isEqualTo(Map.of("a", "x\ty z", "b", "x", "c", "", "d", "1+1=2", "e", ",%", "f-g", "v"));
    }

    @Test
    void headerValues_beyondAscii_areSentAsUtf8() {
        use(builder().headers(Map.of("X-Tenant", "Zoë")));

        spans(1);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.accepted)
                .allSatisfy(taken -> assertThat(new String(
                                taken.headers().get("x-tenant").getBytes(StandardCharsets.ISO_8859_1),
                                StandardCharsets.UTF_8))
                        .isEqualTo("Zoë"));
    }

    @Test
    void headersOfTheProgram_areCheckedWhereTheyAreGiven() {
        assertThatThrownBy(() -> OtlpExport.builder().headers(Map.of("x-api-key", "abc\u0001def")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("headers: the value of x-api-key is \"***\", allowed: text without control characters");
        assertThatThrownBy(() -> OtlpExport.builder().headers(Map.of("x api", "a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("headers has the header name \"x api\", allowed: ");
    }

    @Test
    void durationsOfTheProgram_haveTheRangesOfTheSettings() {
        OtlpExportBuilder builder = OtlpExport.builder();

        assertThatThrownBy(() -> builder.linger(Duration.ofMinutes(5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("weir.otlp.linger is \"5m\", allowed: 1ms…1m");
        assertThatThrownBy(() -> builder.linger(Duration.ofNanos(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("weir.otlp.linger is \"PT0.000000001S\", allowed: 1ms…1m");
        assertThatThrownBy(() -> builder.metricInterval(Duration.ofNanos(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("otel.metric.export.interval is \"PT0.000000001S\", allowed: 10ms…1d");
        assertThatThrownBy(() -> builder.timeout(Duration.ofHours(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("otel.exporter.otlp.timeout is \"1h\", allowed: 0ms…10m");
        assertThatThrownBy(() -> builder.timeout(Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("otel.exporter.otlp.timeout is \"-1ms\", allowed: 0ms…10m");
        assertThatThrownBy(() -> builder.linger(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("weir.otlp.linger");
        assertThatThrownBy(() -> builder.timeout(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("otel.exporter.otlp.timeout");
    }

    @Test
    void batchLargerThanTheQueue_isAsLargeAsTheQueue() {
        assertThat(tuning(Signal.LOGS, "OTEL_BLRP_MAX_QUEUE_SIZE", "10", "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "11")
                        .batchRecords())
                .isEqualTo(10);
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
