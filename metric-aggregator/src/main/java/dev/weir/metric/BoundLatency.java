// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import dev.weir.core.internal.Deadline;
import io.opentelemetry.api.common.Attributes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.NonBlocking;

/**
 * One series of a {@link LatencyHistogram}: its labels are fixed, so recording only counts.
 *
 * <p>Thread-safe. Recording takes no lock, reads no clock and never throws: wait-free on event loops once the series is
 * busy, lock-free elsewhere. It allocates only when a value range is hit for the first time. A negative value, or one
 * without memory for its slot, is not counted; {@link LatencyMetrics#rejectedRecords} counts it. A value above the
 * range counts in the highest slot.
 *
 * @since 0.1
 */
public final class BoundLatency {
    /*
     * Event loops (threads that are NonBlocking: Reactor Netty's and those of parallel schedulers) get cells of their
     * own once the series is busy, because they are few and live long. A cell knows its owner, so a record needs one
     * look-up and one comparison. When its owner has died, another thread takes the cell over, with its counts.
     */

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(Cell[].class);

    final LabelValues labels;
    final long startEpochNanos;

    private final SeriesReading reading;
    private final Recording recording;
    private final HdrLayout layout;
    private final long highest;
    private final Cell shared;
    private final Attributes attributes;

    /** Cells of event loops; null while the series is too quiet to be worth them. */
    private volatile @Nullable Cell @Nullable [] owned;

    private volatile @Nullable ExemplarSlots exemplars;

    /** Guarded by the histogram's lock. */
    private final SeriesWindow window;

    BoundLatency(SeriesReading reading, LabelValues labels, Attributes attributes) {
        this.reading = reading;
        this.recording = reading.recording();
        this.labels = labels;
        this.attributes = attributes;
        this.startEpochNanos = recording.ticker().epochNanos();
        this.layout = recording.layout();
        this.highest = layout.highest();
        this.shared = new Cell(layout.pages());
        this.window = new SeriesWindow(layout, recording.clock().open());
    }

    /**
     * Counts one duration in nanoseconds.
     *
     * @param nanos a negative one is rejected, one above the range counts in the highest slot
     */
    public void record(long nanos) {
        try {
            if (Long.compareUnsigned(nanos, highest) > 0) {
                recordOutOfRange(nanos);
            } else {
                count(layout.slotOf(nanos), nanos);
            }
        } catch (OutOfMemoryError e) {
            recording.outOfRange().reject();
        }
    }

    private void count(int slot, long value) {
        Cell[] owned = this.owned;
        if (owned != null) {
            Thread caller = Thread.currentThread();
            int index = (int) caller.getId() & (SeriesReading.OWNED_CELLS - 1);
            Cell cell = owned[index];
            if (cell != null && cell.isOwnedBy(caller)) {
                cell.recordOwned(slot, value);
                return;
            }
            if (caller instanceof NonBlocking && claim(owned, index, caller)) {
                owned[index].recordOwned(slot, value);
                return;
            }
        }
        shared.recordShared(slot, value);
    }

    private void recordOutOfRange(long nanos) {
        long value = recording.outOfRange().clip(nanos);
        if (value >= 0) {
            count(layout.slotOf(highest), value);
        }
    }

    /** Gives the calling event loop the cell at {@code index} unless another live thread owns it. */
    private boolean claim(@Nullable Cell[] owned, int index, Thread caller) {
        Cell cell = (Cell) CELL.getAcquire(owned, index);
        if (cell == null) {
            Cell made = new Cell(layout.pages());
            Cell other = (Cell) CELL.compareAndExchange(owned, index, (Cell) null, made);
            cell = other == null ? made : other;
        }
        return cell.claim(caller);
    }

    /**
     * Counts one duration.
     *
     * @param duration a negative one is rejected, one above the range counts in the highest slot
     */
    public void record(Duration duration) {
        record(duration.isNegative() ? -1 : Deadline.bounded(duration).toNanos());
    }

