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
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
        BoundLatency own =
                weir.latencyMetrics().orElseThrow().histogram("own.pay").labels("kind").build().bind("card");
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

            assertThat(all)
                    .extracting(each -> each.getDataPoints(0).getCount())
                    .containsExactly(1L, 2L, 3L);
            assertThat(all).allSatisfy(each -> assertThat(each.getAggregationTemporality())
                    .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE));
        }
    }

    @Test
    void latencies_withExplicitBuckets_areDeltaToo() {
        try (ProtoReceiver receiver = new ProtoReceiver();
                Weir weir = receiver.sender(directory)
                        .set(PREFERENCE, "delta")
                        .set(
                                "otel.exporter.otlp.metrics.default.histogram.aggregation",
                                "explicit_bucket_histogram")
                        .start()) {
            List<Histogram> all = collected(receiver, weir).stream()
                    .map(Metric::getHistogram)
                    .toList();

            assertThat(all).allSatisfy(each -> {
                assertThat(each.getAggregationTemporality())
                        .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA);
                assertThat(each.getDataPoints(0).getCount()).isEqualTo(1);
            });
        }
    }
}
