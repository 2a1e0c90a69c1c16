// SPDX-License-Identifier: Apache-2.0
package dev.weir.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ThresholdTest {

    /** The table of the specification, at precision 4, and the exact powers of two. */
    @ParameterizedTest
    @CsvSource({
        "1, 0",
        "2, 8",
        "3, aaab",
        "4, c",
        "5, cccd",
        "8, e",
        "10, e666",
        "16, f",
        "100, fd70a",
        "1000, ffbe77",
        "10000, fff9724",
        "100000, ffff583a",
        "1000000, ffffef39"
    })
    void oneIn_hasTheThresholdOfTheSpecification(long n, String th) {
        assertThat(Threshold.ofProbability(1.0 / n).text()).isEqualTo(th);
    }

    @Test
    void text_decodesToWhatIsDecidedWith() {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 100_000; i++) {
            Threshold threshold = Threshold.ofProbability(Math.pow(2, -56 * random.nextDouble()));
            assertThat(OtelState.threshold("th:" + threshold.text())).isEqualTo(threshold.rejected());
            assertThat(threshold.rejected()).isBetween(0L, Threshold.VALUES - 1);
        }
    }

    @Test
    void rounding_isWithinTheStatedPrecision() {
        SplittableRandom random = new SplittableRandom(8);
        for (int i = 0; i < 100_000; i++) {
            double probability = Math.pow(2, -40 * random.nextDouble());
            assertThat(Threshold.ofProbability(probability).probability() / probability)
                    .isBetween(1 - 0x1p-12, 1 + 0x1p-12);
        }
    }

    @Test
    void smallestProbability_keepsOneOfAllValues() {
        Threshold threshold = Threshold.ofProbability(0x1p-56);

        assertThat(threshold.text()).isEqualTo("ffffffffffffff");
        assertThat(threshold.keeps(Threshold.VALUES - 1)).isTrue();
        assertThat(threshold.keeps(Threshold.VALUES - 2)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, 1.0000001, Double.NaN, 0x1p-57})
    void probabilityOutOfRange_isRefused(double probability) {
        assertThatThrownBy(() -> Threshold.ofProbability(probability))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Double.toString(probability));
    }
}
