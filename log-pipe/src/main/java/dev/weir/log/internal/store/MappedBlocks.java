// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The blocks of files that somebody maps: a full disk must be an exception before, and not a fault later. Stateless. */
final class MappedBlocks {

    private MappedBlocks() {}

    /**
     * Makes the blocks of a mapped file exist, by writing what it holds over itself: this thread is the only one that
     * changes it, and mapped and written pages are the same.
     */
    static void materialize(Path file, long bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(64 << 10);
            long end = Math.max(bytes, channel.size());
            if (bytes > 0) {
                end = bytes;
            }
            for (long at = 0; at < end; at += buffer.capacity()) {
                buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
                int length = buffer.limit();
                long from = at;
                while (buffer.hasRemaining()) {
                    int read = channel.read(buffer, from);
                    if (read < 0) {
                        break;
                    }
                    from += read;
                }
                while (buffer.hasRemaining()) {
                    buffer.put((byte) 0);
                }
                buffer.position(0).limit(length);
                long to = at;
                while (buffer.hasRemaining()) {
                    to += channel.write(buffer, to);
                }
            }
        }
    }
}
