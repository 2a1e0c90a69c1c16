// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

import java.nio.ByteBuffer;

/**
 * The places of an old ring that are no whole frame: what can be proved to be one all the same, and how many records were in
 * the others. The one thread that reads the ring.
 */
final class RingDamage {

    /** The times alone of a record have more bytes that are not 0. */
    private static final int LEAST_USED = 8;

    private final ByteBuffer memory;
    private final int capacity;
    private final FrameCheck check;
    private long corrupted;
    private long places;

    RingDamage(ByteBuffer memory, FrameCheck check) {
        this.memory = memory;
        this.capacity = memory.capacity();
        this.check = check;
    }

    /** Records that are lost. */
    long corrupted() {
        return corrupted;
    }

    long places() {
        return places;
    }

    /** A place was damaged and cost nothing. */
    void found() {
        places++;
    }

    /**
     * The length of the frame at {@code position}, of which either its position or its length is damaged; 0 when nothing proves
     * it. The checksum is mixed with the position, so it proves that; and a wrong length has another checksum.
     */
    int repairedLength(long position, long next) {
        int offset = (int) (position & capacity - 1);
        int length = memory.getInt(offset);
        if (length >= Frame.HEADER && length <= next - position && check.isFrameButForItsPosition(position, length)) {
            return length;
        }
        int most = (int) Math.min(Math.min(next - position, capacity - offset), capacity / 2);
        if (most < Frame.HEADER || memory.getLong(offset + Frame.POSITION) != position) {
            return 0;
        }
        most = Math.min(most, Frame.align(lastUsed(offset, most)) + Frame.ALIGNMENT);
        return check.lengthOfFrame(position, most);
    }

    private int lastUsed(int offset, int length) {
        int used = length;
        while (used > Frame.HEADER && memory.get(offset + used - 1) == 0) {
            used--;
        }
        return used;
    }

    /**
     * Counts what is lost from {@code from} until {@code to}, where the next frame or gap is.
     *
     * @param last whether none is: the memory of the first frame is there then
     */
    void lost(long from, long to, boolean last) {
        long records = last && isRestOfReleased(from, to) ? 0 : recordsIn(from, to);
        corrupted += records;
        places += records > 0 ? 1 : 0;
    }

    /**
     * Whether the consumer was killed while it gave memory back: it fills that with zeros from the front, so the rest of a frame
     * ends where the first one begins that is whole.
     */
    private boolean isRestOfReleased(long from, long to) {
        if (to - from <= 2 * Frame.ALIGNMENT || memory.getInt((int) (from & capacity - 1)) != 0) {
            return false;
        }
        for (long at = to - 2 * Frame.ALIGNMENT; at - to < 0; at += Frame.ALIGNMENT) {
            if (memory.getLong((int) (at & capacity - 1)) != 0) {
                return true;
            }
        }
        return false;
    }

    private long recordsIn(long from, long to) {
        long records = 0;
        for (long at = from; at - to < 0; ) {
            int offset = (int) (at & capacity - 1);
            int length = memory.getInt(offset);
            int room = (int) Math.min(to - at, capacity - offset);
            if (length >= Frame.HEADER && length <= room) {
                records++;
                at += Frame.align(length);
            } else if (check.isGap(at, -room) || length == -room) {
                at += room;
            } else if (length == 0 && isUnwritten(at, to)) {
                return records;
            } else {
                return Math.max(1, records);
            }
        }
        return records;
    }

    /** Whether fewer bytes are there than any record has: unused room was damaged. */
    private boolean hasNoRecord(long from, long to) {
        int used = 0;
        for (long at = from; at - to < 0 && used < LEAST_USED; at++) {
            used += memory.get((int) (at & capacity - 1)) == 0 ? 0 : 1;
        }
        return used < LEAST_USED;
    }

    /** Whether nothing is in {@code from} until {@code to}, or first of all a frame that its producer was still writing. */
    private boolean isUnwritten(long from, long to) {
        for (long at = from; at - to < 0; at += Frame.ALIGNMENT) {
            int offset = (int) (at & capacity - 1);
            boolean header = offset + Frame.HEADER <= capacity;
            if (header && memory.getInt(offset) == 0 && memory.getLong(offset + Frame.POSITION) == at) {
                return true;
            }
            if (memory.getLong(offset) != 0) {
                return at - from >= Frame.HEADER && hasNoRecord(at, to);
            }
        }
        return true;
    }
}
