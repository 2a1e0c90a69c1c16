// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.metrics.export.CollectionRegistration;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.time.Duration;
import java.util.Collection;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.scheduler.NonBlocking;

/** What readers get that prefer delta temporality or an aggregation. */
class DeltaReadOutTest {

    private static final Resource RESOURCE = Resource.builder().put("a", "b").build();

    private static SdkMeterProvider provider(TestMetrics test, MetricReader... readers) {
        var builder = SdkMeterProvider.builder().setResource(RESOURCE);
        for (MetricReader reader : readers) {
            builder.registerMetricReader(test.metrics.reader(reader, RESOURCE, name -> true));
        }
        return builder.build();
    }

    @ParameterizedTest
    @EnumSource(HistogramKind.class)
    void delta_countsAndSumsAddUpAndPeriodsJoin(HistogramKind kind) {
        try (TestMetrics test = new TestMetrics(LatencyMetrics.builder().histogramKind(kind))) {
            InMemoryMetricReader reader = InMemoryMetricReader.createDelta();
            try (SdkMeterProvider ignored = provider(test, reader)) {
                BoundLatency series = test.metrics.histogram("own").build().bind();
                SplittableRandom random = new SplittableRandom(5);
                long records = 0;
                long nanos = 0;
                long readRecords = 0;
                double readSeconds = 0;
                long lastEnd = 0;
                for (int round = 0; round < 60; round++) {
                    int more = 1 + random.nextInt(20);
                    long smallest = Long.MAX_VALUE;
                    long largest = 0;
                    for (int i = 0; i < more; i++) {
                        long value = random.nextLong(1_000_000_000L) >>> random.nextInt(20);
                        series.record(value);
                        nanos += value;
                        smallest = Math.min(smallest, value);
                        largest = Math.max(largest, value);
                    }
                    records += more;
                    if (round % 3 == 0) {
                        test.advance(TestMetrics.INTERVAL);
                    } else {
                        test.ticker.advance(Duration.ofMillis(700));
                    }

                    MetricData metric = only(reader.collectAllMetrics());
                    PointData point = only(metric.getData().getPoints());

                    assertThat(temporality(metric)).isEqualTo(AggregationTemporality.DELTA);
                    assertThat(metric.getResource()).isEqualTo(RESOURCE);
                    assertThat(count(point)).isEqualTo(more);
                    assertThat(bucketTotal(point)).isEqualTo(more);
                    assertThat(min(point)).isEqualTo(smallest / 1e9);
                    assertThat(max(point)).isEqualTo(largest / 1e9);
                    assertThat(point.getEpochNanos()).isGreaterThan(point.getStartEpochNanos());
                    if (lastEnd != 0) {
                        assertThat(point.getStartEpochNanos()).isEqualTo(lastEnd);
                    }
                    lastEnd = point.getEpochNanos();
                    readRecords += count(point);
                    readSeconds += sum(point);
                }
                assertThat(readRecords).isEqualTo(records);
                assertThat(readSeconds).isCloseTo(nanos / 1e9, within(1e-6));
                assertThat(series.snapshot().count()).as("the window").isPositive();
            }
        }
    }

    @Test
    void delta_ofASeriesWithoutANewRecordHasNoPoint() {
        try (TestMetrics test = new TestMetrics()) {
            InMemoryMetricReader reader = InMemoryMetricReader.createDelta();
            try (SdkMeterProvider ignored = provider(test, reader)) {
                BoundLatency series = test.metrics.histogram("own").build().bind();
                series.record(Duration.ofMillis(5));
                long firstEnd = only(only(reader.collectAllMetrics()).getData().getPoints())
                        .getEpochNanos();
                test.ticker.advance(Duration.ofMillis(10));
                assertThat(reader.collectAllMetrics()).isEmpty();
                long silentEnd = test.ticker.epochNanos();
                test.ticker.advance(Duration.ofMillis(10));
                series.record(Duration.ofMillis(3));

                PointData point =
                        only(only(reader.collectAllMetrics()).getData().getPoints());

                assertThat(point.getStartEpochNanos()).isEqualTo(silentEnd).isGreaterThan(firstEnd);
                assertThat(max(point)).as("not that of before").isEqualTo(0.003);
            }
        }
    }

    @Test
    void delta_thatComesLateHasEverythingSinceTheStart() {
        try (TestMetrics test = new TestMetrics()) {
            BoundLatency series = test.metrics.histogram("own").build().bind();
            long start = test.ticker.epochNanos();
            series.record(Duration.ofMillis(50));
            for (int i = 0; i < 15; i++) {
                test.advance(TestMetrics.INTERVAL);
            }
            series.record(Duration.ofMillis(2));
            InMemoryMetricReader reader = InMemoryMetricReader.createDelta();
            try (SdkMeterProvider ignored = provider(test, reader)) {
                PointData point =
                        only(only(reader.collectAllMetrics()).getData().getPoints());

                assertThat(count(point)).isEqualTo(2);
                assertThat(min(point)).isEqualTo(0.002);
                assertThat(max(point)).isEqualTo(0.05);
                assertThat(point.getStartEpochNanos()).isEqualTo(start);
            }
        }
    }

