// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import io.opentelemetry.api.common.Attributes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.NonBlocking;

/**
 * One series of a {@link LatencyHistogram}: its labels are settled, so that recording is only counting.
 *
 * <p>Thread-safe. Recording takes no lock, reads no clock and never throws: wait-free on event loops once the series is
 * busy, lock-free elsewhere. It allocates only when a value range is hit for the first time. A negative value, or one that
 * there is no memory for, is not counted but shows in {@link LatencyMetrics#rejectedRecords}; one above the range counts in
 * the highest slot.
 */
public final class BoundLatency {
    /*
     * Event loops (threads that are NonBlocking: Reactor Netty's and those of parallel schedulers) get cells of their own once
     * the series is busy, since they are few and live long. A cell knows its owner, so a record needs one look-up and one
     * comparison. A cell is inherited when its owner has died, with what it has counted.
     */

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(Cell[].class);

    /**
     * Cells for event loops in a busy series, found by the thread's number: a power of two that is large enough for the loops
     * of a common machine, whose numbers are neighbours, to have one each. Two loops that meet use the shared cell.
     */
    static final int OWNED_CELLS = 64;

    final LabelValues labels;
    final long startEpochNanos;

    private final LatencyHistogram histogram;
    private final HdrLayout layout;
    private final long highest;
    private final Cell shared;
    private final Attributes attributes;

    /** Cells of event loops; null while the series is too quiet to be worth them. */
    private volatile @Nullable Cell @Nullable [] owned;

    private volatile @Nullable ExemplarSlots exemplars;

    /** Guarded by the histogram's lock. */
    private final SeriesWindow window;

    BoundLatency(LatencyHistogram histogram, LabelValues labels, Attributes attributes, long startEpochNanos) {
        this.histogram = histogram;
        this.labels = labels;
        this.attributes = attributes;
        this.startEpochNanos = startEpochNanos;
        this.layout = histogram.layout();
        this.highest = layout.highest();
        this.shared = new Cell(layout.pages());
        this.window = new SeriesWindow(layout, histogram.openInterval());
    }

    /** Counts one duration in nanoseconds. */
    public void record(long nanos) {
        try {
            if (Long.compareUnsigned(nanos, highest) > 0) {
                recordOutOfRange(nanos);
            } else {
                count(layout.slotOf(nanos), nanos);
            }
        } catch (OutOfMemoryError e) {
            histogram.rejected();
        }
    }

    private void count(int slot, long value) {
        Cell[] owned = this.owned;
        if (owned != null) {
            Thread caller = Thread.currentThread();
            int index = (int) caller.getId() & (OWNED_CELLS - 1);
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
        long value = histogram.outOfRange(nanos);
        if (value >= 0) {
            count(layout.slotOf(highest), value);
        }
    }

    /** Gives the calling event loop the cell at {@code index} unless another one that lives has it. */
    private boolean claim(@Nullable Cell[] owned, int index, Thread caller) {
        Cell cell = (Cell) CELL.getAcquire(owned, index);
        if (cell == null) {
            Cell made = new Cell(layout.pages());
            Cell other = (Cell) CELL.compareAndExchange(owned, index, (Cell) null, made);
            cell = other == null ? made : other;
        }
        return cell.claim(caller);
    }

    /** Counts one duration. */
    public void record(Duration duration) {
        record(duration.toNanos());
    }

    /**
     * Counts one duration of a sampled trace, which becomes a candidate for an exemplar.
     *
     * @param traceIdHigh with {@code traceIdLow} the trace id; both 0 when there is none
     */
    public void record(long nanos, long traceIdHigh, long traceIdLow, long spanId) {
        record(nanos);
        if ((traceIdHigh | traceIdLow) != 0 && nanos >= 0) {
            ExemplarSlots slots = exemplars;
            if (slots == null) {
                slots = addExemplars();
            }
            if (slots != null) {
                slots.offer(nanos, traceIdHigh, traceIdLow, spanId, histogram.ticker(), histogram.openInterval());
            }
        }
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

    /** The labels and their values. */
    public Attributes attributes() {
        return attributes;
    }

    /**
     * A percentile of the window's closed intervals: the last minute by default, at most one interval old. Costs about
     * 50 additions, whatever the length of the window and the number of records.
     *
     * @param percentile 0…100
     * @return nanoseconds; NaN when there are no records
     */
    public double percentileNanos(double percentile) {
        WindowSnapshot.requirePercentile(percentile);
        synchronized (histogram.lock()) {
            return window.percentile(percentile);
        }
    }

    /** Records in the window's closed intervals. */
    public long windowCount() {
        synchronized (histogram.lock()) {
            return window.windowCount();
        }
    }

    /** What happened in the window, with what was recorded until this moment. */
    public WindowSnapshot snapshot() {
        return snapshotInto(histogram.newSnapshot());
    }

    /**
     * As {@link #snapshot}, replacing the content of {@code target}.
     *
     * @return {@code target}
     * @throws IllegalArgumentException when the target is of another range or precision
     */
    public WindowSnapshot snapshotInto(WindowSnapshot target) {
        histogram.requireOwn(target);
        histogram.begin(target);
        addTo(target);
        return target;
    }

    void addTo(WindowSnapshot target) {
        synchronized (histogram.lock()) {
            Scratch scratch = advance();
            window.addClosedTo(target, histogram.oldestFresh());
            window.addOpenTo(target, scratch);
        }
    }

    /** Everything since the start; replaces the content of {@code target}. */
    void totalInto(WindowSnapshot target) {
        synchronized (histogram.lock()) {
            window.totalInto(target, gather());
        }
    }

    /** For a delta reader that has read nothing yet. */
    DeltaCursor cursor() {
        synchronized (histogram.lock()) {
            return window.cursor();
        }
    }

    /** Everything since the cursor was here last; replaces the content of {@code target}. */
    void deltaInto(WindowSnapshot target, DeltaCursor cursor) {
        synchronized (histogram.lock()) {
            window.deltaInto(target, cursor, gather());
        }
    }

    /** Follows the clock of the intervals; the caller holds the histogram's lock. */
    Scratch advance() {
        Scratch scratch = gather();
        long closed = window.advance(histogram.openInterval(), histogram.intervals(), scratch);
        if (closed >= histogram.busyRecords() && owned == null) {
            owned = new Cell[OWNED_CELLS];
        }
        return scratch;
    }

    private Scratch gather() {
        Scratch scratch = histogram.scratch();
        scratch.clear();
        scratch.add(shared);
        Cell[] owned = this.owned;
        for (int i = 0; owned != null && i < owned.length; i++) {
            Cell cell = (Cell) CELL.getAcquire(owned, i);
            if (cell != null) {
                cell.releaseDead();
                scratch.add(cell);
            }
        }
        return scratch;
    }

    List<LatencyExemplar> exemplars() {
        ExemplarSlots slots = exemplars;
        return slots == null ? List.of() : slots.read(new ArrayList<>());
    }

    @Override
    public String toString() {
        return histogram.name() + attributes;
    }
}
