// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.testing.ManualTicker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class WallClockTest {

    private static final long START = 1_800_000_000_000_000_000L;

    /** Nearly overflowing, as a monotonic clock may be. */
    private final ManualTicker ticker = new ManualTicker(Long.MAX_VALUE - 1_000, START);

    private final WallClock clock = new WallClock(ticker);

    @Test
    void time_goesOnWithTheMonotonicClock() {
        assertThat(clock.epochNanos()).isEqualTo(START);
        ticker.advance(Duration.ofNanos(5_000));
        assertThat(clock.epochNanos()).isEqualTo(START + 5_000);
    }

    @Test
    void clockThatIsSet_isNoticedAtTheNextAdjustment() {
        ticker.stepWallClock(Duration.ofHours(-2));
        assertThat(clock.epochNanos()).isEqualTo(START);
        clock.adjust();
        assertThat(clock.epochNanos()).isEqualTo(ticker.epochNanos());
    }
}