    @Test
    void readers_eachGetEveryRecordInTheirOwnTemporality() {
        try (TestMetrics test = new TestMetrics()) {
            InMemoryMetricReader quick = InMemoryMetricReader.createDelta();
            InMemoryMetricReader slow = InMemoryMetricReader.createDelta();
            InMemoryMetricReader cumulative = InMemoryMetricReader.create();
            try (SdkMeterProvider ignored = provider(test, quick, slow, cumulative)) {
                BoundLatency series = test.metrics.histogram("own").build().bind();
                for (int i = 1; i <= 3; i++) {
                    series.record(Duration.ofMillis(5));
                    assertThat(count(only(
                                    only(quick.collectAllMetrics()).getData().getPoints())))
                            .isEqualTo(1);
                    MetricData all = only(cumulative.collectAllMetrics());
                    assertThat(temporality(all)).isEqualTo(AggregationTemporality.CUMULATIVE);
                    assertThat(count(only(all.getData().getPoints()))).isEqualTo(i);
                }

                assertThat(count(only(only(slow.collectAllMetrics()).getData().getPoints())))
                        .isEqualTo(3);
            }
        }
    }

    @Test
    void delta_whileThreadsRecordAndIntervalsClose_hasEveryRecordOnce() throws Exception {
        int threads = 4;
        int each = 50_000;
        try (TestMetrics test = new TestMetrics(LatencyMetrics.builder().busyPerSecond(1))) {
            InMemoryMetricReader reader = InMemoryMetricReader.createDelta();
            try (SdkMeterProvider ignored = provider(test, reader)) {
                BoundLatency series = test.metrics.histogram("own").build().bind();
                AtomicLong nanos = new AtomicLong();
                CountDownLatch running = new CountDownLatch(threads);
                for (int i = 0; i < threads; i++) {
                    int seed = i;
                    Runnable task = () -> {
                        SplittableRandom random = new SplittableRandom(seed);
                        long sum = 0;
                        for (int n = 0; n < each; n++) {
                            long value = random.nextLong(1_000_000_000L) >>> random.nextInt(20);
                            series.record(value);
                            sum += value;
                        }
                        nanos.addAndGet(sum);
                        running.countDown();
                    };
                    (i % 2 == 0 ? new Loop(task) : new Thread(task)).start();
                }
                long records = 0;
                double seconds = 0;
                boolean last;
                do {
                    last = running.getCount() == 0;
                    test.ticker.advance(TestMetrics.INTERVAL);
                    for (MetricData metric : reader.collectAllMetrics()) {
                        PointData point = only(metric.getData().getPoints());
                        assertThat(bucketTotal(point)).isEqualTo(count(point));
                        assertThat(min(point)).isLessThanOrEqualTo(max(point));
                        records += count(point);
                        seconds += sum(point);
                    }
                } while (!last);

                assertThat(records).isEqualTo((long) threads * each);
                assertThat(seconds).isCloseTo(nanos.get() / 1e9, within(1e-4));
            }
        }
    }

    /** What an event loop looks like to the metrics. */
    private static final class Loop extends Thread implements NonBlocking {
        Loop(Runnable task) {
            super(task);
        }
    }

