// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.testing.ManualTicker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BatchSizerTest {

    private static final int MIN = 512 * 1024;
    private static final int MAX = 4 << 20;
    private static final int LONGEST = 6 << 20;

    private final ManualTicker ticker = new ManualTicker();
    private final SizeLimit limit = new SizeLimit(ticker);
    private final BatchSizer target = target(LONGEST);

    private BatchSizer target(int longest) {
        return new BatchSizer(MIN, MAX, longest, Duration.ofMillis(200), limit, ticker.nanoTime());
    }

    private int second(int bytes, boolean saturated, boolean slow) {
        target.taken(bytes, bytes);
        ticker.advance(Duration.ofSeconds(1));
        target.update(ticker.nanoTime(), saturated, slow);
        return target.bytes();
    }

    @Test
    void beginsAtTheSmallest() {
        assertThat(target.bytes()).isEqualTo(MIN);
    }

    @Test
    void fastSignal_getsWhatComesWithinTheLinger() {
        assertThat(second(10_000_000, false, false)).isEqualTo(2_000_000);
        assertThat(second(500_000_000, false, false)).isEqualTo(MAX);
    }

    @Test
    void calm_comesBackStepByStep() {
        second(20_000_000, false, false);

        assertThat(second(0, false, false)).isLessThan(MAX).isGreaterThan(MAX / 2);
        for (int i = 0; i < 20; i++) {
            second(0, false, false);
        }
        assertThat(target.bytes()).isEqualTo(MIN);
    }

    @Test
    void saturatedDestination_getsLargerBatches() {
        assertThat(second(0, true, false)).isEqualTo(MIN * 3 / 2);
        for (int i = 0; i < 20; i++) {
            second(0, true, false);
        }
        assertThat(target.bytes()).isEqualTo(MAX);
    }

    @Test
    void slowDestination_getsSmallerOnes_downToTheSmallest() {
        second(500_000_000, false, false);

        assertThat(second(500_000_000, true, true)).isEqualTo((int) (MAX * 0.7));
        for (int i = 0; i < 20; i++) {
            second(500_000_000, true, true);
        }
        assertThat(target.bytes()).isEqualTo(MIN);
    }

    @Test
    void update_withinTheSecond_changesNothing() {
        target.taken(500_000_000, 500_000_000);
        ticker.advance(Duration.ofMillis(999));
        target.update(ticker.nanoTime(), true, false);

        assertThat(target.bytes()).isEqualTo(MIN);
    }

    /** The next body, made of as many records as the target says, is as much longer than the estimate as those before. */
    private static long nextBody(BatchSizer target, double error) {
        return Math.round(target.bytes() * error);
    }

    @Test
    void learnedLimit_isNotExceeded() {
        limit.refused(300_000);

        assertThat(second(500_000_000, true, false)).isBetween(145_000, 150_000);
    }

    @Test
    void longestBody_isNotExceeded_whenEstimatesAreTooSmall() {
        BatchSizer target = target(MAX);
        ticker.advance(Duration.ofSeconds(1));
        target.taken(100_000_000, 104_000_000);
        target.update(ticker.nanoTime(), true, false);

        assertThat(nextBody(target, 1.04)).isBetween((long) (MAX * 0.97), (long) MAX);
        target.taken(1_000, 3_000);
        assertThat(nextBody(target, 3)).isLessThanOrEqualTo(MAX);
    }

    @Test
    void oneBadEstimate_isForgotten() {
        BatchSizer target = target(MAX);
        ticker.advance(Duration.ofSeconds(1));
        target.taken(320, 3_200);
        target.taken(500_000_000, 500_000_000);
        target.update(ticker.nanoTime(), true, false);
        assertThat(target.bytes()).isLessThan(MAX / 5);

        for (int i = 0; i < 100; i++) {
            target.taken(1_000_000, 1_000_000);
        }
        assertThat(nextBody(target, 1)).isBetween((long) (MAX * 0.95), (long) MAX);
    }

    @Test
    void largeEstimates_doNotRaiseTheTarget() {
        target.taken(1_000_000, 500_000);

        assertThat(second(500_000_000, true, false)).isEqualTo(MAX);
    }
}
