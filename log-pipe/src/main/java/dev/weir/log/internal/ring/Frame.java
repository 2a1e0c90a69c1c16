// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

/**
 * The layout of one frame in the ring. Little endian; frames begin at multiples of 8.
 *
 * <pre>
 *  0        4        8                 16      18  19  20
 *  +--------+--------+-----------------+-------+---+---+------------------+
 *  | length | crc32c | position        | scope |sev|typ| payload …        |
 *  +--------+--------+-----------------+-------+---+---+------------------+
 * </pre>
 *
 * {@code length} counts from the beginning of the frame to the end of the payload and is written last, with release: 0 is
 * not committed; {@code position} is written first. A negative length is a gap of that many bytes, written where a frame did not fit before the end of the
 * ring or was given up. {@code crc32c} is that of the payload, mixed with everything between. {@code position} is the
 * place that the frame was given, counted since the ring was made: it makes a frame recognizable. The checksum of a gap is that
 * of its length alone. Where a gap was given up by a producer, and has room for it, {@code scope} to {@code typ} describe a
 * {@link LostRecord}.
 */
final class Frame {

    static final int CRC = 4;
    static final int POSITION = 8;
    static final int SCOPE = 16;
    static final int HEADER = 20;
    static final int ALIGNMENT = 8;

    private Frame() {}

    static int align(int length) {
        return length + (ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** What the checksum of the payload is mixed with. */
    static int seed(long position, int scopeSeverityType) {
        long mixed = (position ^ (long) scopeSeverityType << 32) * 0x9e3779b97f4a7c15L;
        return (int) (mixed >>> 32);
    }
}
