// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The series of one histogram by their label values: open addressing with linear probing, at most half full.
 *
 * <p>Threads: any may look up, which takes no lock and allocates nothing; adding takes a lock. Bounds: a fixed number
 * of series; a lookup that finds no room gets the overflow series.
 */
final class SeriesTable {

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(BoundLatency[].class);
    private static final int FIRST_SIZE = 64;

    private final int maxSeries;
    private final Function<LabelValues, BoundLatency> maker;
    private final BoundLatency overflow;

    /** In the order of their making; valid below {@link #size}. */
    private volatile BoundLatency[] series = new BoundLatency[FIRST_SIZE / 2];

    private volatile int size;

    private volatile @Nullable BoundLatency[] table = new BoundLatency[FIRST_SIZE];
    private volatile boolean full;

    /** @param maxSeries how many series there may be, without the overflow series */
    SeriesTable(int maxSeries, Function<LabelValues, BoundLatency> maker, BoundLatency overflow) {
        this.maxSeries = maxSeries;
        this.maker = maker;
        this.overflow = overflow;
    }

    /** The series of these values, made if need be, or the overflow series. */
    BoundLatency get(
            @Nullable String a,
            @Nullable String b,
            @Nullable String c,
            @Nullable String d,
            @Nullable String e,
            int x,
            int y) {
        int hash = LabelValues.hash(a, b, c, d, e, x, y);
        @Nullable BoundLatency[] table = this.table;
        int mask = table.length - 1;
        for (int i = hash & mask; ; i = (i + 1) & mask) {
            BoundLatency found = (BoundLatency) SLOT.getAcquire(table, i);
            if (found == null) {
                return full || LabelValues.isTooLong(a, b, c, d, e)
                        ? overflow
                        : add(new LabelValues(a, b, c, d, e, x, y));
            }
            if (found.labels.is(a, b, c, d, e, x, y)) {
                return found;
            }
        }
    }

    private synchronized BoundLatency add(LabelValues labels) {
        @Nullable BoundLatency[] table = this.table;
        int index = freeOrSame(table, labels);
        BoundLatency found = table[index];
        if (found != null) {
            return found;
        }
        int count = size;
        if (count >= maxSeries) {
            full = true;
            return overflow;
        }
        BoundLatency made = maker.apply(labels);
        if (count == series.length) {
            series = Arrays.copyOf(series, 2 * count);
        }
        series[count] = made;
        size = count + 1;
        if (2 * size > table.length) {
            grow(table);
        } else {
            SLOT.setRelease(table, index, made);
        }
        return made;
    }

    private void grow(@Nullable BoundLatency[] from) {
        @Nullable BoundLatency[] larger = new BoundLatency[2 * from.length];
        for (int i = 0; i < size; i++) {
            larger[freeOrSame(larger, series[i].labels)] = series[i];
        }
        table = larger;
    }

    private static int freeOrSame(@Nullable BoundLatency[] table, LabelValues labels) {
        int mask = table.length - 1;
        int i = LabelValues.hash(labels.a(), labels.b(), labels.c(), labels.d(), labels.e(), labels.x(), labels.y())
                & mask;
        for (BoundLatency there; (there = table[i]) != null && !there.labels.equals(labels); ) {
            i = (i + 1) & mask;
        }
        return i;
    }

    /** How many series there are, without the overflow series. */
    int size() {
        return size;
    }

    /** A series by the order of its making; {@code index} is below a {@link #size} that was read before. */
    BoundLatency get(int index) {
        return series[index];
    }

    /** Every series in the order of their making, the overflow series last. */
    List<BoundLatency> all() {
        int count = size;
        List<BoundLatency> all = new ArrayList<>(count + 1);
        for (int i = 0; i < count; i++) {
            all.add(series[i]);
        }
        all.add(overflow);
        return all;
    }

    BoundLatency overflow() {
        return overflow;
    }

    /** Whether new label values are counted in the overflow series. */
    boolean isFull() {
        return full;
    }
}
