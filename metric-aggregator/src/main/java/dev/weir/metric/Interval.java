// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import java.util.Arrays;

/**
 * One closed interval of one series: the slots that were hit, as variable-length pairs (distance to the slot before,
 * count). Immutable.
 */
final class Interval {

    private final long id;
    private final byte[] slots;
    private final long count;
    private final long sum;
    private final long min;
    private final long max;

    private Interval(long id, byte[] slots, long count, long sum, long min, long max) {
        this.id = id;
        this.slots = slots;
        this.count = count;
        this.sum = sum;
        this.min = min;
        this.max = max;
    }

    long id() {
        return id;
    }

    long count() {
        return count;
    }

    long sum() {
        return sum;
    }

    long min() {
        return min;
    }

    long max() {
        return max;
    }

    /** Takes a slot and its hits. */
    interface Target {

        void add(int slot, int hits);
    }

    /** Adds the counts, times {@code sign}, to {@code target}. */
    void addTo(Target target, int sign) {
        int slot = -1;
        for (int at = 0; at < slots.length; ) {
            int shift = 0;
            int distance = 0;
            byte b;
            do {
                b = slots[at++];
                distance |= (b & 0x7f) << shift;
                shift += 7;
            } while (b < 0);
            slot += distance;
            shift = 0;
            int hits = 0;
            do {
                b = slots[at++];
                hits |= (b & 0x7f) << shift;
                shift += 7;
            } while (b < 0);
            target.add(slot, sign * hits);
        }
    }

    /** Collects the slots of one interval in rising order. Reused; not thread-safe. */
    static final class Writer {

        private byte[] buffer = new byte[256];
        private int length;
        private int lastSlot;
        private int firstSlot;
        private long count;

        void reset() {
            length = 0;
            lastSlot = -1;
            firstSlot = -1;
            count = 0;
        }

        /** @param hits as an unsigned number, not 0 */
        void add(int slot, int hits) {
            if (buffer.length - length < 10) {
                buffer = Arrays.copyOf(buffer, 2 * buffer.length);
            }
            if (firstSlot < 0) {
                firstSlot = slot;
            }
            write(slot - lastSlot);
            write(hits);
            lastSlot = slot;
            count += Integer.toUnsignedLong(hits);
        }

        private void write(int value) {
            while ((value & ~0x7f) != 0) {
                buffer[length++] = (byte) (value | 0x80);
                value >>>= 7;
            }
            buffer[length++] = (byte) value;
        }

        int firstSlot() {
            return firstSlot;
        }

        int lastSlot() {
            return lastSlot;
        }

        long count() {
            return count;
        }

        Interval finish(long id, long sum, long min, long max) {
            return new Interval(id, Arrays.copyOf(buffer, length), count, sum, min, max);
        }
    }
}
