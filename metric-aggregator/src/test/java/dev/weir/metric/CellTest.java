// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CellTest {

    private static final HdrLayout LAYOUT = new HdrLayout(1000, 60_000_000_000L, 2);
    private static final int INTERVALS = 12;

    private Cell cell = new Cell(LAYOUT.pages());
    private final SeriesWindow window = new SeriesWindow(LAYOUT, 0);
    private final CellReader reader = new CellReader(2);
    private long open;

    CellTest() {
        reader.add(cell);
    }

    private void record(long value, boolean owned) {
        if (owned) {
            cell.recordOwned(LAYOUT.slotOf(value), value);
        } else {
            cell.recordShared(LAYOUT.slotOf(value), value);
        }
    }

    /** As if so many records had been counted. */
    private void preset(long value, int count) {
        int slot = LAYOUT.slotOf(value);
        cell.addPage(slot >>> HdrLayout.PAGE_SHIFT)[slot & HdrLayout.PAGE_MASK] = count;
    }

    private long cut() {
        return window.advance(++open, INTERVALS, reader);
    }

    private WindowSnapshot total() {
        WindowSnapshot total = new WindowSnapshot(LAYOUT);
        window.totalInto(total, reader);
        return total;
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, -2, -1000, Integer.MAX_VALUE, Integer.MIN_VALUE, 0})
    void counters_wrapWithoutLosingARecord(int preset) {
        long value = 5_000_000;
        preset(value, preset);
        record(1, true);
        long presetCount = Integer.toUnsignedLong(preset);
        assertThat(cut()).isEqualTo(presetCount + 1);

        for (int i = 0; i < 2000; i++) {
            record(value, true);
        }

        assertThat(total().count()).isEqualTo(presetCount + 2001);
        assertThat(cut()).isEqualTo(2000);
        assertThat(total().count()).isEqualTo(presetCount + 2001);
        assertThat(total().counts()[LAYOUT.slotOf(value)]).isEqualTo(presetCount + 2000);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void extremes_areThoseOfEachInterval(boolean owned) {
        long[][] intervals = {{5_000_000, 9_000_001, 7_000_000}, {3}, {0}, {}, {59_999_999_999L, 2_000_000}, {4_000_000}
        };
        for (long[] interval : intervals) {
            long min = Long.MAX_VALUE;
            long max = -1;
            for (long value : interval) {
                record(value, owned);
                min = Math.min(min, value);
                max = Math.max(max, value);
            }
            assertThat(cut()).isEqualTo(interval.length);
            if (interval.length > 0) {
                assertThat(window.newest().min()).isEqualTo(min);
                assertThat(window.newest().max()).isEqualTo(max);
            }
        }
        assertThat(total().minNanos()).isZero();
        assertThat(total().maxNanos()).isEqualTo(59_999_999_999L);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void extremes_surviveTheWrapOfTheEpoch(boolean owned) {
        long tags = 1L << 64 - Cell.VALUE_BITS;
        cell = new Cell(LAYOUT.pages(), tags - 2);
        reader.clear();
        reader.add(cell);
        for (int i = 0; i < 10; i++) {
            record(1_000_000 + i, owned);
            record(9_000_000 - i, owned);
            assertThat(cell.isTouched()).isTrue();
            cut();
            assertThat(cell.isTouched()).isFalse();
            assertThat(window.newest().min()).isEqualTo(1_000_000 + i);
            assertThat(window.newest().max()).isEqualTo(9_000_000 - i);
        }
    }

    @Test
    void anExtremeWhoseCountIsNotThereYet_doesNotStretchTheInterval() {
        record(1_000_000, true);
        cell.publishExtremes(cell.epoch(), 50_000_000);
        cut();

        assertThat(window.newest().count()).isEqualTo(1);
        assertThat(window.newest().max()).isEqualTo(LAYOUT.upperEdge(LAYOUT.slotOf(1_000_000)));
        assertThat(window.newest().min()).isEqualTo(1_000_000);

        preset(50_000_000, 1);
        record(2_000_000, true);
        cut();

        assertThat(window.newest().count()).isEqualTo(2);
        assertThat(window.newest().max()).isEqualTo(LAYOUT.upperEdge(LAYOUT.slotOf(50_000_000)));
    }

    @Test
    void runningSum_isTheSumOfTheIntervals() {
        java.util.SplittableRandom random = new java.util.SplittableRandom(3);
        for (int tick = 0; tick < 100_000; tick++) {
            int records = random.nextInt(4) == 0 ? random.nextInt(20) : 0;
            for (int i = 0; i < records; i++) {
                record(random.nextLong(60_000_000_000L) >>> random.nextInt(30), random.nextBoolean());
            }
            if (random.nextInt(50) == 0) {
                open += random.nextInt(30);
            }
            assertThat(cut()).isEqualTo(records);
            if (tick % 97 == 0) {
                assertThat(window.isConsistent()).as("tick %d", tick).isTrue();
            }
        }
    }
}
