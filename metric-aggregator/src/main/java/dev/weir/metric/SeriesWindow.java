// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The reading side of one series: totals since the start, the closed intervals of the window and their running sum.
 * Guarded by the lock of the histogram that the series belongs to.
 */
final class SeriesWindow {
    /*
     * An interval is the difference between the counts of the cells now and at the last cut. It is added to a running
     * sum when it is closed and subtracted when it leaves the window: counts are integers, so nothing drifts, and a
     * percentile of the window reads the sum instead of merging intervals. The counts of the last cut are also the
     * totals for the cumulative read-out; they are kept as ints, like the cells, with a second page for the carry that
     * appears after 2^32 records in one slot.
     *
     * A delta reader collects in the middle of an interval. It keeps the counts that it read last; only the extremes
     * need help, since cells hold one of each: a collection takes them out of the cells, for the open interval and for
     * every delta reader.
     */

    private static final Interval[] NONE = {};

    private final HdrLayout layout;
    private final int[] @Nullable [] totals;
    private int[] @Nullable [] carries = {};
    private final PagedCounts running;
    private Interval[] ring = NONE;
    private int first;
    private int size;
    private long openId;

    private long sumAtCut;
    private long countAtCut;
    private long max = -1;
    private long min = Long.MAX_VALUE;

    /** The extremes of the open interval that collections have taken out of the cells. */
    private long openMax = -1;

    private long openMin = Long.MAX_VALUE;
    private final List<DeltaCursor> cursors = new ArrayList<>(0);
    private long windowCount;
    private long windowSum;

    SeriesWindow(HdrLayout layout, long openId) {
        this.layout = layout;
        this.openId = openId;
        this.totals = new int[layout.pages()][];
        this.running = new PagedCounts(layout.pages());
    }

    /** Records in closed intervals of the window. */
    long windowCount() {
        return windowCount;
    }

    /**
     * Makes {@code open} the open interval: what was recorded since the last cut belongs to the one that was open then,
     * and what is older than the window leaves it.
     *
     * @return how many records the closed interval has
     */
    long advance(long open, int intervals, CellReader reader) {
        long closed = 0;
        if (open > openId) {
            if (openMax >= 0 || reader.isTouched()) {
                closed = cut(openId, intervals, reader);
            }
            openId = open;
            expire(open - intervals);
        }
        return closed;
    }

    /**
     * Closes interval {@code id} with what the cells have counted since the last cut.
     *
     * @return the number of records in it
     */
    private long cut(long id, int intervals, CellReader reader) {
        Interval.Writer writer = reader.writer;
        reader.nextEpochs();
        writer.reset();
        for (int index = 0; index < totals.length; index++) {
            if (reader.sumUp(index)) {
                close(index, reader.page, writer);
            }
        }
        long sum = reader.sum();
        takeExtremes(reader);
        long top = openMax;
        long bottom = openMin;
        openMax = -1;
        openMin = Long.MAX_VALUE;
        if (writer.count() == 0) {
            return 0;
        }
        Interval interval = writer.finish(
                id,
                sum - sumAtCut,
                within(writer.firstSlot(), bottom, layout.lowerEdge(writer.firstSlot())),
                within(writer.lastSlot(), top, layout.upperEdge(writer.lastSlot())));
        sumAtCut = sum;
        countAtCut += interval.count();
        push(interval, intervals);
        return interval.count();
    }

    /** Moves the extremes of the epochs that were closed last from the cells to all their readers. */
    private void takeExtremes(CellReader reader) {
        long top = -1;
        long bottom = Long.MAX_VALUE;
        for (int i = 0; i < reader.size; i++) {
            top = Math.max(top, reader.cells[i].max(reader.epochs[i]));
            bottom = Math.min(bottom, reader.cells[i].min(reader.epochs[i]));
        }
        openMax = Math.max(openMax, top);
        openMin = Math.min(openMin, bottom);
        max = Math.max(max, top);
        min = Math.min(min, bottom);
        for (DeltaCursor cursor : cursors) {
            cursor.addExtremes(bottom, top);
        }
    }

    /** The recorded extreme, unless a recorder that was caught between its two steps left it in another interval. */
    private long within(int slot, long extreme, long edge) {
        boolean matches =
                extreme >= 0 && extreme != Long.MAX_VALUE && layout.slotOf(Math.min(extreme, layout.highest())) == slot;
        return matches ? extreme : edge;
    }

    private void close(int index, int[] now, Interval.Writer writer) {
        int[] total = totals[index];
        if (total == null) {
            total = new int[HdrLayout.PAGE_SLOTS];
            totals[index] = total;
        }
        int base = index << HdrLayout.PAGE_SHIFT;
        for (int i = 0; i < HdrLayout.PAGE_SLOTS; i++) {
            int before = total[i];
            if (now[i] != before) {
                writer.add(base + i, now[i] - before);
                total[i] = now[i];
                if (Integer.compareUnsigned(now[i], before) < 0) {
                    carry(index)[i]++;
                }
            }
        }
    }

    private int[] carry(int index) {
        if (carries.length == 0) {
            carries = new int[totals.length][];
        }
        int[] carry = carries[index];
        if (carry == null) {
            carry = new int[HdrLayout.PAGE_SLOTS];
            carries[index] = carry;
        }
        return carry;
    }

