// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Percentiles against HdrHistogram (to the bit) and against the sorted values (within one slot). */
class PercentileTest {

    private static final double[] PERCENTILES = {0, 1e-9, 0.1, 1, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 99.999, 100};

    static Stream<Arguments> distributions() {
        SplittableRandom random = new SplittableRandom(11);
        int[] next = {0};
        return Stream.of(
                Arguments.of("one", 1, supplier(() -> 12_345_678)),
                Arguments.of("two", 2, supplier(() -> ++next[0] * 1_000_000L)),
                Arguments.of("ten", 10, supplier(() -> ++next[0] * 777_777L)),
                Arguments.of("uniform", 200_000, supplier(() -> random.nextLong(1_000_000_000L))),
                Arguments.of("lognormal", 200_000, supplier(() -> (long) (2e6 * Math.exp(0.8 * gaussian(random))))),
                Arguments.of("pareto", 200_000, supplier(() ->
                        (long) Math.min(3.5e12, 1e5 * Math.pow(1 - random.nextDouble(), -1 / 1.1)))),
                Arguments.of(
                        "bimodal",
                        200_000,
                        supplier(() -> random.nextInt(10) == 0
                                ? 900_000_000L + random.nextLong(1_000_000)
                                : 1_000_000L + random.nextLong(10_000))),
                Arguments.of("constant", 100_000, supplier(() -> 5_000_000)),
                Arguments.of("sorted", 100_000, supplier(() -> 1000L * ++next[0])),
                Arguments.of("edges", 100_000, supplier(() -> (512L << random.nextInt(20)) - 1 + random.nextInt(3))),
                Arguments.of("tiny", 10_000, supplier(() -> random.nextLong(600))));
    }

    private static LongSupplier supplier(LongSupplier supplier) {
        return supplier;
    }

    private static double gaussian(SplittableRandom random) {
        return Math.sqrt(-2 * Math.log(1 - random.nextDouble())) * Math.cos(2 * Math.PI * random.nextDouble());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("distributions")
    void percentiles_areThoseOfHdrHistogramAndNearThoseOfTheValues(String name, int count, LongSupplier values) {
        try (TestMetrics test = new TestMetrics()) {
            BoundLatency series = test.metrics.histogram("x").build().bind();
            Histogram oracle = new Histogram(1000, 3_600_000_000_000L, 2);
            long[] sorted = new long[count];
            for (int i = 0; i < count; i++) {
                sorted[i] = values.getAsLong();
                series.record(sorted[i]);
                oracle.recordValue(sorted[i]);
            }
            Arrays.sort(sorted);

            WindowSnapshot open = series.snapshot();
            test.advance(TestMetrics.INTERVAL);
            WindowSnapshot closed = series.snapshot();

            HdrLayout layout = test.metrics.recording().layout();
            for (double percentile : PERCENTILES) {
                double expected = oracle.getValueAtPercentile(percentile);
                assertThat(open.percentileNanos(percentile))
                        .as("open p%s", percentile)
                        .isEqualTo(expected);
                assertThat(closed.percentileNanos(percentile))
                        .as("closed p%s", percentile)
                        .isEqualTo(expected);
                assertThat(series.percentileNanos(percentile))
                        .as("running p%s", percentile)
                        .isEqualTo(expected);
                long exact = sorted[(int) HdrLayout.rank(percentile, count) - 1];
                assertThat(layout.slotOf((long) expected))
                        .as("p%s of the values", percentile)
                        .isEqualTo(layout.slotOf(exact));
            }
            for (WindowSnapshot snapshot : new WindowSnapshot[] {open, closed}) {
                assertThat(snapshot.count()).isEqualTo(count);
                assertThat(snapshot.sumNanos()).isEqualTo(Arrays.stream(sorted).sum());
                assertThat(snapshot.minNanos()).isEqualTo(sorted[0]);
                assertThat(snapshot.maxNanos()).isEqualTo(sorted[count - 1]);
                assertThat(snapshot.toHistogram().getTotalCount()).isEqualTo(count);
                assertThat(snapshot.toHistogram().getValueAtPercentile(95)).isEqualTo(oracle.getValueAtPercentile(95));
                assertThat(snapshot.countUpTo(Long.MAX_VALUE)).isEqualTo(count);
            }
        }
    }

    @Test
    void emptyWindow_hasNoPercentile() {
        try (TestMetrics test = new TestMetrics()) {
            BoundLatency series = test.metrics.histogram("x").build().bind();

            assertThat(series.percentileNanos(50)).isNaN();
            assertThat(series.snapshot().p99Nanos()).isNaN();
            assertThat(series.snapshot().meanNanos()).isNaN();
            assertThat(series.snapshot().count()).isZero();
        }
    }
}
