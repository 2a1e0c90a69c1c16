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

/**
 * Reads the ring that an earlier run left behind: every frame that was committed and not released. It believes nothing
 * but the checksums of frames; header, head and lengths are hints. Damaged frames are counted. A frame that a killed
 * producer had not completed is not counted: no caller got the answer that it was accepted. One thread.
 */
public final class OldRing implements FrameSource {

    private final Path path;
    private final long wholeBytes;
    private final ByteBuffer memory;
    private final int capacity;
    private final Scopes scopes = new Scopes(null);
    private final FrameCheck check;
    private final RingDamage damage;
    private byte[] resource = new byte[0];
    private long runId;
    private long read;
    private long end;
    /** Before it the consumer was giving memory back: what is not whole there is no damage. */
    private long countedFrom;

    private OldRing(Path path, long wholeBytes, ByteBuffer catalog, ByteBuffer memory, boolean headerDamaged) {
        this.path = path;
        this.wholeBytes = wholeBytes;
        this.memory = memory.order(ByteOrder.LITTLE_ENDIAN);
        this.capacity = memory.capacity();
        this.check = new FrameCheck(this.memory);
        this.damage = new RingDamage(this.memory, check);
        if (headerDamaged) {
            damage.found();
        }
        new RingCatalog(catalog).read((kind, number, bytes) -> {
            if (kind == RingCatalog.RESOURCE) {
                resource = bytes;
            } else if (kind == RingCatalog.SCOPE) {
                scopes.restore(number, bytes);
            } else if (kind == RingCatalog.RUN && bytes.length == Long.BYTES) {
                runId = ByteBuffer.wrap(bytes).getLong();
            }
        });
    }

    /**
     * Opens the file. One that is cut has zeros behind its end.
     *
     * @throws IOException when it cannot be read now, or not by this version
     */
    public static OldRing open(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long wholeBytes = channel.size();
            ByteBuffer header = ByteBuffer.allocate(RingFile.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            fill(channel, 0, header);
            boolean whole = header.getLong(0) == RingFile.MAGIC && header.getInt(32) == RingFile.headerCrc(header);
            if (whole && header.getInt(8) > RingFile.VERSION) {
                throw new IOException(
                        path + " is a ring of version " + header.getInt(8) + ", this reads " + RingFile.VERSION);
            }
            int catalogBytes = whole ? header.getInt(12) : RingFile.CATALOG_BYTES;
            long first = (long) RingFile.HEADER_BYTES + catalogBytes;
            int capacity = whole ? header.getInt(16) : capacityOf(wholeBytes - first);
            OldRing ring = new OldRing(
                    path,
                    wholeBytes,
                    part(channel, RingFile.HEADER_BYTES, catalogBytes),
                    part(channel, first, capacity),
                    !whole && header.getInt(32) != 0);
            ring.begin(header.getLong(RingFile.HEAD), whole ? header.getLong(24) : ring.runId);
            return ring;
        }
    }

    /** The power of two that has room for {@code bytes}. */
    private static int capacityOf(long bytes) {
        if (bytes <= Frame.HEADER) {
            return 64;
        }
        return (int) Math.min(1 << 30, Long.highestOneBit(bytes - 1) << 1);
    }

    private static ByteBuffer part(FileChannel channel, long from, int length) throws IOException {
        if (channel.size() >= from + length) {
            return channel.map(MapMode.READ_ONLY, from, length);
        }
        ByteBuffer copy = ByteBuffer.allocate(length);
        fill(channel, from, copy);
        return copy;
    }

    private static void fill(FileChannel channel, long from, ByteBuffer target) throws IOException {
        long at = from;
        while (target.hasRemaining()) {
            int read = channel.read(target, at);
            if (read < 0) {
                break;
            }
            at += read;
        }
        target.clear();
    }

    /** Finds out where the frames begin: at {@code head} if that agrees with them, else at the first of them. */
    private void begin(long head, long run) {
        runId = run;
        long first = Long.MAX_VALUE;
        long last = 0;
        for (int offset = 0; offset + Frame.HEADER <= capacity; ) {
            long position = memory.getLong(offset + Frame.POSITION);
            int length = memory.getInt(offset);
            if (position >= 0 && (position & capacity - 1) == offset && check.isFrame(position, length)) {
                first = Math.min(first, position);
                last = Math.max(last, position + Frame.align(length));
                offset += Frame.align(length);
            } else {
                offset += Frame.ALIGNMENT;
            }
        }
        boolean any = last > 0;
        boolean likely = head >= 0 && (head & Frame.ALIGNMENT - 1) == 0 && (!any || last - head <= capacity);
        if (!any) {
            read = likely ? head : 0;
        } else {
            read = likely ? Math.min(head, first) : first;
        }
        countedFrom = likely && any && head - first <= capacity ? Math.max(head, read) : read;
        end = read + capacity;
    }

    /** 0 when it is not known. */
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

    /** Records that were damaged, as far as this was read. */
    public long corrupted() {
        return damage.corrupted();
    }

    /** Places that were not whole, as far as this was read. */
    public long damaged() {
        return damage.places();
    }

    /**
     * Leaves out what the store already has: all before {@code position}; {@link Long#MIN_VALUE} when it has nothing.
     */
    public void skipTo(long position) {
        if (position > read) {
            read = position > end ? end : position & -Frame.ALIGNMENT;
        }
    }

    @Override
    public int poll(FrameConsumer frames) {
        int taken = 0;
        while (read - end < 0) {
            int offset = (int) (read & capacity - 1);
            int length = memory.getInt(offset);
            if (check.isGap(read, length)) {
                int failed = -length >= Frame.HEADER + Integer.BYTES ? memory.getInt(offset + Frame.SCOPE) : 0;
                if (failed != 0) {
                    frames.lost(failed);
                }
                read -= length;
                continue;
            }
            boolean whole = check.isFrame(read, length);
            if (!whole) {
                long next = nextBehind(read);
                length = damage.repairedLength(read, next);
                if (length == 0) {
                    damage.lost(Math.max(read, countedFrom), next, next == end);
                    read = next;
                    continue;
                }
            }
            int header = memory.getInt(offset + Frame.SCOPE);
            if (!frames.frame(offset + Frame.HEADER, length - Frame.HEADER, header)) {
                break;
            }
            // Without a length it is whole: its producer was killed before the last step.
            if (!whole && memory.getInt(offset) != 0) {
                damage.found();
            }
            read += Frame.align(length);
            taken++;
        }
        return taken;
    }

    /** Where the next whole frame or gap begins. */
    private long nextBehind(long from) {
        for (long at = from + Frame.ALIGNMENT; at - end < 0; at += Frame.ALIGNMENT) {
            int length = memory.getInt((int) (at & capacity - 1));
            if (check.isGap(at, length) || check.isFrame(at, length)) {
                return at;
            }
        }
        return end;
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

    /**
     * Whether the file is shorter than it was: what was read since may be nothing that was ever in it. To be opened
     * again then.
     */
    public boolean isCut() {
        try {
            return Files.size(path) < wholeBytes;
        } catch (IOException gone) {
            // What is mapped stays.
            return false;
        }
    }

    /** Removes the file. */
    public void delete() throws IOException {
        Files.deleteIfExists(path);
    }
}
