// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramBuckets;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import java.math.BigDecimal;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExponentialBucketsTest {

    private static final HdrLayout LAYOUT = new HdrLayout(1000, 3_600_000_000_000L, 2);

    @Test
    void index_ofAPowerOfTwo_includesTheUpperBound() {
        for (int scale = 0; scale <= 8; scale++) {
            assertThat(ExponentialBuckets.indexOf(1.0, scale)).isEqualTo(-1);
            assertThat(ExponentialBuckets.indexOf(2.0, scale)).isEqualTo((1 << scale) - 1);
            assertThat(ExponentialBuckets.indexOf(Math.nextUp(1.0) + 1e-9, scale))
                    .isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
    void slots_fallIntoTheBucketOfTheirValuesOrTheNext(int scale) {
        ExponentialBuckets buckets = new ExponentialBuckets(LAYOUT, 320);
        for (int slot = 256; slot < LAYOUT.slots(); slot++) {
            int index = buckets.indexOf(slot, scale);
            assertThat(index).isEqualTo(ExponentialBuckets.indexOf(middle(slot), 8) >> (8 - scale));
            assertThat(index - ExponentialBuckets.indexOf(LAYOUT.lowerEdge(slot) / 1e9, scale))
                    .as("slot %d from its lower edge", slot)
                    .isBetween(0, 1);
            assertThat(ExponentialBuckets.indexOf(LAYOUT.upperEdge(slot) / 1e9, scale) - index)
                    .as("slot %d to its upper edge", slot)
                    .isBetween(0, 1);
        }
    }

    @Test
    void coarserBuckets_areSumsOfFinerOnes() {
        for (int slot = 1; slot < LAYOUT.slots(); slot++) {
            for (int scale = 0; scale < 8; scale++) {
                assertThat(ExponentialBuckets.indexOf(middle(slot), 8) >> (8 - scale))
                        .as("slot %d, scale %d", slot, scale)
                        .isEqualTo(ExponentialBuckets.indexOf(middle(slot), scale));
            }
        }
    }

    /** With 320 buckets: the widest range that a scale can hold, in octaves, is 320 / 2^scale. */
    @ParameterizedTest
    @CsvSource({
        "1000000, 1000000, 6",
        "1000000, 31000000, 6",
        "1000000, 1000000000, 5",
        "1000000, 10000000000, 4",
        "600, 3600000000000, 3"
    })
    void scale_isTheFinestThatFits(long from, long to, int scale) {
        ExponentialBuckets buckets = new ExponentialBuckets(LAYOUT, 320);

        assertThat(buckets.scaleFor(LAYOUT.slotOf(from), LAYOUT.slotOf(to))).isEqualTo(scale);
    }

    @ParameterizedTest
    @ValueSource(ints = {80, 160, 320, 1024})
    void points_conserveEveryRecord(int maxBuckets) {
        ExponentialBuckets buckets = new ExponentialBuckets(LAYOUT, maxBuckets);
        SplittableRandom random = new SplittableRandom(maxBuckets);
        for (int round = 0; round < 200; round++) {
            WindowSnapshot total = new WindowSnapshot(LAYOUT);
            int records = random.nextInt(1000);
            int shift = random.nextInt(40);
            long sum = 0;
            for (int i = 0; i < records; i++) {
                long value = random.nextLong(3_600_000_000_000L) >>> random.nextInt(shift + 1);
                total.counts()[LAYOUT.slotOf(value)]++;
                total.addExtremes(value, value);
                sum += value;
            }
            total.addTotals(records, sum);

            ExponentialHistogramPointData point =
                    buckets.toPoint(new ReadOutFormat.Point(Attributes.empty(), 1, 2, total, List.of()));

            ExponentialHistogramBuckets positive = point.getPositiveBuckets();
            assertThat(point.getZeroCount()).isEqualTo(total.counts()[0]);
            assertThat(positive.getTotalCount() + point.getZeroCount()).isEqualTo(records);
            assertThat(point.getCount()).isEqualTo(records);
            assertThat(point.getNegativeBuckets().getTotalCount()).isZero();
            assertThat(positive.getBucketCounts().size()).isLessThanOrEqualTo(maxBuckets);
            assertThat(point.getScale()).isEqualTo(positive.getScale()).isBetween(0, ExponentialBuckets.MAX_SCALE);
            assertThat(point.getSum())
                    .isEqualTo(new BigDecimal(sum).movePointLeft(9).doubleValue());
        }
    }

    @Test
    void percentilesOfTheBuckets_areWithinTheStatedError() {
        ExponentialBuckets buckets = new ExponentialBuckets(LAYOUT, 320);
        SplittableRandom random = new SplittableRandom(5);
        WindowSnapshot total = new WindowSnapshot(LAYOUT);
        for (int i = 0; i < 50_000; i++) {
            total.counts()[LAYOUT.slotOf(1_000_000 + (long) (random.nextDouble() * random.nextDouble() * 9e9))]++;
        }
        total.addTotals(50_000, 0);
        total.addExtremes(1_000_000, 9_000_000_000L);
        ExponentialHistogramPointData point =
                buckets.toPoint(new ReadOutFormat.Point(Attributes.empty(), 1, 2, total, List.of()));
        double base = Math.pow(2, Math.pow(2, -point.getScale()));

        for (double percentile : new double[] {1, 10, 50, 90, 95, 99, 99.9}) {
            long rank = HdrLayout.rank(percentile, 50_000);
            long before = 0;
            int index = point.getPositiveBuckets().getOffset() - 1;
            for (long count : point.getPositiveBuckets().getBucketCounts()) {
                index++;
                before += count;
                if (before >= rank) {
                    break;
                }
            }
            double estimate = Math.pow(base, index + 0.5);
            double exact = total.percentileNanos(percentile) / 1e9;
            assertThat(estimate / exact)
                    .as("p%s", percentile)
                    .isBetween(1 / (Math.sqrt(base) * 1.008), Math.sqrt(base) * 1.008);
        }
    }

    private static double middle(int slot) {
        return (LAYOUT.lowerEdge(slot) + LAYOUT.width(slot) / 2.0) / 1e9;
    }
}
