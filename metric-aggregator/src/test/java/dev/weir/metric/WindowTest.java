// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.testing.ManualTicker;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WindowTest {

    private static final Duration INTERVAL = TestMetrics.INTERVAL;

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MIN_VALUE, -1, Long.MAX_VALUE - 20_000_000_000L})
    void aRecord_isInTheWindowForTwelveIntervals(long monotonicStart) {
        ManualTicker ticker = new ManualTicker(monotonicStart, 1_767_225_600_000_000_000L);
        try (TestMetrics test = new TestMetrics(LatencyMetrics.builder(), ticker)) {
            BoundLatency series = test.metrics.histogram("x").build().bind();
            ticker.advance(Duration.ofMillis(4999));
            series.record(1_000_000);

            assertThat(series.snapshot().count()).isEqualTo(1);
            assertThat(series.windowCount()).as("closed intervals").isZero();
            test.advance(Duration.ofMillis(1));
            for (int i = 1; i <= 11; i++) {
                assertThat(series.snapshot().count())
                        .as("fresh after %d intervals", i)
                        .isEqualTo(1);
                assertThat(series.windowCount())
                        .as("closed after %d intervals", i)
                        .isEqualTo(1);
                test.advance(INTERVAL);
            }
            assertThat(series.snapshot().count()).as("fresh after 12 intervals").isZero();
            assertThat(series.windowCount()).as("closed after 12 intervals").isEqualTo(1);
            test.advance(INTERVAL);
            assertThat(series.windowCount()).isZero();
            assertThat(series.percentileNanos(50)).isNaN();
        }
    }

    @Test
    void rate_usesTheTimeThatIsCovered() {
        try (TestMetrics test = new TestMetrics()) {
            BoundLatency series = test.metrics.histogram("x").build().bind();
            for (int i = 0; i < 100; i++) {
                series.record(1_000_000);
            }
            test.ticker.advance(Duration.ofSeconds(2));
            assertThat(series.snapshot().coveredNanos()).isEqualTo(2_000_000_000L);
            assertThat(series.snapshot().ratePerSecond()).isEqualTo(50);

            test.advance(Duration.ofSeconds(3));
            for (int i = 0; i < 30; i++) {
                test.advance(INTERVAL);
            }
            test.ticker.advance(Duration.ofSeconds(1));
            assertThat(series.snapshot().coveredNanos()).isEqualTo(56_000_000_000L);
        }
    }

    @Test
    void aLateTick_givesTheIntervalItsTrueLength() {
        try (TestMetrics test = new TestMetrics()) {
            BoundLatency series = test.metrics.histogram("x").build().bind();
            series.record(1_000_000);
            test.advance(Duration.ofMillis(18_500));

            assertThat(test.metrics.recording().clock().open()).isEqualTo(4);
            assertThat(series.windowCount()).isEqualTo(1);
            assertThat(series.snapshot().coveredNanos()).isEqualTo(18_500_000_000L);
            series.record(2_000_000);
            for (int i = 0; i < 8; i++) {
                test.advance(INTERVAL);
            }
            assertThat(series.windowCount())
                    .as("the late interval counts as one")
                    .isEqualTo(2);
            test.advance(INTERVAL);
            assertThat(series.windowCount()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 12, 12_000})
    void afterIdleness_freshRecordsStay(int idleIntervals) {
        try (TestMetrics test = new TestMetrics()) {
            BoundLatency series = test.metrics.histogram("x").build().bind();
            series.record(1_000_000);
            test.advance(INTERVAL);
            test.advance(INTERVAL.multipliedBy(idleIntervals));
            for (int burst = 1; burst <= 3; burst++) {
                series.record(3_000_000);
                series.record(3_000_000);
                test.advance(INTERVAL);
                assertThat(series.windowCount()).isEqualTo(2L * burst + (idleIntervals == 1 ? 1 : 0));
            }
        }
    }

    @Test
    void theWallClock_hasNoEffect() {
        try (TestMetrics test = new TestMetrics()) {
            BoundLatency series = test.metrics.histogram("x").build().bind();
            series.record(1_000_000);
            test.ticker.stepWallClock(Duration.ofDays(-400));
            test.advance(INTERVAL);
            test.ticker.stepWallClock(Duration.ofDays(800));
            test.advance(INTERVAL);

            assertThat(series.windowCount()).isEqualTo(1);
            assertThat(series.snapshot().coveredNanos()).isEqualTo(10_000_000_000L);
        }
    }

    @Test
    void snapshotInto_replacesWhatWasThere() {
        try (TestMetrics test = new TestMetrics()) {
            BoundLatency one = test.metrics.histogram("x").build().bind();
            BoundLatency other = test.metrics.histogram("y").build().bind();
            one.record(1_000_000);
            other.record(2_000_000);
            other.record(3_000_000);

            WindowSnapshot target = one.snapshot();

            assertThat(other.snapshotInto(target)).isSameAs(target);
            assertThat(target.count()).isEqualTo(2);
            assertThat(target.minNanos()).isEqualTo(2_000_000);
        }
    }
}
