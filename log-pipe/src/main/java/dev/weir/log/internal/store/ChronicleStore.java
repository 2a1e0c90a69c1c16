// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import dev.weir.log.internal.disk.Directories;
import dev.weir.log.internal.disk.MappedBlocks;
import dev.weir.log.internal.disk.PrivateFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Keeps segments in a Chronicle Queue: a segment is one of its cycles, an entry one of its documents. Ask
 * {@link ChronicleProbe} first.
 *
 * <p>One thread.
 */
public final class ChronicleStore implements LogStore {

    /*
     * Chronicle Queue only appends. Segments are read from their files without it (EntryReader): a queue ends
     * at the first thing that it does not understand, and waits seconds for what cannot come.
     *
     * What Chronicle Queue does not do for an embedded library, and what is done about it here:
     *
     *  - It rolls by the wall clock and breaks when that steps back. Its clock is the number of the segment instead.
     *  - Its lock is a process id in metadata.cq4t; in a container every process is number 1, and a lock left by a
     * killed one
     *    is then never given up. The caller holds a kernel lock on the directory, so the metadata is removed at every
     * open.
     *  - It maps files whose blocks do not exist yet, so a full disk is a fault in mapped memory, which may end the
     * JVM. It
     *    finds files of zeros that have all their blocks, and takes them for new ones.
     *  - After a fault its appender reports success and writes nothing. The head of the document is read back from the
     *    file after each append, and after any throwable the queue is closed and opened again. (Asking the queue for
     * its last
     *    index makes a tailer each time.)
     *  - It chokes on damaged files in its directory, the newest above all. What earlier runs left gets a name that it
     * does
     *    not know before it is opened, and stays where it is.
     */

    private static final String METADATA = "metadata.cq4t";
    /** What Chronicle Queue makes of it. */
    private static final int METADATA_BYTES = 64 << 10;

    /** A document must be smaller than this. */
    static final int BLOCK = 1 << 20;

    /** What the index of a cycle and the rounding of documents take beside the entries. */
    private static final long OVERHEAD = 2L * BLOCK;
    /** The length of a document precedes it; its upper bits say that it is not complete or no data. */
    private static final int DOCUMENT_HEADER = 4;

    private static final int NOT_READY_OR_META = 0xc000_0000;

    private final Path directory;
    private final SegmentFiles files;
    /** The only class that uses those of Chronicle: none of them is loaded before a segment is begun. */
    private @Nullable ChronicleQueueAppender queue;

    private long current = -1;
    private @Nullable FileChannel file;
    /** Where the last document of the current segment ends. */
    private long written;

    private boolean closed;

    private final ByteBuffer check =
            ByteBuffer.allocate(DOCUMENT_HEADER + Entry.HEADER).order(ByteOrder.LITTLE_ENDIAN);

    /**
     * @param directory is created when it is not there; the caller holds a lock that covers it
     * @throws IOException when it cannot be used; the queue is opened once a segment is begun
     */
    public ChronicleStore(Path directory) throws IOException {
        this.directory = PrivateFiles.directories(directory);
        this.files = new SegmentFiles(directory, SegmentNames.CHRONICLE, FileChannel::open);
    }

    /**
     * Writes an entry to a queue in {@code scratch} and removes it: the first use in a JVM loads a thousand classes and
     * takes a second of CPU. Any thread.
     *
     * @throws IOException when Chronicle Queue does not work here
     */
    public static void useOnce(Path scratch) throws IOException {
        // What a kill left there is no queue that could be gone on with.
        Directories.remove(scratch);
        try (ChronicleStore store = new ChronicleStore(scratch)) {
            store.begin(1, BLOCK);
            ByteBuffer entry = ByteBuffer.allocate(Entry.HEADER);
            Entry.seal(entry, Entry.SEGMENT_HEAD, 0, 0, 1, 0, 0);
            store.append(entry);
        } finally {
            Directories.remove(scratch);
        }
    }

    private ChronicleQueueAppender open() throws IOException {
        ChronicleQueueAppender open = queue;
        if (open != null) {
            return open;
        }
        if (closed) {
            throw new IOException("the store is closed");
        }
        Files.deleteIfExists(directory.resolve(METADATA));
        MappedBlocks.create(directory.resolve(METADATA), METADATA_BYTES);
        hideFromTheQueue();
        open = call("opening", () -> ChronicleQueueAppender.open(directory, () -> current));
        queue = open;
        return open;
    }

    /** The queue reads a cycle out of each name that ends like one of its files, and does not open when it cannot. */
    private void hideFromTheQueue() throws IOException {
        for (Path file : Directories.list(directory, "*.cq4")) {
            long segment = SegmentNames.CHRONICLE.segment(file.getFileName().toString());
            if (segment < 0) {
                files.setAside(file);
            } else {
                Files.move(file, directory.resolve(SegmentNames.CHRONICLE.endedName(segment)));
            }
        }
    }

    /** On new JDKs Chronicle compiles and loads classes through the thread's loader, and the disk's thread has none. */
    private static @Nullable ClassLoader enter() {
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

    private IOException broken(String what, Throwable e) {
        reopenLater();
        return new IOException(what + " the Chronicle queue in " + directory + " failed: " + e, e);
    }

    private void reopenLater() {
        ChronicleQueueAppender open = queue;
        queue = null;
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

    @Override
    public long[] segments() throws IOException {
        return files.list();
    }

    /**
     * The queue's appender is made before a file is begun: it looks at the newest file, and waits for the head of one
     * that has none yet.
     */
    @Override
    public void begin(long segment, long bytes) throws IOException {
        ChronicleQueueAppender to = open();
        call("appending to", to::prepare);
        endCurrent();
        MappedBlocks.create(files.path(segment), bytes + OVERHEAD);
        current = segment;
        written = 0;
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
        ChronicleQueueAppender to = queue;
        if (to == null) {
            throw new IOException("the queue in " + directory + " was closed after a failure");
        }
        ClassLoader before = enter();
        try {
            long position = to.append(entry, current);
            if (!isInFile(position, entry)) {
                throw new IllegalStateException("the entry did not arrive");
            }
            written = EntryReader.Layout.DOCUMENTS.align(position + length);
        } catch (Throwable e) {
            throw broken("appending to", e);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    /** Whether the file, read without Chronicle, has a complete document there that begins as {@code entry} does. */
    private boolean isInFile(long position, ByteBuffer entry) throws IOException {
        FileChannel channel = file;
        if (channel == null) {
            channel = files.open(files.path(current), StandardOpenOption.READ, StandardOpenOption.WRITE);
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
            files.ended(current);
            channel.close();
        }
        current = -1;
    }

    @Override
    public void force() throws IOException {
        files.forceEnded();
        FileChannel channel = file;
        if (channel != null) {
            channel.force(false);
        }
    }

    @Override
    public long bytes(long segment) {
        return files.bytes(segment);
    }

    @Override
    public long usableBytes() throws IOException {
        return files.usableBytes();
    }

    @Override
    public SegmentReader read(long segment) throws IOException {
        return files.read(segment, () -> segment == current ? written : -1);
    }

    @Override
    public void delete(long segment) throws IOException {
        if (segment == current) {
            endCurrent();
        }
        files.delete(segment);
        ChronicleQueueAppender open = queue;
        if (open != null) {
            try {
                open.refresh();
            } catch (Throwable e) {
                throw broken("listing", e);
            }
        }
    }

    @Override
    public void quarantine(long segment) throws IOException {
        files.setAside(files.path(segment));
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
