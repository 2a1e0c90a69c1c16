// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;

/**
 * The part of a ring's file that says what the numbers in the frames mean: {@code length | crc32c | kind, number | bytes},
 * appended only, committed by the length. Any thread may add; lock-free.
 */
final class RingCatalog {

    static final int RESOURCE = 1;
    static final int SCOPE = 2;
    /** The number of the run once more, 8 bytes, in case the header is damaged. */
    static final int RUN = 3;

    private static final VarHandle INTS = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int HEADER = 12;

    private final ByteBuffer memory;
    private final AtomicInteger tail = new AtomicInteger();

    RingCatalog(ByteBuffer memory) {
        this.memory = memory.order(ByteOrder.LITTLE_ENDIAN);
    }

    boolean add(int kind, int number, byte[] bytes) {
        int length = HEADER + bytes.length;
        int aligned = Frame.align(length);
        int offset;
        do {
            offset = tail.get();
            if (offset + aligned > memory.capacity()) {
                return false;
            }
        } while (!tail.compareAndSet(offset, offset + aligned));
        try {
            memory.put(offset + HEADER, bytes);
            int key = kind << 24 | number;
            INTS.set(memory, offset + 8, key);
            INTS.set(memory, offset + 4, crc(key, bytes));
            INTS.setRelease(memory, offset, length);
            return true;
        } catch (Throwable broken) {
            return false;
        }
    }

    /** Reads what an earlier run left; skips what is not whole. */
    void read(EntryConsumer entries) {
        int offset = 0;
        while (offset + HEADER <= memory.capacity()) {
            int length = memory.getInt(offset);
            if (length < HEADER || length > memory.capacity() - offset) {
                offset += Frame.ALIGNMENT;
                continue;
            }
            byte[] bytes = new byte[length - HEADER];
            memory.get(offset + HEADER, bytes);
            int key = memory.getInt(offset + 8);
            if (memory.getInt(offset + 4) == crc(key, bytes)) {
                entries.entry(key >>> 24, key & 0xffffff, bytes);
                offset += Frame.align(length);
            } else {
                offset += Frame.ALIGNMENT;
            }
        }
    }

    private static int crc(int key, byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue() ^ key;
    }

    interface EntryConsumer {
        void entry(int kind, int number, byte[] bytes);
    }
}
