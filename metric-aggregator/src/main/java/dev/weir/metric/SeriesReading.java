// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

/**
 * How the series of one histogram are read: they share a lock and what a reading needs for a moment. Thread-safe,
 * except for {@link #cells}.
 */
final class SeriesReading {

    /**
     * Cells for event loops in a busy series, found by the thread's number: a power of two that is large enough for the
     * loops of a common machine, whose numbers are neighbours, to have one each. Two loops with the same cell number
     * use the shared cell.
     */
    static final int OWNED_CELLS = 64;

    private final String histogram;
    private final Recording recording;
    private final Object lock = new Object();
    private final CellReader cells = new CellReader(1 + OWNED_CELLS);

    /** @param histogram its name */
    SeriesReading(String histogram, Recording recording) {
        this.histogram = histogram;
        this.recording = recording;
    }

    String histogram() {
        return histogram;
    }

    Recording recording() {
        return recording;
    }

    /** Guards the windows of all series of the histogram. */
    Object lock() {
        return lock;
    }

    /** Guarded by {@link #lock}. */
    CellReader cells() {
        assert Thread.holdsLock(lock);
        return cells;
    }

    WindowSnapshot newSnapshot() {
        return new WindowSnapshot(recording.layout());
    }

    /** @throws IllegalArgumentException when {@code target} is of another range or precision */
    void requireOwn(WindowSnapshot target) {
        if (target.layout() != recording.layout()) {
            throw new IllegalArgumentException("the target was made by metrics of another range or precision");
        }
    }

    /** Empties {@code target} and sets how long the window is that ends now. */
    WindowSnapshot begin(WindowSnapshot target) {
        target.reset();
        target.cover(recording.clock().nanosSince(oldest(), recording.ticker().nanoTime()));
        return target;
    }

    /** The first interval of a window that ends now: one closed interval less, for the open one. */
    long oldest() {
        return recording.clock().open() - recording.clock().intervals() + 1;
    }
}
