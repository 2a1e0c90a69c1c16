// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.testing.ManualTicker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SizeLimitTest {

    private final ManualTicker ticker = new ManualTicker();
    private final SizeLimit limit = new SizeLimit(ticker);

    @Test
    void nothingRefused_knowsNoLimit() {
        limit.taken(5_000_000);

        assertThat(limit.bytes()).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void refusal_halves_orKeepsWhatWasTakenBefore() {
        limit.refused(4_000_000);
        assertThat(limit.bytes()).isEqualTo(2_000_000);

        limit.taken(1_900_000);
        limit.refused(2_000_000);
        assertThat(limit.bytes()).isEqualTo(1_900_000);
    }

    @Test
    void limit_isProbedUpwardsAndFallsBackToWhatWasTaken() {
        limit.refused(4_000_000);
        limit.taken(2_000_000);
        ticker.advance(SizeLimit.PROBE.minusNanos(1));
        assertThat(limit.bytes()).isEqualTo(2_000_000);

        ticker.advance(Duration.ofNanos(1));
        assertThat(limit.bytes()).isEqualTo(2_200_000);
        limit.refused(2_200_000);

        assertThat(limit.bytes()).isEqualTo(2_000_000);
    }

    @Test
    void limit_neverFallsBelowTheLeast_andGoesAwayInTheEnd() {
        limit.refused(10);
        assertThat(limit.bytes()).isEqualTo(SizeLimit.LEAST);

        for (int i = 0; i < 100; i++) {
            ticker.advance(SizeLimit.PROBE);
            limit.bytes();
        }
        assertThat(limit.known()).isEqualTo(Integer.MAX_VALUE);
    }
}
