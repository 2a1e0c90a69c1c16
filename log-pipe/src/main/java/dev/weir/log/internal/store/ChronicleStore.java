// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.TreeSet;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.RollCycle;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;
import org.jspecify.annotations.Nullable;

/**
 * Keeps segments in a Chronicle Queue: a segment is one of its cycles, an entry one of its documents. Ask
 * {@link ChronicleProbe} first.
 *
 * <p>One thread opens, appends, reads and closes.
 */
public final class ChronicleStore implements LogStore {

    /*
     * What Chronicle Queue does not do for an embedded library, and what is done about it here:
     *
     *  - It rolls by the wall clock and breaks when that steps back. Its clock is the number of the segment instead.
     *  - Its lock is a process id in metadata.cq4t; in a container every process is number 1, and a lock left by a killed one
     *    is then never given up. The caller holds a kernel lock on the directory, so the metadata is removed at every open.
     *  - It maps files whose blocks do not exist yet, so a full disk is a fault in mapped memory. The blocks are made first.
     *  - After such a fault its appender reports success and writes nothing. The last index is read back after each append,
     *    and after any throwable the queue is closed and opened again.
     *  - It waits seconds for things that cannot come when a file is damaged. Timeouts are short, and what a segment should
     *    have had and did not give is counted as damaged by the journal.
     */

    static {
        ChronicleProbe.quieten();
    }

    private static final RollCycle CYCLES = RollCycles.FAST_HOURLY;
    private static final long CYCLE_SECONDS = 3600;
    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("yyyyMMdd-HH'F.cq4'");
    private static final String METADATA = "metadata.cq4t";
    private static final long TIMEOUT_MILLIS = 1000;
    /** A document must be smaller than this. */
    private static final int BLOCK = 1 << 20;
    /** What the index of a cycle and the rounding of documents take beside the entries. */
    private static final long OVERHEAD = 2L * BLOCK;

    private final Path directory;
    private @Nullable SingleChronicleQueue queue;
    private @Nullable ExcerptAppender appender;
    private long current = -1;
    private long toReserve;
    private int generation;
    private boolean closed;

    /**
     * @param directory is created when it is not there; the caller holds a lock that covers it
     * @throws IOException when the queue cannot be opened
     */
    public ChronicleStore(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
        open();
    }

    private SingleChronicleQueue open() throws IOException {
        SingleChronicleQueue open = queue;
        if (open != null) {
            return open;
        }
        if (closed) {
            throw new IOException("the store is closed");
        }
        Files.deleteIfExists(directory.resolve(METADATA));
        ClassLoader before = enter();
        try {
            open = SingleChronicleQueueBuilder.binary(directory)
                    .rollCycle(CYCLES)
                    .timeProvider(() -> Math.max(0, current) * CYCLE_SECONDS * 1000)
                    .blockSize(BLOCK)
                    .timeoutMS(TIMEOUT_MILLIS)
                    .build();
            materialize(directory.resolve(METADATA), 0);
        } catch (Throwable e) {
            throw broken("opening", e);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
        queue = open;
        return open;
    }

    /** On new JDKs Chronicle compiles and loads classes through the thread's loader, and the disk's thread has none. */
    private static @Nullable ClassLoader enter() {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(ChronicleStore.class.getClassLoader());
        return before;
    }

    private IOException broken(String what, Throwable e) {
        reopenLater();
        return new IOException(what + " the Chronicle queue in " + directory + " failed: " + e, e);
    }

    private void reopenLater() {
        SingleChronicleQueue open = queue;
        queue = null;
        appender = null;
        generation++;
        if (open != null) {
            try {
                open.close();
            } catch (Throwable e) {
                // It is not used any more; the next open begins from the files.
            }
        }
    }

    @Override
    public String name() {
        return "chronicle";
    }

    private Path path(long segment) {
        return directory.resolve(
                NAME.format(Instant.ofEpochSecond(segment * CYCLE_SECONDS).atOffset(ZoneOffset.UTC)));
    }

    @Override
    public long[] segments() throws IOException {
        TreeSet<Long> found = new TreeSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*F.cq4")) {
            for (Path file : files) {
                try {
                    LocalDateTime time = LocalDateTime.parse(file.getFileName().toString(), NAME);
                    found.add(time.toEpochSecond(ZoneOffset.UTC) / CYCLE_SECONDS);
                } catch (DateTimeParseException notOurs) {
                    // Left alone.
                }
            }
        }
        return found.stream().mapToLong(Long::longValue).toArray();
    }

    @Override
    public void begin(long segment, long bytes) throws IOException {
        open();
        current = segment;
        toReserve = bytes + OVERHEAD;
        if (usableBytes() < toReserve) {
            throw new IOException("No space left for a segment of " + toReserve + " bytes");
        }
    }