    @Test
    void windows_areTheSameWithADeltaReaderBesideThem() {
        try (TestMetrics test = new TestMetrics();
                TestMetrics alone = new TestMetrics()) {
            InMemoryMetricReader reader = InMemoryMetricReader.createDelta();
            try (SdkMeterProvider ignored = provider(test, reader)) {
                BoundLatency series = test.metrics.histogram("own").build().bind();
                BoundLatency same = alone.metrics.histogram("own").build().bind();
                SplittableRandom random = new SplittableRandom(9);
                for (int round = 0; round < 40; round++) {
                    long value = random.nextLong(1_000_000_000L);
                    series.record(value);
                    same.record(value);
                    assertThat(reader.collectAllMetrics()).hasSize(1);
                    if (round % 4 == 1) {
                        test.advance(TestMetrics.INTERVAL);
                        alone.advance(TestMetrics.INTERVAL);
                    }
                    WindowSnapshot with = series.snapshot();
                    WindowSnapshot without = same.snapshot();
                    assertThat(with.toString()).isEqualTo(without.toString());
                    assertThat(with.minNanos()).isEqualTo(without.minNanos());
                    assertThat(with.maxNanos()).isEqualTo(without.maxNanos());
                    assertThat(series.windowCount()).isEqualTo(same.windowCount());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @SuppressWarnings("deprecation") // What took its place came after the oldest version that is supported.
    void aggregation_thatTheReaderNamesIsUsed(boolean exponential) {
        try (TestMetrics test = new TestMetrics(LatencyMetrics.builder()
                .histogramKind(
                        exponential
                                ? HistogramKind.EXPLICIT_BUCKET_HISTOGRAM
                                : HistogramKind.BASE2_EXPONENTIAL_BUCKET_HISTOGRAM))) {
            Choosy reader = new Choosy(
                    exponential
                            ? Aggregation.base2ExponentialBucketHistogram()
                            : Aggregation.explicitBucketHistogram());
            try (SdkMeterProvider ignored = provider(test, reader)) {
                test.metrics.histogram("own").build().bind().record(5);

                assertThat(only(reader.collect()).getType())
                        .isEqualTo(exponential ? MetricDataType.EXPONENTIAL_HISTOGRAM : MetricDataType.HISTOGRAM);
            }
        }
    }

    @Test
    void aggregation_dropLeavesThemOut() {
        try (TestMetrics test = new TestMetrics()) {
            Choosy reader = new Choosy(Aggregation.drop());
            try (SdkMeterProvider ignored = provider(test, reader)) {
                test.metrics.histogram("own").build().bind().record(5);

                assertThat(reader.collect()).isEmpty();
            }
        }
    }

    @Test
    void names_decideWhichHistogramsAReaderGets() {
        try (TestMetrics test = new TestMetrics()) {
            InMemoryMetricReader reader = InMemoryMetricReader.create();
            try (SdkMeterProvider ignored = SdkMeterProvider.builder()
                    .registerMetricReader(test.metrics.reader(reader, RESOURCE, name -> !name.startsWith("http.")))
                    .build()) {
                test.metrics.outcomes().onOutcome(TestMetrics.client("pay", 80, 200, 5));
                test.metrics.histogram("own").build().bind().record(5);

                assertThat(only(reader.collectAllMetrics()).getName()).isEqualTo("own");
            }
        }
    }

    @Test
    void wrapper_passesOnWhatTheReaderIs() {
        try (TestMetrics test = new TestMetrics()) {
            Choosy reader = new Choosy(Aggregation.defaultAggregation());

            MetricReader wrapped = test.metrics.reader(reader, RESOURCE, name -> true);

            assertThat(wrapped.getMemoryMode()).isEqualTo(MemoryMode.REUSABLE_DATA);
            assertThat(wrapped.getDefaultAggregation(InstrumentType.COUNTER))
                    .isEqualTo(Aggregation.defaultAggregation());
            assertThat(wrapped.getAggregationTemporality(InstrumentType.COUNTER))
                    .isEqualTo(AggregationTemporality.DELTA);
            assertThat(wrapped.forceFlush().isSuccess()).isTrue();
            assertThat(wrapped.shutdown().isSuccess()).isTrue();
        }
    }

    /** A reader with wishes. */
    private static final class Choosy implements MetricReader {

        private final Aggregation aggregation;
        private CollectionRegistration registration = CollectionRegistration.noop();

        Choosy(Aggregation aggregation) {
            this.aggregation = aggregation;
        }

        Collection<MetricData> collect() {
            return registration.collectAllMetrics();
        }

        @Override
        public void register(CollectionRegistration registration) {
            this.registration = registration;
        }

        @Override
        public Aggregation getDefaultAggregation(InstrumentType instrumentType) {
            return aggregation;
        }

        @Override
        public AggregationTemporality getAggregationTemporality(InstrumentType instrumentType) {
            return AggregationTemporality.DELTA;
        }

        @Override
        public MemoryMode getMemoryMode() {
            return MemoryMode.REUSABLE_DATA;
        }

        @Override
        public CompletableResultCode forceFlush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }

    private static <T> T only(Collection<? extends T> all) {
        assertThat(all).hasSize(1);
        return all.iterator().next();
    }

    private static AggregationTemporality temporality(MetricData metric) {
        return metric.getType() == MetricDataType.HISTOGRAM
                ? metric.getHistogramData().getAggregationTemporality()
                : metric.getExponentialHistogramData().getAggregationTemporality();
    }

    private static long count(PointData point) {
        return point instanceof HistogramPointData explicit
                ? explicit.getCount()
                : ((ExponentialHistogramPointData) point).getCount();
    }

    private static long bucketTotal(PointData point) {
        if (point instanceof HistogramPointData explicit) {
            return explicit.getCounts().stream().mapToLong(Long::longValue).sum();
        }
        ExponentialHistogramPointData exponential = (ExponentialHistogramPointData) point;
        return LongStream.concat(
                        LongStream.of(exponential.getZeroCount()),
                        exponential.getPositiveBuckets().getBucketCounts().stream()
                                .mapToLong(Long::longValue))
                .sum();
    }

    private static double sum(PointData point) {
        return point instanceof HistogramPointData explicit
                ? explicit.getSum()
                : ((ExponentialHistogramPointData) point).getSum();
    }

    private static double min(PointData point) {
        return point instanceof HistogramPointData explicit
                ? explicit.getMin()
                : ((ExponentialHistogramPointData) point).getMin();
    }

    private static double max(PointData point) {
        return point instanceof HistogramPointData explicit
                ? explicit.getMax()
                : ((ExponentialHistogramPointData) point).getMax();
    }
}
