// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One file for each segment, written through a {@link FileChannel}: needs no JVM flag, and a full disk is a clean
 * IOException. A torn write at the end is cut off before the next one.
 */
public final class FileStore implements LogStore {

    private static final Pattern NAME = Pattern.compile("seg-(\\d{10})\\.weir");

    /** Opens a file; for tests of failing disks. */
    interface Opener {
        FileChannel open(Path path, OpenOption... options) throws IOException;
    }

    private final Path directory;
    private final Opener opener;
    /** Ended since the last fsync, which is for them, too. */
    private final List<Long> unforced = new ArrayList<>();

    private @Nullable FileChannel current;
    private long currentSegment = -1;
    private long written;

    /**
     * @param directory is created when it is not there
     * @throws IOException when it cannot be used
     */
    public FileStore(Path directory) throws IOException {
        this(directory, FileChannel::open);
    }

    FileStore(Path directory, Opener opener) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.opener = opener;
    }

    @Override
    public String name() {
        return "file";
    }

    private Path path(long segment) {
        return directory.resolve(String.format(Locale.ROOT, "seg-%010d.weir", segment));
    }

    @Override
    public long[] segments() throws IOException {
        TreeSet<Long> found = new TreeSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Matcher name = NAME.matcher(file.getFileName().toString());
                if (name.matches()) {
                    found.add(Long.parseLong(name.group(1)));
                }
            }
        }
        return found.stream().mapToLong(Long::longValue).toArray();
    }

    @Override
    public void begin(long segment, long bytes) throws IOException {
        closeCurrent();
        current = opener.open(
                path(segment), StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        currentSegment = segment;
        written = 0;
    }

    @Override
    public void append(ByteBuffer entry) throws IOException {
        FileChannel channel = current;
        if (channel == null) {
            throw new IOException("no segment was begun");
        }
        ByteBuffer bytes = entry.duplicate();
        long at = written;
        try {
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        } catch (IOException e) {
            cutTail(channel);
            throw e;
        }
        written = at;
    }

    private void cutTail(FileChannel channel) {
        try {
            channel.truncate(written);
        } catch (IOException leftAsTornTail) {
            // The next append overwrites it, and a reader's checksum refuses it.
        }
    }

    @Override
    public void force() throws IOException {
        while (!unforced.isEmpty()) {
            Path path = path(unforced.remove(0));
            if (Files.exists(path)) {
                try (FileChannel channel = opener.open(path, StandardOpenOption.WRITE)) {
                    channel.force(false);
                }
            }
        }
        FileChannel channel = current;
        if (channel != null) {
            channel.force(false);
        }
    }

    @Override
    public long bytes(long segment) {
        if (segment == currentSegment) {
            return written;
        }
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
        return new Reader(segment, opener.open(path(segment), StandardOpenOption.READ));
    }

    @Override
    public void delete(long segment) throws IOException {
        if (segment == currentSegment) {
            closeCurrent();
        }
        unforced.remove(segment);
        Files.deleteIfExists(path(segment));
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

    private void closeCurrent() throws IOException {
        FileChannel channel = current;
        if (channel != null) {
            unforced.add(currentSegment);
            current = null;
            currentSegment = -1;
            channel.close();
        }
    }

    @Override
    public void close() {
        try {
            closeCurrent();
        } catch (IOException alreadyWritten) {
            // Nothing is buffered in this process.
        }
    }

    private final class Reader implements SegmentReader {

        private final long segment;
        private final FileChannel channel;
        private ByteBuffer buffer = newBuffer(64 << 10);
        private long position;
        private long damaged;

        Reader(long segment, FileChannel channel) {
            this.segment = segment;
            this.channel = channel;
        }

        private static ByteBuffer newBuffer(int bytes) {
            return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }

        private long end() throws IOException {
            return segment == currentSegment ? written : channel.size();
        }

        @Override
        public @Nullable ByteBuffer next() throws IOException {
            boolean lost = false;
            long end = end();
            while (position + Entry.HEADER <= end) {
                int length = lengthAt(position, end);
                if (length > 0 && load(position, length) && Entry.isValid(buffer, segment)) {
                    position += length;
                    return buffer;
                }
                if (!lost) {
                    damaged++;
                    lost = true;
                }
                // A damaged payload leaves the length right; a damaged header leaves only the search for the next
                // magic.
                long behind = length > 0 ? position + length : end;
                position = behind < end && lengthAt(behind, end) > 0 ? behind : search(position + 1, end);
            }
            return null;
        }

        /** The whole length of the entry whose header is at {@code at}; 0 when there is none. */
        private int lengthAt(long at, long end) throws IOException {
            if (at + Entry.HEADER > end || !load(at, Entry.HEADER) || buffer.getInt(0) != Entry.MAGIC) {
                return 0;
            }
            int payload = buffer.getInt(4);
            return payload < 0 || payload > Entry.MAX_BYTES || at + Entry.HEADER + payload > end
                    ? 0
                    : Entry.HEADER + payload;
        }

        private long search(long from, long end) throws IOException {
            long at = from;
            while (at + Entry.HEADER <= end) {
                int length = (int) Math.min(64 << 10, end - at);
                if (!load(at, length)) {
                    break;
                }
                for (int i = 0; i + 4 <= length; i++) {
                    if (buffer.getInt(i) == Entry.MAGIC) {
                        return at + i;
                    }
                }
                at += length - 3;
            }
            return end;
        }

        private boolean load(long at, int length) throws IOException {
            if (buffer.capacity() < length) {
                buffer = newBuffer(Math.max(length, buffer.capacity() * 2));
            }
            buffer.clear().limit(length);
            long from = at;
            while (buffer.hasRemaining()) {
                int read = channel.read(buffer, from);
                if (read < 0) {
                    return false;
                }
                from += read;
            }
            buffer.flip();
            return true;
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public void seek(long position) {
            this.position = position;
        }

        @Override
        public long damaged() {
            return damaged;
        }

        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException readOnly) {
                // Nothing can be lost by it.
            }
        }
    }
}
