// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.spi.Outcome;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.DoubleExemplarData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricProducer;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReadOutTest {

    @ParameterizedTest
    @EnumSource(HistogramKind.class)
    void cumulativeCounts_growToTheRecordsAtEveryCollection(HistogramKind kind) {
        try (TestMetrics test = new TestMetrics(LatencyMetrics.builder().histogramKind(kind))) {
            MetricProducer slow = test.metrics.metricProducer();
            MetricProducer fast = test.metrics.metricProducer();
            SplittableRandom random = new SplittableRandom(21);
            long recorded = 0;
            long start = 0;
            for (int round = 0; round < 100; round++) {
                int records = 1 + random.nextInt(50);
                for (int i = 0; i < records; i++) {
                    test.metrics
                            .outcomes()
                            .onOutcome(TestMetrics.server("/a", "GET", 200, random.nextLong(1_000_000_000)));
                }
                recorded += records;
                if (round % 3 == 0) {
                    test.advance(TestMetrics.INTERVAL);
                }
                MetricData metric = only(fast.produce(Resource.getDefault()));
                assertThat(count(metric)).isEqualTo(recorded);
                if (round % 7 == 0) {
                    assertThat(count(only(slow.produce(Resource.getDefault())))).isEqualTo(recorded);
                }
                long thisStart = metric.getData().getPoints().iterator().next().getStartEpochNanos();
                assertThat(start == 0 || start == thisStart).isTrue();
                start = thisStart;
            }
        }
    }

    @Test
    void aMeterProvider_takesTheProducer() {
        try (TestMetrics test = new TestMetrics()) {
            InMemoryMetricReader reader = InMemoryMetricReader.create();
            try (SdkMeterProvider provider = SdkMeterProvider.builder()
                    .registerMetricReader(reader)
                    .registerMetricProducer(test.metrics.metricProducer())
                    .build()) {
                test.metrics.outcomes().onOutcome(TestMetrics.client("pay", 80, 200, 5));

                MetricData metric = only(reader.collectAllMetrics());

                assertThat(metric.getName()).isEqualTo("http.client.request.duration");
                assertThat(metric.getExponentialHistogramData().getAggregationTemporality())
                        .isEqualTo(AggregationTemporality.CUMULATIVE);
                assertThat(metric.getResource().getAttributes().isEmpty()).isFalse();
            }
        }
    }

    @Test
    void exemplars_pointToSampledTracesAndAreHandedOutOnce() {
        try (TestMetrics test = new TestMetrics()) {
            MetricProducer producer = test.metrics.metricProducer();
            test.metrics.outcomes().onOutcome(exchange(7_000_000, 0xAB, true));
            test.metrics.outcomes().onOutcome(exchange(900_000_000, 0xCD, true));
            test.metrics.outcomes().onOutcome(exchange(950_000_000, 0xEF, false));

            ExponentialHistogramPointData point =
                    (ExponentialHistogramPointData) only(producer.produce(Resource.getDefault()))
                            .getData()
                            .getPoints()
                            .iterator()
                            .next();

            assertThat(point.getExemplars())
                    .extracting(DoubleExemplarData::getValue)
                    .containsExactly(0.007, 0.9);
            assertThat(point.getExemplars())
                    .extracting(exemplar -> exemplar.getSpanContext().getTraceId())
                    .containsExactly("000000000000000100000000000000ab", "000000000000000100000000000000cd");
            assertThat(point.getExemplars()).allSatisfy(exemplar -> {
                assertThat(exemplar.getSpanContext().isSampled()).isTrue();
                assertThat(exemplar.getEpochNanos()).isBetween(point.getStartEpochNanos(), point.getEpochNanos());
            });
            test.advance(TestMetrics.INTERVAL);
            assertThat(only(producer.produce(Resource.getDefault()))
                            .getData()
                            .getPoints()
                            .iterator()
                            .next()
                            .getExemplars())
                    .isEmpty();
            List<SeriesSummary> summaries = test.metrics.summaries();
            assertThat(summaries.get(0).exemplars()).hasSize(2);
            assertThat(summaries.get(0).exemplars().get(1).traceId()).isEqualTo("000000000000000100000000000000cd");
        }
    }

    @Test
    void exemplars_withinAnIntervalTheLargestOfItsRangeStays() {
        try (TestMetrics test = new TestMetrics()) {
            BoundLatency series = test.metrics.histogram("x").build().bind();
            series.record(5_000_000, 1, 1, 1);
            series.record(6_000_000, 1, 2, 2);
            series.record(5_500_000, 1, 3, 3);
            assertThat(series.exemplars())
                    .extracting(LatencyExemplar::traceIdLow)
                    .containsExactly(2L);

            test.advance(TestMetrics.INTERVAL);
            series.record(4_500_000, 1, 4, 4);

            assertThat(series.exemplars())
                    .extracting(LatencyExemplar::traceIdLow)
                    .containsExactly(4L);
        }
    }

    @Test
    void exemplars_canBeTurnedOffOrTakenFromEveryTrace() {
        for (ExemplarFilter filter : ExemplarFilter.values()) {
            try (TestMetrics test = new TestMetrics(LatencyMetrics.builder().exemplars(filter))) {
                test.metrics.outcomes().onOutcome(exchange(7_000_000, 0xAB, true));
                test.metrics.outcomes().onOutcome(exchange(900_000_000, 0xCD, false));

                assertThat(test.metrics.summaries().get(0).exemplars())
                        .hasSize(
                                switch (filter) {
                                    case ALWAYS_ON -> 2;
                                    case TRACE_BASED -> 1;
                                    case ALWAYS_OFF -> 0;
                                });
            }
        }
    }

    @Test
    void exemplarSlots_neverMixTwoRecords() throws Exception {
        try (TestMetrics test = new TestMetrics(LatencyMetrics.builder().window(Duration.ofMillis(100), 2))) {
            ExemplarSlots slots = new ExemplarSlots();
            Thread[] writers = new Thread[3];
            for (int w = 0; w < writers.length; w++) {
                int id = w;
                writers[w] = new Thread(() -> {
                    for (int i = 0; i < 300_000; i++) {
                        long value = 1_000_000 + i * 3L + id;
                        slots.offer(value, value + 1, value + 2, value + 3, test.ticker, i);
                    }
                });
                writers[w].start();
            }
            long read = 0;
            boolean alive;
            do {
                alive = false;
                for (Thread writer : writers) {
                    alive |= writer.isAlive();
                }
                for (LatencyExemplar exemplar : slots.read(new java.util.ArrayList<>())) {
                    read++;
                    assertThat(exemplar.traceIdHigh()).isEqualTo(exemplar.valueNanos() + 1);
                    assertThat(exemplar.traceIdLow()).isEqualTo(exemplar.valueNanos() + 2);
                    assertThat(exemplar.spanIdBits()).isEqualTo(exemplar.valueNanos() + 3);
                }
            } while (alive);
            assertThat(read).isPositive();
        }
    }

    @Test
    void exemplarSlot_whoseWriterDied_isFilledAgainInTheNextInterval() {
        try (TestMetrics test = new TestMetrics(LatencyMetrics.builder().window(Duration.ofMillis(100), 2))) {
            ExemplarSlots slots = new ExemplarSlots();
            slots.offer(1_000_000, 1, 2, 3, test.ticker, 7);
            int base = ExemplarSlots.slotOf(1_000_000) * ExemplarSlots.WORDS;
            assertThat(slots.begin(base, 8)).isTrue();

            slots.offer(1_000_001, 4, 5, 6, test.ticker, 7);
            assertThat(slots.read(new java.util.ArrayList<>()))
                    .extracting(LatencyExemplar::valueNanos)
                    .containsExactly(1_000_000L);
            slots.offer(900_000, 7, 8, 9, test.ticker, 8);

            assertThat(slots.read(new java.util.ArrayList<>()))
                    .extracting(LatencyExemplar::valueNanos)
                    .containsExactly(900_000L);
        }
    }

    private static Outcome exchange(long nanos, long traceIdLow, boolean sampled) {
        return new TestMetrics.Exchange(
                Outcome.Side.SERVER, "GET", "/a", null, 0, 200, null, nanos, 1, traceIdLow, 7, sampled);
    }

    private static MetricData only(Collection<MetricData> collected) {
        assertThat(collected).hasSize(1);
        return collected.iterator().next();
    }

    private static long count(MetricData metric) {
        return switch (metric.getType()) {
            case EXPONENTIAL_HISTOGRAM ->
                metric.getExponentialHistogramData().getPoints().stream()
                        .mapToLong(point -> point.getZeroCount()
                                + point.getPositiveBuckets().getTotalCount())
                        .sum();
            default ->
                metric.getHistogramData().getPoints().stream()
                        .flatMap(point -> point.getCounts().stream())
                        .mapToLong(Long::longValue)
                        .sum();
        };
    }
}
