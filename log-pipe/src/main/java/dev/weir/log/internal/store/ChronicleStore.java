// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import dev.weir.log.internal.disk.MappedBlocks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
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
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ExcerptAppender;
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
     *  - It maps files whose blocks do not exist yet, so a full disk is a fault in mapped memory, which may end the JVM. It
     *    finds files of zeros that have all their blocks, and takes them for new ones.
     *  - After a fault its appender reports success and writes nothing. The head of the document is read back from the
     *    file after each append, and after any throwable the queue is closed and opened again. (Asking the queue for its last
     *    index makes a tailer each time.)
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
    /** What Chronicle Queue makes of it. */
    private static final int METADATA_BYTES = 64 << 10;

    private static final long TIMEOUT_MILLIS = 1000;
    /** A document must be smaller than this. */
    private static final int BLOCK = 1 << 20;
    /** What the index of a cycle and the rounding of documents take beside the entries. */
    private static final long OVERHEAD = 2L * BLOCK;
    /** The length of a document precedes it; its upper bits say that it is not complete or no data. */
    private static final int DOCUMENT_HEADER = 4;

    private static final int NOT_READY_OR_META = 0xc000_0000;
    private static final int META = 0x4000_0000;
    /** The first document of a file tells of its type. */
    private static final String HEAD_TYPE = "SCQStore";

    private static final int HEAD_BYTES = 64;

    private final Path directory;
    private @Nullable SingleChronicleQueue queue;
    private @Nullable ExcerptAppender appender;
    private long current = -1;
    private @Nullable FileChannel file;
    private int generation;
    private boolean closed;
    /** Ended since the last fsync, which is for them, too. */
    private final List<Long> unforced = new ArrayList<>();

    private final ByteBuffer check =
            ByteBuffer.allocateDirect(DOCUMENT_HEADER + Entry.HEADER).order(ByteOrder.LITTLE_ENDIAN);

    /**
     * @param directory is created when it is not there; the caller holds a lock that covers it
     * @throws IOException when the queue cannot be opened
     */
    public ChronicleStore(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
        open();
    }

    SingleChronicleQueue open() throws IOException {
        SingleChronicleQueue open = queue;
        if (open != null) {
            return open;
        }
        if (closed) {
            throw new IOException("the store is closed");
        }
        Files.deleteIfExists(directory.resolve(METADATA));
        MappedBlocks.create(directory.resolve(METADATA), METADATA_BYTES);
        setAsideForeignFiles();
        open = call(
                "opening",
                () -> SingleChronicleQueueBuilder.binary(directory)
                        .rollCycle(CYCLES)
                        .timeProvider(() -> Math.max(0, current) * CYCLE_SECONDS * 1000)
                        .blockSize(BLOCK)
                        .timeoutMS(TIMEOUT_MILLIS)
                        .build());
        queue = open;
        return open;
    }

    /** The queue reads a cycle out of each name that ends like one of its files, and does not open when it cannot. */
    private void setAsideForeignFiles() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.cq4")) {
            for (Path file : files) {
                if (segment(file) < 0) {
                    setAside(file);
                }
            }
        }
    }

    private void setAside(Path file) throws IOException {
        Path aside = Files.createDirectories(directory.resolve("quarantine"));
        Files.move(file, aside.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
    }

    /** The number of the segment in a file's name; -1 when it is not ours. */
    private static long segment(Path file) {
        try {
            LocalDateTime time = LocalDateTime.parse(file.getFileName().toString(), NAME);
            return time.toEpochSecond(ZoneOffset.UTC) / CYCLE_SECONDS;
        } catch (DateTimeParseException notOurs) {
            return -1;
        }
    }

    /** On new JDKs Chronicle compiles and loads classes through the thread's loader, and the disk's thread has none. */
    static @Nullable ClassLoader enter() {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(ChronicleStore.class.getClassLoader());
        return before;
    }

    private <T> T call(String what, Callable<T> chronicle) throws IOException {
        ClassLoader before = enter();
        try {
            return chronicle.call();
        } catch (Throwable e) {
            throw broken(what, e);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    IOException broken(String what, Throwable e) {
        reopenLater();
        return new IOException(what + " the Chronicle queue in " + directory + " failed: " + e, e);
    }

    /** How often the queue was closed because something had failed. */
    int generation() {
        return generation;
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
                long segment = segment(file);
                if (segment >= 0) {
                    found.add(segment);
                }
            }
        }
        return found.stream().mapToLong(Long::longValue).toArray();
    }

    @Override
    public void begin(long segment, long bytes) throws IOException {
        appender();
        endCurrent();
        MappedBlocks.create(path(segment), bytes + OVERHEAD);
        current = segment;
    }

    /** It is made before a file is begun: it looks at the newest file, and waits for the head of one that has none yet. */
    private ExcerptAppender appender() throws IOException {
        SingleChronicleQueue open = open();
        ExcerptAppender to = appender;
        if (to != null) {
            return to;
        }
        to = call("appending to", open::createAppender);
        appender = to;
        return to;
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
        ExcerptAppender to = appender();
        long index;
        long position;
        ClassLoader before = enter();
        try {
            try (DocumentContext document = to.writingDocument()) {
                Bytes<?> bytes = document.wire().bytes();
                position = bytes.writePosition();
                bytes.writeSome(entry.duplicate());
            }
            index = to.lastIndexAppended();
            if (CYCLES.toCycle(index) != current || !isInFile(position, entry)) {
                throw new IllegalStateException("the entry did not arrive: index " + Long.toHexString(index));
            }
        } catch (Throwable e) {
            throw broken("appending to", e);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    /** Whether the file, seen without Chronicle, has a complete document there that begins as {@code entry} does. */
    private boolean isInFile(long position, ByteBuffer entry) throws IOException {
        FileChannel channel = file;
        if (channel == null) {
            channel = FileChannel.open(path(current), StandardOpenOption.READ, StandardOpenOption.WRITE);
            file = channel;
        }
        int head = Math.min(Entry.HEADER, entry.remaining());
        check.clear().limit(DOCUMENT_HEADER + head);
        if (channel.read(check, position - DOCUMENT_HEADER) != DOCUMENT_HEADER + head) {
            return false;
        }
        int length = check.getInt(0);
        return (length & NOT_READY_OR_META) == 0
                && length >= entry.remaining()
                && length < entry.remaining() + 4
                && check.position(DOCUMENT_HEADER).mismatch(entry.slice(entry.position(), head)) < 0;
    }

    private void endCurrent() throws IOException {
        FileChannel channel = file;
        if (channel != null) {
            file = null;
            unforced.add(current);
            channel.close();
        }
        current = -1;
    }

    @Override
    public void force() throws IOException {
        while (!unforced.isEmpty()) {
            Path path = path(unforced.remove(0));
            if (Files.exists(path)) {
                try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                    channel.force(false);
                }
            }
        }
        FileChannel channel = file;
        if (channel != null) {
            channel.force(false);
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
        if (segment != current) {
            checkHead(path(segment));
        }
        return new ChronicleReader(this, CYCLES, segment);
    }

    /** Where a file has no head, the queue waits for somebody to write one. */
    private static void checkHead(Path file) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.read(head, 0);
        }
        String text = new String(head.array(), 0, head.position(), StandardCharsets.ISO_8859_1);
        boolean complete = head.position() > DOCUMENT_HEADER
                && (head.order(ByteOrder.LITTLE_ENDIAN).getInt(0) & NOT_READY_OR_META) == META;
        if (!complete || !text.contains(HEAD_TYPE)) {
            throw new IOException(file + " has no head of a queue's file");
        }
    }

    @Override
    public void delete(long segment) throws IOException {
        if (segment == current) {
            endCurrent();
        }
        unforced.remove((Long) segment);
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
        setAside(path(segment));
    }

    @Override
    public boolean isDurable() {
        return true;
    }

    @Override
    public void close() {
        closed = true;
        reopenLater();
        try {
            endCurrent();
        } catch (IOException nothingIsBuffered) {
            // Chronicle writes through its mapping.
        }
    }
}
