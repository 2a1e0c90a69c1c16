// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HdrLayoutTest {

    @ParameterizedTest
    @CsvSource({
        "1, 3600000000000, 1",
        "1000, 3600000000000, 2",
        "1000, 60000000000, 2",
        "1000, 60000000000, 3",
        "1, 60000000000, 3",
        "100000, 60000000000, 2",
        "777, 123456789, 1",
        "1000, 2000, 3"
    })
    void slots_areThoseOfHdrHistogram(long lowest, long highest, int digits) {
        HdrLayout layout = new HdrLayout(lowest, highest, digits);
        Histogram oracle = new Histogram(lowest, highest, digits);

        check(layout, oracle, 0);
        for (int bit = 0; bit < 63 && 1L << bit <= highest; bit++) {
            for (long value = (1L << bit) - 1; value <= (1L << bit) + 1; value++) {
                check(layout, oracle, Math.min(value, highest));
            }
        }
        check(layout, oracle, highest);
        for (int slot = 0; slot < layout.slots() && layout.upperEdge(slot) <= highest; slot++) {
            assertThat(layout.slotOf(layout.lowerEdge(slot))).isEqualTo(slot);
            assertThat(layout.slotOf(layout.upperEdge(slot))).isEqualTo(slot);
            check(layout, oracle, layout.lowerEdge(slot));
            check(layout, oracle, layout.upperEdge(slot));
        }
        SplittableRandom random = new SplittableRandom(42);
        for (int i = 0; i < 2_000_000; i++) {
            long value = random.nextLong(highest + 1) >>> random.nextInt(40);
            int slot = layout.slotOf(value);
            if (layout.lowerEdge(slot) != oracle.lowestEquivalentValue(value)
                    || layout.upperEdge(slot) != oracle.highestEquivalentValue(value)) {
                check(layout, oracle, value);
            }
        }
    }

    private static void check(HdrLayout layout, Histogram oracle, long value) {
        int slot = layout.slotOf(value);
        assertThat(slot).as("slot of %d", value).isBetween(0, layout.slots() - 1);
        assertThat(layout.lowerEdge(slot)).as("lower edge of %d", value).isEqualTo(oracle.lowestEquivalentValue(value));
        assertThat(layout.upperEdge(slot))
                .as("upper edge of %d", value)
                .isEqualTo(oracle.highestEquivalentValue(value));
    }
}
