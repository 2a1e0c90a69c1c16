// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import dev.weir.log.internal.disk.PrivateFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Remembers up to where everything is settled, in two slots of 64 bytes that are written in turn: a write that is torn leaves
 * the other slot. The disk's thread only; {@link #segment} and the rest are its own memory.
 */
final class Cursor implements AutoCloseable {

    private static final int SLOT = 64;
    private static final int USED = 40;

    private final @Nullable FileChannel channel;
    private final ByteBuffer slot = ByteBuffer.allocate(SLOT).order(ByteOrder.LITTLE_ENDIAN);
    private long generation;
    private boolean dirty;

    long segment = -1;
    long position;
    /** How many records of {@link #segment} are settled. */
    long records;
    /** How many of them are in the entry that begins at {@link #position}. */
    int inside;

    private Cursor(@Nullable FileChannel channel) {
        this.channel = channel;
    }

    static Cursor inMemory() {
        return new Cursor(null);
    }

    /** Opens or makes the file and takes the newer of the slots that are whole; none is the beginning. */
    static Cursor open(Path path) throws IOException {
        FileChannel channel =
                PrivateFiles.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Cursor cursor = new Cursor(channel);
        for (int i = 0; i < 2; i++) {
            cursor.slot.clear();
            if (channel.read(cursor.slot, (long) i * SLOT) == SLOT) {
                cursor.take();
            }
        }
        return cursor;
    }

    private void take() {
        long found = slot.getLong(0);
        if (found > generation && slot.getInt(USED) == checksum()) {
            generation = found;
            segment = slot.getLong(8);
            position = slot.getLong(16);
            records = slot.getLong(24);
            inside = slot.getInt(32);
        }
    }

    void set(RecordPosition until) throws IOException {
        segment = until.segment();
        position = until.position();
        records = until.records();
        inside = until.inside();
        generation++;
        if (channel == null) {
            return;
        }
        slot.clear();
        slot.putLong(0, generation)
                .putLong(8, segment)
                .putLong(16, position)
                .putLong(24, records)
                .putInt(32, inside)
                .putInt(36, 0);
        slot.putInt(USED, checksum());
        channel.write(slot, (generation & 1) * SLOT);
        dirty = true;
    }

    private int checksum() {
        CRC32C crc = new CRC32C();
        crc.update(slot.duplicate().position(0).limit(USED));
        return (int) crc.getValue();
    }

    void force() throws IOException {
        if (dirty && channel != null) {
            channel.force(false);
            dirty = false;
        }
    }

    @Override
    public void close() {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException written) {
                // Nothing is buffered in this process.
            }
        }
    }
}
