// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import dev.weir.log.internal.disk.PrivateFiles;
import dev.weir.log.internal.disk.Transfers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * One file for each segment, written through a {@link FileChannel}: needs no JVM flag, and a full disk is a clean
 * IOException. A torn write at the end is cut off before the next one.
 */
public final class FileStore implements LogStore {

    private final SegmentFiles files;

    private @Nullable FileChannel current;
    private long currentSegment = -1;
    private long written;

    /**
     * @param directory is created when it is not there
     * @throws IOException when it cannot be used
     */
    public FileStore(Path directory) throws IOException {
        this(directory, PrivateFiles::open);
    }

    FileStore(Path directory, SegmentFiles.Opener opener) throws IOException {
        this.files = new SegmentFiles(PrivateFiles.directories(directory), SegmentNames.FILES, opener);
    }

    @Override
    public String name() {
        return "file";
    }

    @Override
    public long[] segments() throws IOException {
        return files.list();
    }

    @Override
    public void begin(long segment, long bytes) throws IOException {
        closeCurrent();
        current = files.open(
                files.path(segment), StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
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
                at += Transfers.write(channel, bytes, at);
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
        files.forceEnded();
        FileChannel channel = current;
        if (channel != null) {
            channel.force(false);
        }
    }

    @Override
    public long bytes(long segment) {
        return segment == currentSegment ? written : files.bytes(segment);
    }

    @Override
    public long usableBytes() throws IOException {
        return files.usableBytes();
    }

    @Override
    public SegmentReader read(long segment) throws IOException {
        return files.read(segment, () -> segment == currentSegment ? written : -1);
    }

    @Override
    public void delete(long segment) throws IOException {
        if (segment == currentSegment) {
            closeCurrent();
        }
        files.delete(segment);
    }

    @Override
    public void quarantine(long segment) throws IOException {
        files.setAside(files.path(segment));
    }

    @Override
    public boolean isDurable() {
        return true;
    }

    private void closeCurrent() throws IOException {
        FileChannel channel = current;
        if (channel != null) {
            files.ended(currentSegment);
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
}
