// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Reads the ring that an earlier run left behind: every frame that was committed and not released. A producer that was
 * killed while it copied loses its own record only: the search goes on at the next multiple of 8 that begins a frame with
 * the right position and checksum. One thread.
 */
public final class OldRing implements FrameSource {

    private final Path path;
    private final ByteBuffer memory;
    private final int capacity;
    private final long runId;
    private final long end;
    private final Scopes scopes = new Scopes(null);
    private byte[] resource = new byte[0];
    private long read;
    private final CRC32C crc = new CRC32C();

    private OldRing(Path path, ByteBuffer header, ByteBuffer directory, ByteBuffer memory) {
        this.path = path;
        this.memory = memory.order(ByteOrder.LITTLE_ENDIAN);
        this.capacity = memory.capacity();
        this.runId = header.getLong(24);
        this.read = header.getLong(RingFile.HEAD) & -Frame.ALIGNMENT;
        this.end = read + capacity;
        new Directory(directory).read((kind, number, bytes) -> {
            if (kind == Directory.RESOURCE) {
                resource = bytes;
            } else if (kind == Directory.SCOPE) {
                scopes.restore(number, bytes);
            }
        });
    }

    /**
     * Opens the file.
     *
     * @throws IOException when it is not a ring of this version, or damaged where that matters
     */
    public static OldRing open(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (channel.size() < RingFile.HEADER_BYTES) {
                throw new IOException(path + " is too short for a ring");
            }
            ByteBuffer header =
                    channel.map(MapMode.READ_ONLY, 0, RingFile.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            int directoryBytes = header.getInt(12);
            int capacity = header.getInt(16);
            if (header.getLong(0) != RingFile.MAGIC
                    || header.getInt(8) != RingFile.VERSION
                    || header.getInt(32) != RingFile.headerCrc(header)
                    || directoryBytes < 0
                    || Integer.bitCount(capacity) != 1
                    || channel.size() < (long) RingFile.HEADER_BYTES + directoryBytes + capacity) {
                throw new IOException(path + " has no valid header of a ring");
            }
            return new OldRing(
                    path,
                    header,
                    channel.map(MapMode.READ_ONLY, RingFile.HEADER_BYTES, directoryBytes),
                    channel.map(MapMode.READ_ONLY, (long) RingFile.HEADER_BYTES + directoryBytes, capacity));
        }
    }

    public long runId() {
        return runId;
    }

    public byte[] resource() {
        return resource;
    }

    public Scopes scopes() {
        return scopes;
    }

    public Path path() {
        return path;
    }

    /** Leaves out what the store already has. */
    public void skipTo(long position) {
        if (position - read > 0 && position - end <= 0) {
            read = position & -Frame.ALIGNMENT;
        }
    }

    @Override
    public int poll(FrameConsumer frames) {
        int taken = 0;
        while (read - end < 0) {
            int offset = (int) (read & capacity - 1);
            int length = memory.getInt(offset);
            if (length < 0 && isGap(offset, length)) {
                read -= length;
            } else if (length > 0 && isFrame(offset, length)) {
                int header = memory.getInt(offset + Frame.SCOPE);
                if (!frames.frame(offset + Frame.HEADER, length - Frame.HEADER, header)) {
                    break;
                }
                read += Frame.align(length);
                taken++;
            } else {
                read += Frame.ALIGNMENT;
            }
        }
        return taken;
    }

    private boolean isGap(int offset, int length) {
        return (length & Frame.ALIGNMENT - 1) == 0
                && -length <= capacity - offset
                && memory.getInt(offset + Frame.CRC) == Frame.seed(read, length);
    }

    private boolean isFrame(int offset, int length) {
        if (length < Frame.HEADER || length > capacity - offset || memory.getLong(offset + Frame.POSITION) != read) {
            return false;
        }
        crc.reset();
        crc.update(memory.slice(offset + Frame.HEADER, length - Frame.HEADER));
        int header = memory.getInt(offset + Frame.SCOPE);
        return memory.getInt(offset + Frame.CRC) == ((int) crc.getValue() ^ Frame.seed(read, header));
    }

    @Override
    public long polled() {
        return read;
    }

    @Override
    public void copy(int offset, ByteBuffer target, int targetOffset, int length) {
        target.put(targetOffset, memory, offset, length);
    }

    @Override
    public void release() {
        // The file is deleted as a whole, once all of it is in the store.
    }

    /** Removes the file. */
    public void delete() throws IOException {
        Files.deleteIfExists(path);
    }
}
