// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import static dev.weir.metric.TestMetrics.client;
import static dev.weir.metric.TestMetrics.server;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.HealthContribution;
import dev.weir.core.spi.Outcome;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.resources.Resource;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;

class LatencyMetricsTest {

    private static final AttributeKey<String> ROUTE = AttributeKey.stringKey("http.route");

    @Test
    void serverOutcomes_areReadOutUnderTheSemanticConventions() {
        try (TestMetrics test = new TestMetrics()) {
            for (int i = 1; i <= 100; i++) {
                test.metrics.outcomes().onOutcome(server("/orders/{id}", "GET", 200, i * 1_000_000L));
            }
            test.metrics
                    .outcomes()
                    .onOutcome(new TestMetrics.Exchange(
                            Outcome.Side.SERVER, "GET", null, null, 0, 500, "500", 7_000_000, 0, 0, 0, false));

            Collection<MetricData> collected = test.metrics.metricProducer().produce(Resource.getDefault());

            assertThat(collected).hasSize(1);
            MetricData metric = collected.iterator().next();
            assertThat(metric.getName()).isEqualTo("http.server.request.duration");
            assertThat(metric.getUnit()).isEqualTo("s");
            assertThat(metric.getInstrumentationScopeInfo().getName()).isEqualTo("dev.weir.metric");
            assertThat(metric.getData().getPoints())
                    .extracting(PointData::getAttributes)
                    .containsExactly(
                            Attributes.builder()
                                    .put("http.route", "/orders/{id}")
                                    .put("http.request.method", "GET")
                                    .put("http.response.status_code", 200)
                                    .put("url.scheme", "http")
                                    .put("network.protocol.version", "1.1")
                                    .build(),
                            Attributes.builder()
                                    .put("http.request.method", "GET")
                                    .put("http.response.status_code", 500)
                                    .put("url.scheme", "http")
                                    .put("network.protocol.version", "1.1")
                                    .put("error.type", "500")
                                    .build());
            ExponentialHistogramPointData point =
                    metric.getExponentialHistogramData().getPoints().iterator().next();
            assertThat(point.getCount()).isEqualTo(100);
            assertThat(point.getSum()).isEqualTo(5.05);
            assertThat(point.getMin()).isEqualTo(0.001);
            assertThat(point.getMax()).isEqualTo(0.1);
            assertThat(point.getPositiveBuckets().getTotalCount()).isEqualTo(100);
        }
    }

    @Test
    void clientOutcomes_haveServerAddressAndPort() {
        try (TestMetrics test = new TestMetrics()) {
            test.metrics.outcomes().onOutcome(client("pay", 8443, 200, 1_000_000));

            List<BoundLatency> series = test.metrics.clientDuration().series();

            assertThat(series)
                    .extracting(BoundLatency::attributes)
                    .containsExactly(Attributes.builder()
                            .put("http.request.method", "GET")
                            .put("http.response.status_code", 200)
                            .put("server.address", "pay")
                            .put("server.port", 8443)
                            .put("network.protocol.version", "1.1")
                            .build());
        }
    }

    @Test
    void explicitBuckets_areReadOutWhenConfigured() {
        try (TestMetrics test =
                new TestMetrics(LatencyMetrics.builder().histogramKind(HistogramKind.EXPLICIT_BUCKET_HISTOGRAM))) {
            test.metrics.outcomes().onOutcome(server("/a", "GET", 200, 4_000_000));
            test.metrics.outcomes().onOutcome(server("/a", "GET", 200, 5_000_000));
            test.metrics.outcomes().onOutcome(server("/a", "GET", 200, 20_000_000_000L));

            HistogramPointData point = test.metrics
                    .metricProducer()
                    .produce(Resource.getDefault())
                    .iterator()
                    .next()
                    .getHistogramData()
                    .getPoints()
                    .iterator()
                    .next();

            assertThat(point.getBoundaries())
                    .containsExactly(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0);
            assertThat(point.getCounts().get(0) + point.getCounts().get(1)).isEqualTo(2);
            assertThat(point.getCounts().get(14)).isEqualTo(1);
            assertThat(point.getCount()).isEqualTo(3);
            assertThat(point.getSum()).isEqualTo(20.009);
        }
    }

    @Test
    void snapshot_ofARoute_mergesItsMethodsAndStatuses() {
        try (TestMetrics test = new TestMetrics()) {
            test.metrics.outcomes().onOutcome(server("/a", "GET", 200, 1_000_000));
            test.metrics.outcomes().onOutcome(server("/a", "POST", 500, 3_000_000));
            test.metrics.outcomes().onOutcome(server("/b", "GET", 200, 9_000_000));
            test.metrics.outcomes().onOutcome(server(null, "GET", 404, 5_000_000));

            assertThat(test.metrics.snapshot("/a").count()).isEqualTo(2);
            assertThat(test.metrics.snapshot("/a").sumNanos()).isEqualTo(4_000_000);
            assertThat(test.metrics.snapshot(null).count()).isEqualTo(1);
            assertThat(test.metrics.serverDuration().snapshotBy(ROUTE)).containsOnlyKeys("", "/a", "/b");
            assertThat(test.metrics.summaries()).hasSize(4);
        }
    }