    private void push(Interval interval, int intervals) {
        if (ring.length == 0) {
            ring = new Interval[intervals];
        }
        if (size == ring.length) {
            expireFirst();
        }
        ring[(first + size) % ring.length] = interval;
        size++;
        interval.addTo(running, 1);
        windowCount += interval.count();
        windowSum += interval.sum();
    }

    private void expire(long oldest) {
        while (size > 0 && ring[first].id() < oldest) {
            expireFirst();
        }
    }

    private void expireFirst() {
        Interval interval = ring[first];
        interval.addTo(running, -1);
        windowCount -= interval.count();
        windowSum -= interval.sum();
        first = (first + 1) % ring.length;
        size--;
        if (size == 0) {
            ring = NONE;
            first = 0;
        }
    }

    /** A percentile of the closed intervals in nanoseconds; NaN when they are empty. */
    double percentile(double percentile) {
        if (windowCount == 0) {
            return Double.NaN;
        }
        int slot = running.slotOfRank(HdrLayout.rank(percentile, windowCount));
        return layout.valueAt(percentile, slot);
    }

    /** Adds the closed intervals from {@code oldest} on. */
    void addClosedTo(WindowSnapshot target, long oldest) {
        running.addTo(target.counts());
        target.addTotals(windowCount, windowSum);
        for (int i = 0; i < size; i++) {
            Interval interval = ring[(first + i) % ring.length];
            if (interval.id() < oldest) {
                target.subtract(interval);
            } else {
                target.addExtremes(interval.min(), interval.max());
            }
        }
    }

    /** Adds what was recorded since the last cut. */
    void addOpenTo(WindowSnapshot target, CellReader reader) {
        int[] now = reader.page;
        long count = 0;
        long[] counts = target.counts();
        for (int index = 0; index < totals.length; index++) {
            if (reader.sumUp(index)) {
                int[] total = totals[index];
                int base = index << HdrLayout.PAGE_SHIFT;
                for (int i = 0; i < HdrLayout.PAGE_SLOTS; i++) {
                    long hits = Integer.toUnsignedLong(total == null ? now[i] : now[i] - total[i]);
                    counts[base + i] += hits;
                    count += hits;
                }
            }
        }
        target.addExtremes(openMin, openMax);
        for (int i = 0; i < reader.size; i++) {
            Cell cell = reader.cells[i];
            long epoch = cell.epoch();
            target.addExtremes(cell.min(epoch), cell.max(epoch));
        }
        target.addTotals(count, reader.sum() - sumAtCut);
    }

    /** Replaces the content of {@code target} by everything recorded since the start. */
    void totalInto(WindowSnapshot target, CellReader reader) {
        target.reset();
        long[] counts = target.counts();
        for (int index = 0; index < totals.length; index++) {
            int[] total = totals[index];
            if (total != null) {
                int[] carry = carries.length == 0 ? null : carries[index];
                int base = index << HdrLayout.PAGE_SHIFT;
                for (int i = 0; i < HdrLayout.PAGE_SLOTS; i++) {
                    counts[base + i] = Integer.toUnsignedLong(total[i]) + (carry == null ? 0 : (long) carry[i] << 32);
                }
            }
        }
        target.addTotals(countAtCut, sumAtCut);
        target.addExtremes(min, max);
        addOpenTo(target, reader);
    }

    /** A cursor before everything that was recorded since the start. */
    DeltaCursor cursor() {
        DeltaCursor cursor = new DeltaCursor(totals.length);
        cursor.addExtremes(min, max);
        cursors.add(cursor);
        return cursor;
    }

    /**
     * Replaces the content of {@code target} by everything recorded since the cursor was here last, and moves it here.
     */
    void deltaInto(WindowSnapshot target, DeltaCursor cursor, CellReader reader) {
        target.reset();
        reader.nextEpochs();
        int first = -1;
        int last = -1;
        long count = 0;
        long[] counts = target.counts();
        for (int index = 0; index < totals.length; index++) {
            if (reader.sumUp(index)) {
                int base = index << HdrLayout.PAGE_SHIFT;
                int[] before = cursor.page(index);
                for (int i = 0; i < HdrLayout.PAGE_SLOTS; i++) {
                    long hits = Integer.toUnsignedLong(reader.page[i] - before[i]);
                    if (hits != 0) {
                        before[i] = reader.page[i];
                        counts[base + i] = hits;
                        count += hits;
                        first = first < 0 ? base + i : first;
                        last = base + i;
                    }
                }
            }
        }
        long sum = reader.sum();
        takeExtremes(reader);
        if (count > 0) {
            target.addTotals(count, cursor.sumTo(sum));
            target.addExtremes(
                    within(first, cursor.min(), layout.lowerEdge(first)),
                    within(last, cursor.max(), layout.upperEdge(last)));
            cursor.forgetExtremes();
        }
    }

    /** The interval that was closed last. For tests. */
    Interval newest() {
        return ring[(first + size - 1) % ring.length];
    }

    /** Whether the running sum is the sum of the intervals. For tests. */
    boolean isConsistent() {
        long[] sum = new long[layout.slots() + HdrLayout.PAGE_SLOTS];
        running.addTo(sum);
        PagedCounts rebuilt = new PagedCounts(layout.pages());
        for (int i = 0; i < size; i++) {
            ring[(first + i) % ring.length].addTo(rebuilt, 1);
        }
        long[] expected = new long[sum.length];
        rebuilt.addTo(expected);
        return Arrays.equals(sum, expected) && running.isConsistent();
    }
}
