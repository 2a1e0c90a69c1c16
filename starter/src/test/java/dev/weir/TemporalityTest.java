// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.metric.BoundLatency;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogram;
import io.opentelemetry.proto.metrics.v1.Histogram;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.metrics.ConfigurableMetricExporterProvider;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Latencies of Weir's own follow the preference that the user set for all metrics. */
class TemporalityTest {

    private static final Duration LONG = Duration.ofSeconds(15);
    private static final String PREFERENCE = "otel.exporter.otlp.metrics.temporality.preference";

    @TempDir
    Path directory;

    /** Three records in three collections. */
    private static List<Metric> collected(ProtoReceiver receiver, Weir weir) {
        BoundLatency own = weir.latencyMetrics()
                .orElseThrow()
                .histogram("own.pay")
                .labels("kind")
                .build()
                .bind("card");
        for (int i = 1; i <= 3; i++) {
            own.record(Duration.ofMillis(5));
            assertThat(weir.flush(LONG)).isTrue();
            int arrived = i;
            await().atMost(LONG).until(() -> receiver.metricsNamed("own.pay").size() == arrived);
        }
        return receiver.metricsNamed("own.pay");
    }

    @ParameterizedTest
    @CsvSource({"delta, false", "lowmemory, false", "delta, true", "lowmemory, true"})
    void latencies_whereDeltaIsPreferred_addUp(String preference, boolean beside) {
        try (ProtoReceiver receiver = new ProtoReceiver()) {
            WeirBuilder builder = receiver.sender(directory).set(PREFERENCE, preference);
            if (beside) {
                builder.openTelemetry(OpenTelemetry.noop());
            }
            try (Weir weir = builder.start()) {
                List<ExponentialHistogram> all = collected(receiver, weir).stream()
                        .map(Metric::getExponentialHistogram)
                        .toList();

                assertThat(all).allSatisfy(each -> {
                    assertThat(each.getAggregationTemporality())
                            .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA);
                    assertThat(each.getDataPoints(0).getCount()).isEqualTo(1);
                    assertThat(each.getDataPoints(0).getSum()).isEqualTo(0.005);
                });
                for (int i = 1; i < all.size(); i++) {
                    assertThat(all.get(i).getDataPoints(0).getStartTimeUnixNano())
                            .isEqualTo(all.get(i - 1).getDataPoints(0).getTimeUnixNano());
                }
            }
        }
    }

    @Test
    void latencies_withoutAPreference_areCumulative() {
        try (ProtoReceiver receiver = new ProtoReceiver();
                Weir weir = receiver.sender(directory).start()) {
            List<ExponentialHistogram> all = collected(receiver, weir).stream()
                    .map(Metric::getExponentialHistogram)
                    .toList();

            assertThat(all).extracting(each -> each.getDataPoints(0).getCount()).containsExactly(1L, 2L, 3L);
            assertThat(all)
                    .allSatisfy(each -> assertThat(each.getAggregationTemporality())
                            .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE));
        }
    }

    @Test
    void latencies_withExplicitBuckets_areDeltaToo() {
        try (ProtoReceiver receiver = new ProtoReceiver();
                Weir weir = receiver.sender(directory)
                        .set(PREFERENCE, "delta")
                        .set("otel.exporter.otlp.metrics.default.histogram.aggregation", "explicit_bucket_histogram")
                        .start()) {
            List<Histogram> all =
                    collected(receiver, weir).stream().map(Metric::getHistogram).toList();

            assertThat(all).allSatisfy(each -> {
                assertThat(each.getAggregationTemporality())
                        .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA);
                assertThat(each.getDataPoints(0).getCount()).isEqualTo(1);
            });
        }
    }

    @Test
    void latencies_areInWhatAnotherExporterGets_asThatOneWants() {
        Kept.METRICS.clear();
        try (ProtoReceiver receiver = new ProtoReceiver();
                Weir weir = receiver.sender(directory)
                        .set("otel.metrics.exporter", "otlp, keptmetrics")
                        .start()) {
            BoundLatency own = weir.latencyMetrics()
                    .orElseThrow()
                    .histogram("own.pay")
                    .build()
                    .bind();
            for (int i = 0; i < 2; i++) {
                own.record(Duration.ofMillis(5));
                weir.flush(LONG);
                ((OpenTelemetrySdk) weir.openTelemetry())
                        .getSdkMeterProvider()
                        .forceFlush()
                        .join(15, TimeUnit.SECONDS);
            }

            assertThat(Kept.METRICS)
                    .filteredOn(metric -> metric.getName().equals("own.pay"))
                    .hasSize(2)
                    .allSatisfy(metric -> {
                        assertThat(metric.getExponentialHistogramData().getAggregationTemporality())
                                .isEqualTo(io.opentelemetry.sdk.metrics.data.AggregationTemporality.DELTA);
                        assertThat(metric.getExponentialHistogramData().getPoints())
                                .singleElement()
                                .satisfies(point -> assertThat(point.getCount()).isEqualTo(1));
                        assertThat(metric.getResource().getAttributes().isEmpty())
                                .isFalse();
                    });
        }
    }

    /** An exporter that a user might have on the class path; it wants deltas. */
    public static final class Kept implements ConfigurableMetricExporterProvider, MetricExporter {

        static final List<MetricData> METRICS = new CopyOnWriteArrayList<>();

        @Override
        public String getName() {
            return "keptmetrics";
        }

        @Override
        public MetricExporter createExporter(ConfigProperties config) {
            return this;
        }

        @Override
        public io.opentelemetry.sdk.metrics.data.AggregationTemporality getAggregationTemporality(
                InstrumentType instrumentType) {
            return io.opentelemetry.sdk.metrics.data.AggregationTemporality.DELTA;
        }

        @Override
        public CompletableResultCode export(Collection<MetricData> metrics) {
            METRICS.addAll(metrics);
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }
}
