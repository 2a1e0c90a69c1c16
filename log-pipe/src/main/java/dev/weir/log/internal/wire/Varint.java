// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.wire;

import java.nio.ByteBuffer;

/** Whole numbers as protobuf writes them. Stateless. */
public final class Varint {

    private Varint() {}

    /** How many bytes {@code value} takes. */
    public static int size(long value) {
        return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
    }

    /** Appends {@code value}. */
    public static void put(ByteBuffer target, int value) {
        int rest = value;
        while ((rest & ~0x7f) != 0) {
            target.put((byte) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        target.put((byte) rest);
    }
}
