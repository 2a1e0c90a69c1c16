// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Keeps segments on the heap. Nothing survives the process. */
public final class MemoryStore implements LogStore {

    private final TreeMap<Long, Segment> segments = new TreeMap<>();
    private @Nullable Segment current;

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public long[] segments() {
        return segments.keySet().stream().mapToLong(Long::longValue).toArray();
    }

    @Override
    public void begin(long segment, long bytes) {
        current = new Segment(segment);
        segments.put(segment, current);
    }

    @Override
    public void append(ByteBuffer entry) throws IOException {
        Segment segment = current;
        if (segment == null) {
            throw new IOException("no segment was begun");
        }
        byte[] copy = new byte[entry.remaining()];
        entry.get(entry.position(), copy);
        segment.entries.add(copy);
        segment.bytes += copy.length;
    }

    @Override
    public void force() {}

    @Override
    public long bytes(long segment) {
        Segment found = segments.get(segment);
        return found == null ? 0 : found.bytes;
    }

    @Override
    public long usableBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    public SegmentReader read(long segment) throws IOException {
        Segment found = segments.get(segment);
        if (found == null) {
            throw new IOException("there is no segment " + segment);
        }
        return new Reader(found);
    }

    @Override
    public void delete(long segment) {
        Segment removed = segments.remove(segment);
        if (removed != null) {
            removed.entries.clear();
        }
    }

    @Override
    public void quarantine(long segment) {
        delete(segment);
    }

    @Override
    public boolean isDurable() {
        return false;
    }

    @Override
    public void close() {
        segments.clear();
        current = null;
    }

    private static final class Segment {
        final long number;
        final List<byte[]> entries = new ArrayList<>();
        long bytes;

        Segment(long number) {
            this.number = number;
        }
    }

    private static final class Reader implements SegmentReader {
        private final Segment segment;
        private int next;
        private long damaged;

        Reader(Segment segment) {
            this.segment = segment;
        }

        @Override
        public @Nullable ByteBuffer next() {
            while (next < segment.entries.size()) {
                ByteBuffer entry = ByteBuffer.wrap(segment.entries.get(next++)).order(ByteOrder.LITTLE_ENDIAN);
                if (Entry.isValid(entry, segment.number)) {
                    return entry;
                }
                damaged++;
            }
            return null;
        }

        @Override
        public long position() {
            return next;
        }

        @Override
        public void seek(long position) {
            next = (int) position;
        }

        @Override
        public long damaged() {
            return damaged;
        }

        @Override
        public void close() {}
    }
}
