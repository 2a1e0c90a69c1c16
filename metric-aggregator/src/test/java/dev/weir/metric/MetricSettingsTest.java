// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.Settings;
import dev.weir.core.TelemetryRuntime;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

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

            assertThat(metrics.recording().clock().intervals()).isEqualTo(60);
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

        try (LatencyMetrics metrics = LatencyMetrics.builder()
                .window(Duration.ofNanos(100_500_000), 12)
                .build()) {
            assertThat(metrics.recording().clock().interval()).isEqualTo(Duration.ofNanos(100_500_000));
        }
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

    static Stream<Arguments> setters() {
        return Stream.of(
                setter("weir.metrics.window.interval", builder -> builder.window(Duration.ofSeconds(1), 12)),
                setter("range", builder -> builder.range(Duration.ofNanos(1), Duration.ofHours(2))),
                setter("digits", builder -> builder.digits(3)),
                setter("weir.metrics.series.max", builder -> builder.maxSeries(2)),
                setter(
                        "otel.exporter.otlp.metrics.default.histogram.aggregation",
                        builder -> builder.histogramKind(HistogramKind.EXPLICIT_BUCKET_HISTOGRAM)),
                setter("maxBuckets", builder -> builder.maxBuckets(1024)),
                setter("otel.metrics.exemplar.filter", builder -> builder.exemplars(ExemplarFilter.ALWAYS_ON)));
    }

    @ParameterizedTest
    @MethodSource("setters")
    void aSecondCall_isRefusedWithTheName(String name, Consumer<LatencyMetricsBuilder> setter) {
        LatencyMetricsBuilder builder = LatencyMetrics.builder();
        setter.accept(builder);

        assertThatThrownBy(() -> setter.accept(builder))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(name + " is set twice, allowed: once");
    }

    @Test
    void nothing_isRefusedWithTheName() {
        LatencyMetricsBuilder builder = LatencyMetrics.builder();

        assertThatThrownBy(() -> builder.runtime(null)).hasMessage("runtime");
        assertThatThrownBy(() -> builder.range(null, Duration.ZERO)).hasMessage("lowest");
        assertThatThrownBy(() -> builder.range(Duration.ZERO, null)).hasMessage("highest");
        assertThatThrownBy(() -> builder.histogramKind(null)).hasMessage(MetricSettings.HISTOGRAM.name());
        assertThatThrownBy(() -> builder.exemplars(null)).hasMessage(MetricSettings.EXEMPLARS.name());
    }

    @Test
    void aWindowThatIsRefused_setsNothing() {
        LatencyMetricsBuilder builder = LatencyMetrics.builder();

        assertThatThrownBy(() -> builder.window(Duration.ofSeconds(1), 1))
                .hasMessageStartingWith("weir.metrics.window.intervals is \"1\", allowed: 2…720");

        builder.window(Duration.ofSeconds(1), 2);
    }

    @Test
    void valuesThatOnlyTheProgramSets_areRefusedInTheSameForm() {
        LatencyMetricsBuilder builder = LatencyMetrics.builder();

        assertThatThrownBy(() -> builder.digits(0)).hasMessage("digits is \"0\", allowed: 1…3");
        assertThatThrownBy(() -> builder.maxBuckets(1025)).hasMessage("maxBuckets is \"1025\", allowed: 80…1024");
        assertThatThrownBy(() -> builder.range(Duration.ofSeconds(2), Duration.ofSeconds(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("range is \"PT2S…PT3S\", allowed: ");
        assertThatThrownBy(() -> builder.range(Duration.ofSeconds(Long.MAX_VALUE), Duration.ofSeconds(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("range is ");
    }

    @Test
    void everyDescription_isLowerCaseWithoutAPeriod() {
        assertThat(new MetricSettings().settings())
                .allSatisfy(setting -> assertThat(setting.description()).matches("\\p{javaLowerCase}.*[^.]"));
    }

    static Stream<Arguments> histogramSetters() {
        return Stream.of(
                histogramSetter("description", builder -> builder.description("x")),
                histogramSetter("labels", builder -> builder.labels()),
                histogramSetter("explicitBounds", builder -> builder.explicitBounds(1, 2)),
                histogramSetter("maxSeries", builder -> builder.maxSeries(2)));
    }

    @ParameterizedTest
    @MethodSource("histogramSetters")
    void aSecondCallForAHistogram_isRefusedWithTheName(String name, Consumer<LatencyHistogramBuilder> setter) {
        try (TestMetrics test = new TestMetrics()) {
            LatencyHistogramBuilder builder = test.metrics.histogram("x");
            setter.accept(builder);

            assertThatThrownBy(() -> setter.accept(builder))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(name + " is set twice, allowed: once");
        }
    }

    @Test
    void valuesOfAHistogram_areRefusedWithNameValueAndWhatIsAllowed() {
        try (TestMetrics test = new TestMetrics()) {
            LatencyHistogramBuilder builder = test.metrics.histogram("x");

            assertThatThrownBy(() -> builder.labels("a", "b", "c", "d", "e", "f"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("labels is \"[a, b, c, d, e, f]\", allowed: at most 5 ");
            assertThatThrownBy(() -> builder.labels("a", "a"))
                    .hasMessageStartingWith("labels is \"[a, a]\", allowed: ");
            assertThatThrownBy(() -> builder.labels(" ")).hasMessageStartingWith("labels is \"[ ]\", allowed: ");
            assertThatThrownBy(() -> builder.maxSeries(1))
                    .hasMessageStartingWith("weir.metrics.series.max is \"1\", allowed: 2…1000000");
            assertThatThrownBy(() -> builder.labels("a", null)).hasMessage("labels");
            assertThatThrownBy(() -> builder.description(null)).hasMessage("description");
            assertThatThrownBy(() -> builder.explicitBounds((double[]) null)).hasMessage("explicitBounds");
            assertThatThrownBy(() -> test.metrics.histogram(null)).hasMessage("name");
            assertThatThrownBy(() -> test.metrics.histogram(" "))
                    .hasMessage("name is \" \", allowed: a non-empty text");
        }
    }

    private static Arguments setter(String name, Consumer<LatencyMetricsBuilder> setter) {
        return Arguments.of(name, setter);
    }

    private static Arguments histogramSetter(String name, Consumer<LatencyHistogramBuilder> setter) {
        return Arguments.of(name, setter);
    }

    private static Settings settings(Map<String, String> environment) {
        return Settings.builder()
                .environment(environment)
                .systemProperties(Map.of())
                .build();
    }
}