    /**
     * Counts one duration of a sampled trace, which becomes a candidate for an exemplar.
     *
     * @param nanos a negative one is rejected, one above the range counts in the highest slot
     * @param traceIdHigh the first 16 of the 32 digits of the trace id; this and {@code traceIdLow} are 0 when there is
     *     none
     * @param traceIdLow the last 16 digits of the trace id
     * @param spanId the 16 digits of the span id as a number
     */
    public void record(long nanos, long traceIdHigh, long traceIdLow, long spanId) {
        record(nanos);
        if ((traceIdHigh | traceIdLow) != 0 && nanos >= 0) {
            ExemplarSlots slots = exemplars;
            if (slots == null) {
                slots = addExemplars();
            }
            if (slots != null) {
                slots.offer(
                        nanos,
                        traceIdHigh,
                        traceIdLow,
                        spanId,
                        recording.ticker(),
                        recording.clock().open());
            }
        }
    }

    /**
     * Whether a duration could become an exemplar now. Most could not, and their ids need not be read; a record that comes in
     * between only makes the answer outdated.
     */
    boolean wantsExemplar(long nanos) {
        ExemplarSlots slots = exemplars;
        return nanos >= 0
                && (slots == null || slots.isCandidate(nanos, recording.clock().open()));
    }

    /** Null when there is no memory for them. */
    private synchronized @Nullable ExemplarSlots addExemplars() {
        ExemplarSlots slots = exemplars;
        if (slots == null) {
            try {
                slots = new ExemplarSlots();
            } catch (OutOfMemoryError e) {
                return null;
            }
            exemplars = slots;
        }
        return slots;
    }

    /** {@return the labels and their values; a label without a value is left out} */
    public Attributes attributes() {
        return attributes;
    }

    /**
     * A percentile of the window's closed intervals: the last minute by default, at most one interval old. Costs about
     * 50 additions, whatever the length of the window and the number of records.
     *
     * @param percentile 0…100
     * @return nanoseconds; NaN when there are no records
     * @throws IllegalArgumentException when the percentile is out of range
     */
    public double percentileNanos(double percentile) {
        WindowSnapshot.requirePercentile(percentile);
        synchronized (reading.lock()) {
            return window.percentile(percentile);
        }
    }

    /** {@return the number of records in the window's closed intervals} */
    public long windowCount() {
        synchronized (reading.lock()) {
            return window.windowCount();
        }
    }

    /** {@return a new copy of the window, with everything recorded until this moment} */
    public WindowSnapshot snapshot() {
        return snapshotInto(reading.newSnapshot());
    }

    /**
     * As {@link #snapshot}, replacing the content of {@code target}.
     *
     * @param target an earlier snapshot of any series of the same {@link LatencyMetrics}
     * @return {@code target}
     * @throws IllegalArgumentException when the target was made by other metrics
     */
    public WindowSnapshot snapshotInto(WindowSnapshot target) {
        reading.requireOwn(target);
        reading.begin(target);
        addTo(target);
        return target;
    }

    void addTo(WindowSnapshot target) {
        synchronized (reading.lock()) {
            CellReader reader = advance();
            window.addClosedTo(target, reading.oldest());
            window.addOpenTo(target, reader);
        }
    }

    /** Everything since the start; replaces the content of {@code target}. */
    void totalInto(WindowSnapshot target) {
        synchronized (reading.lock()) {
            window.totalInto(target, gather());
        }
    }

    /** A cursor for a delta reader that has read nothing yet. */
    DeltaCursor cursor() {
        synchronized (reading.lock()) {
            return window.cursor();
        }
    }

    /** Everything since the last reading with this cursor; replaces the content of {@code target}. */
    void deltaInto(WindowSnapshot target, DeltaCursor cursor) {
        synchronized (reading.lock()) {
            window.deltaInto(target, cursor, gather());
        }
    }

    /** Follows the clock of the intervals; the caller holds the histogram's lock. */
    CellReader advance() {
        CellReader reader = gather();
        long closed = window.advance(recording.clock().open(), recording.clock().intervals(), reader);
        if (closed >= recording.busyRecords() && owned == null) {
            owned = new Cell[SeriesReading.OWNED_CELLS];
        }
        return reader;
    }

    private CellReader gather() {
        CellReader reader = reading.cells();
        reader.clear();
        reader.add(shared);
        Cell[] owned = this.owned;
        for (int i = 0; owned != null && i < owned.length; i++) {
            Cell cell = (Cell) CELL.getAcquire(owned, i);
            if (cell != null) {
                cell.releaseDead();
                reader.add(cell);
            }
        }
        return reader;
    }

    List<LatencyExemplar> exemplars() {
        ExemplarSlots slots = exemplars;
        return slots == null ? List.of() : slots.read(new ArrayList<>());
    }

    @Override
    public String toString() {
        return reading.histogram() + attributes;
    }
}