    @Test
    void labelValuesBeyondTheBound_areCountedInTheOverflowSeries() {
        try (TestMetrics test = new TestMetrics(LatencyMetrics.builder().maxSeries(10))) {
            for (int i = 0; i < 1000; i++) {
                test.metrics.outcomes().onOutcome(server("/" + i, "GET", 200, 1_000));
            }
            test.metrics.outcomes().onOutcome(server("/0", "GET", 200, 1_000));
            test.advance(TestMetrics.INTERVAL);

            assertThat(test.metrics.serverDuration().seriesCount()).isEqualTo(9);
            assertThat(test.metrics.serverDuration().overflowRecords()).isEqualTo(991);
            Collection<? extends PointData> points = test.metrics
                    .metricProducer()
                    .produce(Resource.getDefault())
                    .iterator()
                    .next()
                    .getData()
                    .getPoints();
            assertThat(points).hasSize(10);
            assertThat(points)
                    .last()
                    .extracting(PointData::getAttributes)
                    .isEqualTo(Attributes.of(AttributeKey.booleanKey("otel.metric.overflow"), true));
            assertThat(points.stream()
                            .mapToLong(each -> ((ExponentialHistogramPointData) each).getCount())
                            .sum())
                    .isEqualTo(1001);
            assertThat(test.runtime.health().status()).isEqualTo(HealthContribution.Status.DEGRADED);
            assertThat(test.runtime.health().contributions().get(0).detail()).contains("weir.metrics.series.max");
        }
    }

    @Test
    void aLabelValueThatIsTooLong_isCountedInTheOverflowSeries() {
        try (TestMetrics test = new TestMetrics()) {
            test.metrics.outcomes().onOutcome(server("/" + "x".repeat(1024), "GET", 200, 1_000));

            assertThat(test.metrics.serverDuration().seriesCount()).isZero();
            assertThat(test.metrics.serverDuration().overflowRecords()).isEqualTo(1);
        }
    }

    @Test
    void labelValuesWithoutALabel_areLeftOut() {
        try (TestMetrics test = new TestMetrics()) {
            LatencyHistogram calls =
                    test.metrics.histogram("calls").labels("shard").build();

            calls.record(1_000_000, "a");
            calls.record(1_000_000, "a", "no label");
            calls.record(1_000_000, "a", null, null, null, "no label");

            assertThat(calls.series()).hasSize(1);
            assertThat(calls.series().get(0).attributes())
                    .isEqualTo(Attributes.of(AttributeKey.stringKey("shard"), "a"));
        }
    }

    @Test
    void durationsThatNoLongHas_areRejectedOrClipped() {
        try (TestMetrics test = new TestMetrics()) {
            BoundLatency calls = test.metrics.histogram("calls").build().bind();

            calls.record(Duration.ofSeconds(Long.MAX_VALUE));
            calls.record(Duration.ofSeconds(Long.MIN_VALUE));

            assertThat(test.metrics.clippedRecords()).isEqualTo(1);
            assertThat(test.metrics.rejectedRecords()).isEqualTo(1);
        }
    }

    @Test
    void valuesOutsideTheRange_areRejectedOrClipped() {
        try (TestMetrics test = new TestMetrics()) {
            BoundLatency series = test.metrics.histogram("x").build().bind();
            series.record(-1);
            series.record(Long.MIN_VALUE);
            series.record(0);
            series.record(Duration.ofHours(1).toNanos());
            series.record(Duration.ofHours(1).toNanos() + 1);
            series.record(Long.MAX_VALUE);

            assertThat(test.metrics.rejectedRecords()).isEqualTo(2);
            assertThat(test.metrics.clippedRecords()).isEqualTo(2);
            assertThat(series.snapshot().count()).isEqualTo(4);
            assertThat(series.snapshot().minNanos()).isZero();
            assertThat(series.snapshot().maxNanos()).isEqualTo((1L << 43) - 1);
        }
    }

    @Test
    void histogram_ofAKnownName_isRefused() {
        try (TestMetrics test = new TestMetrics()) {
            assertThatThrownBy(() -> test.metrics
                            .histogram("http.server.request.duration")
                            .build())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("http.server.request.duration");
        }
    }

    @Test
    void close_letsTheLastRecordsBeReadOut() {
        TestMetrics test = new TestMetrics();
        test.metrics.outcomes().onOutcome(server("/a", "GET", 200, 1_000_000));
        test.metrics.close();
        test.metrics.close();
        test.metrics.outcomes().onOutcome(server("/a", "GET", 200, 1_000_000));

        MetricData metric = test.metrics
                .metricProducer()
                .produce(Resource.getDefault())
                .iterator()
                .next();

        assertThat(metric.getExponentialHistogramData()
                        .getPoints()
                        .iterator()
                        .next()
                        .getCount())
                .isEqualTo(2);
        test.runtime.close();
        assertThat(test.runtime.threads().worker().isStopped()).isTrue();
    }

    @Test
    void build_withoutARuntime_ownsOne() {
        LatencyMetrics metrics = LatencyMetrics.builder().build();
        metrics.serverDuration().bind("/a").record(5);
        metrics.close();

        assertThat(metrics.snapshot("/a").count()).isEqualTo(1);
    }
}