    @Override
    public void append(ByteBuffer entry) throws IOException {
        int length = entry.remaining();
        if (current < 0) {
            throw new IOException("no segment was begun");
        }
        if (length > BLOCK - 1024) {
            throw new IOException("an entry of " + length + " bytes is larger than a block of Chronicle Queue");
        }
        SingleChronicleQueue open = open();
        long index;
        ClassLoader before = enter();
        try {
            ExcerptAppender to = appender;
            if (to == null) {
                to = open.createAppender();
                appender = to;
            }
            try (DocumentContext document = to.writingDocument()) {
                document.wire().bytes().writeSome(entry.duplicate());
            }
            index = to.lastIndexAppended();
            if (CYCLES.toCycle(index) != current || open.lastIndex() < index) {
                throw new IllegalStateException("the entry did not arrive: index " + Long.toHexString(index));
            }
        } catch (Throwable e) {
            throw broken("appending to", e);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
        if (toReserve > 0) {
            long bytes = toReserve;
            toReserve = 0;
            materialize(path(current), bytes);
        }
    }

    /**
     * Makes the blocks of a mapped file exist, by writing what it holds over itself: this thread is the only one that
     * changes it, and mapped and written pages are the same.
     */
    private static void materialize(Path file, long bytes) throws IOException {
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

    @Override
    public void force() throws IOException {
        Path file = path(current);
        if (Files.exists(file)) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.force(false);
            }
        }
    }

    @Override
    public long bytes(long segment) {
        try {
            return Files.size(path(segment));
        } catch (IOException gone) {
            return 0;
        }
    }

    @Override
    public long usableBytes() throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    @Override
    public SegmentReader read(long segment) throws IOException {
        open();
        return new Reader(segment);
    }

    @Override
    public void delete(long segment) throws IOException {
        Files.deleteIfExists(path(segment));
        SingleChronicleQueue open = queue;
        if (open != null) {
            try {
                open.refreshDirectoryListing();
            } catch (Throwable e) {
                throw broken("listing", e);
            }
        }
    }

    @Override
    public void quarantine(long segment) throws IOException {
        Path aside = Files.createDirectories(directory.resolve("quarantine"));
        Path file = path(segment);
        Files.move(file, aside.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public boolean isDurable() {
        return true;
    }

    @Override
    public void close() {
        closed = true;
        reopenLater();
    }

    private final class Reader implements SegmentReader {

        private final long segment;
        private @Nullable ExcerptTailer tailer;
        private int openedIn;
        private long position;
        private long damaged;
        private ByteBuffer buffer = newBuffer(64 << 10);

        Reader(long segment) {
            this.segment = segment;
        }

        private static ByteBuffer newBuffer(int bytes) {
            return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }

        @Override
        public @Nullable ByteBuffer next() throws IOException {
            ClassLoader before = enter();
            try {
                while (true) {
                    ExcerptTailer from = tailer();
                    if (from == null || !readDocument(from)) {
                        return null;
                    }
                    position++;
                    if (Entry.isValid(buffer, segment)) {
                        return buffer;
                    }
                    damaged++;
                }
            } catch (Throwable e) {
                throw broken("reading", e);
            } finally {
                Thread.currentThread().setContextClassLoader(before);
            }
        }

        private boolean readDocument(ExcerptTailer from) {
            try (DocumentContext document = from.readingDocument()) {
                if (!document.isPresent()) {
                    return false;
                }
                if (CYCLES.toCycle(document.index()) != segment) {
                    return false;
                }
                position = CYCLES.toSequenceNumber(document.index());
                int length = (int) document.wire().bytes().readRemaining();
                if (buffer.capacity() < length) {
                    buffer = newBuffer(length * 2);
                }
                buffer.clear().limit(length);
                document.wire().bytes().read(buffer);
                buffer.flip();
                return true;
            }
        }

        /** The tailer at {@link #position}, or null when the segment has no document there yet. */
        private @Nullable ExcerptTailer tailer() throws IOException {
            ExcerptTailer open = tailer;
            if (open != null && openedIn == generation) {
                return open;
            }
            SingleChronicleQueue from = open();
            open = from.createTailer();
            long before = Math.max(0, position - 1);
            if (!open.moveToIndex(CYCLES.toIndex((int) segment, before))) {
                open.close();
                return null;
            }
            if (position > 0) {
                try (DocumentContext skipped = open.readingDocument()) {
                    if (!skipped.isPresent()) {
                        return null;
                    }
                }
            }
            tailer = open;
            openedIn = generation;
            return open;
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public void seek(long position) {
            closeTailer();
            this.position = position;
        }

        @Override
        public long damaged() {
            return damaged;
        }

        private void closeTailer() {
            ExcerptTailer open = tailer;
            tailer = null;
            if (open != null) {
                try {
                    open.close();
                } catch (Throwable closedWithItsQueue) {
                    // Only memory of this process is concerned.
                }
            }
        }

        @Override
        public void close() {
            closeTailer();
        }
    }
}
