// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.Settings;
import dev.weir.core.TelemetryRuntime;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetricSettingsTest {

    @Test
    void defaults() {
        Settings settings = settings(Map.of());

        assertThat(settings.get(MetricSettings.WINDOW_INTERVAL)).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.get(MetricSettings.WINDOW_INTERVALS)).isEqualTo(12);
        assertThat(settings.get(MetricSettings.MAX_SERIES)).isEqualTo(2000);
        assertThat(settings.get(MetricSettings.HISTOGRAM)).isEqualTo(HistogramKind.BASE2_EXPONENTIAL_BUCKET_HISTOGRAM);
        assertThat(settings.get(MetricSettings.EXEMPLARS)).isEqualTo(ExemplarFilter.TRACE_BASED);
    }

    @Test
    void theEnvironment_decidesWhatTheProgramLeavesOpen() {
        Settings settings = settings(Map.of(
                "WEIR_METRICS_WINDOW_INTERVAL", "1s",
                "WEIR_METRICS_WINDOW_INTERVALS", "60",
                "WEIR_METRICS_SERIES_MAX", "3",
                "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "explicit_bucket_histogram",
                "OTEL_METRICS_EXEMPLAR_FILTER", "always_off"));
        try (TelemetryRuntime runtime = TelemetryRuntime.create(settings);
                LatencyMetrics metrics =
                        LatencyMetrics.builder().runtime(runtime).maxSeries(5).build()) {
            for (int i = 0; i < 10; i++) {
                metrics.serverDuration().bind("/" + i).record(1);
            }

            assertThat(metrics.clock().intervals()).isEqualTo(60);
            assertThat(metrics.serverDuration().seriesCount()).isEqualTo(4);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "weir.metrics.window.interval, 99ms",
        "weir.metrics.window.interval, 11m",
        "weir.metrics.window.intervals, 1",
        "weir.metrics.series.max, 1"
    })
    void valuesOutOfRange_areRefusedWithNameAndRange(String name, String value) {
        assertThatThrownBy(() -> Settings.builder()
                        .environment(Map.of())
                        .systemProperties(Map.of(name, value))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(name)
                .hasMessageContaining(value)
                .hasMessageContaining("allowed");
    }

    @Test
    void wordsOfOpenTelemetryThatMeanNothing_leaveTheDefaults() {
        Settings settings = settings(Map.of(
                "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "fancy",
                "OTEL_METRICS_EXEMPLAR_FILTER", "maybe"));

        assertThat(settings.get(MetricSettings.HISTOGRAM)).isEqualTo(HistogramKind.BASE2_EXPONENTIAL_BUCKET_HISTOGRAM);
        assertThat(settings.get(MetricSettings.EXEMPLARS)).isEqualTo(ExemplarFilter.TRACE_BASED);
    }

    @Test
    void durationsOfTheProgram_keepWhatIsBelowAMillisecond() {
        LatencyMetricsBuilder builder = LatencyMetrics.builder();

        builder.window(Duration.ofNanos(100_500_000), 12);

        assertThat(builder.interval(settings(Map.of()))).isEqualTo(Duration.ofNanos(100_500_000));
        assertThatThrownBy(() -> builder.window(Duration.ofNanos(99_999_999), 12))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("weir.metrics.window.interval is \"PT0.099999999S\", allowed: 100ms…10m");
        assertThatThrownBy(() -> builder.window(null, 12))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("weir.metrics.window.interval");
    }

    @Test
    void builderValuesOutOfRange_areRefused() {
        LatencyMetricsBuilder builder = LatencyMetrics.builder();

        assertThatThrownBy(() -> builder.window(Duration.ofMillis(1), 12)).hasMessageContaining("1ms");
        assertThatThrownBy(() -> builder.window(Duration.ofSeconds(1), 1)).hasMessageContaining("intervals");
        assertThatThrownBy(() -> builder.digits(4)).hasMessageContaining("4");
        assertThatThrownBy(() -> builder.maxSeries(1)).hasMessageContaining("weir.metrics.series.max");
        assertThatThrownBy(() -> builder.maxBuckets(79)).hasMessageContaining("79");
        assertThatThrownBy(() -> builder.range(Duration.ZERO, Duration.ofSeconds(1)))
                .hasMessageContaining("PT0S");
        assertThatThrownBy(() -> builder.range(Duration.ofSeconds(1), Duration.ofHours(3)))
                .hasMessageContaining("PT3H");
    }

    private static Settings settings(Map<String, String> environment) {
        return Settings.builder()
                .environment(environment)
                .systemProperties(Map.of())
                .build();
    }
}
