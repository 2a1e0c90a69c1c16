// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import java.util.Arrays;

/**
 * Reads the cells of one series: their list, one page of summed counts. Reused; guarded by the lock of its histogram.
 */
final class CellReader {

    final Interval.Writer writer = new Interval.Writer();
    final int[] page = new int[HdrLayout.PAGE_SLOTS];
    final Cell[] cells;
    final long[] epochs;
    int size;

    /** @param cells how many cells a series may have */
    CellReader(int cells) {
        this.cells = new Cell[cells];
        this.epochs = new long[cells];
    }

    void clear() {
        size = 0;
    }

    void add(Cell cell) {
        cells[size++] = cell;
    }

    /** Whether any cell was recorded into since the last cut. */
    boolean isTouched() {
        for (int i = 0; i < size; i++) {
            if (cells[i].isTouched()) {
                return true;
            }
        }
        return false;
    }

    /** Closes the open interval of the extremes of all cells, and keeps their numbers in {@link #epochs}. */
    void nextEpochs() {
        for (int i = 0; i < size; i++) {
            epochs[i] = cells[i].nextEpoch();
        }
    }

    /** The sum of everything ever recorded; to be read after the counts. */
    long sum() {
        long sum = 0;
        for (int i = 0; i < size; i++) {
            sum += cells[i].sum();
        }
        return sum;
    }

    /** Makes {@link #page} the sum of page {@code index} of all cells; false when none was ever hit there. */
    boolean sumUp(int index) {
        boolean any = false;
        Arrays.fill(page, 0);
        for (int i = 0; i < size; i++) {
            any |= cells[i].addTo(index, page);
        }
        return any;
    }
}
