// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.internal.HttpDurationMetric;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ExplicitBucketsTest {

    private static final double[] BOUNDS =
            HttpDurationMetric.BOUNDS.stream().mapToDouble(Double::doubleValue).toArray();
    private static final HdrLayout LAYOUT = new HdrLayout(1000, 3_600_000_000_000L, 2);
    private final ExplicitBuckets buckets = new ExplicitBuckets(LAYOUT);

    @Test
    void split_isOffByNoMoreThanTheSlotsThatBoundsCut() {
        SplittableRandom random = new SplittableRandom(17);
        double[] bounds = BOUNDS;
        for (int round = 0; round < 200; round++) {
            long[] counts = new long[LAYOUT.slots()];
            long[] exact = new long[bounds.length + 1];
            int records = random.nextInt(5000);
            for (int i = 0; i < records; i++) {
                long value = random.nextLong(20_000_000_000L) >>> random.nextInt(16);
                counts[LAYOUT.slotOf(value)]++;
                int bucket = 0;
                while (bucket < bounds.length && value > Math.round(bounds[bucket] * 1e9)) {
                    bucket++;
                }
                exact[bucket]++;
            }

            long[] split = buckets.split(counts, bounds);

            assertThat(Arrays.stream(split).sum()).isEqualTo(records);
            long upTo = 0;
            long exactUpTo = 0;
            for (int i = 0; i < bounds.length; i++) {
                upTo += split[i];
                exactUpTo += exact[i];
                assertThat(split[i]).isNotNegative();
                assertThat(Math.abs(upTo - exactUpTo))
                        .as("le %s", bounds[i])
                        .isLessThanOrEqualTo(counts[LAYOUT.slotOf(Math.round(bounds[i] * 1e9))]);
            }
        }
    }

    @Test
    void buckets_neverFallWhileRecordsAreAdded() {
        SplittableRandom random = new SplittableRandom(18);
        double[] bounds = BOUNDS;
        long[] counts = new long[LAYOUT.slots()];
        long[] before = new long[bounds.length + 1];
        for (int i = 0; i < 20_000; i++) {
            double near = bounds[random.nextInt(bounds.length)] * (0.99 + 0.02 * random.nextDouble());
            counts[LAYOUT.slotOf((long) (near * 1e9))]++;
            long[] now = buckets.split(counts, bounds);
            for (int bucket = 0; bucket < now.length; bucket++) {
                assertThat(now[bucket]).isGreaterThanOrEqualTo(before[bucket]);
            }
            before = now;
        }
    }

    @Test
    void bounds_thatCannotBeUsed_areRefused() {
        try (TestMetrics test = new TestMetrics()) {
            LatencyHistogramBuilder builder = test.metrics.histogram("x");
            for (double[] bounds : new double[][] {{0.1, 0.1}, {0.2, 0.1}, {0, 1}, {-1}, {Double.NaN}, {1e9}}) {
                assertThatThrownBy(() -> builder.explicitBounds(bounds))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(Arrays.toString(bounds));
            }
            assertThatThrownBy(() -> builder.explicitBounds(0.1, 0.1001))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("0.1001")
                    .hasMessageContaining("precision");
            assertThat(builder.explicitBounds(BOUNDS)).isSameAs(builder);
        }
    }
}
