// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Tells frames and gaps of a ring from anything else. One thread. */
final class FrameCheck {

    private final ByteBuffer memory;
    private final int capacity;
    private final CRC32C crc = new CRC32C();

    /** @param memory little endian, its capacity a power of two */
    FrameCheck(ByteBuffer memory) {
        this.memory = memory;
        this.capacity = memory.capacity();
    }

    /** Whether a gap of {@code -length} bytes is at {@code position}. */
    boolean isGap(long position, int length) {
        int offset = (int) (position & capacity - 1);
        return length < 0
                && (length & Frame.ALIGNMENT - 1) == 0
                && -length <= capacity - offset
                && memory.getInt(offset + Frame.CRC) == Frame.seed(position, length);
    }

    /** Whether a whole frame of {@code length} bytes is at {@code position}. */
    boolean isFrame(long position, int length) {
        int offset = (int) (position & capacity - 1);
        return length >= Frame.HEADER
                && length <= capacity - offset
                && memory.getLong(offset + Frame.POSITION) == position
                && isFrameButForItsPosition(position, length);
    }

    /** As {@link #isFrame}, whatever is written there as the position. */
    boolean isFrameButForItsPosition(long position, int length) {
        int offset = (int) (position & capacity - 1);
        if (length < Frame.HEADER || length > capacity - offset) {
            return false;
        }
        crc.reset();
        crc.update(memory.slice(offset + Frame.HEADER, length - Frame.HEADER));
        return (int) crc.getValue() == checksum(offset, position);
    }

    /** The length, at most {@code most}, that the checksum of the frame at {@code position} is right for; 0 when none is. */
    int lengthOfFrame(long position, int most) {
        int offset = (int) (position & capacity - 1);
        int wanted = checksum(offset, position);
        crc.reset();
        for (int length = Frame.HEADER; length < most && length < capacity - offset; ) {
            crc.update(memory.get(offset + length));
            length++;
            if ((int) crc.getValue() == wanted) {
                return length;
            }
        }
        return 0;
    }

    /** The checksum of the payload that the frame holds. */
    private int checksum(int offset, long position) {
        return memory.getInt(offset + Frame.CRC) ^ Frame.seed(position, memory.getInt(offset + Frame.SCOPE));
    }
}
