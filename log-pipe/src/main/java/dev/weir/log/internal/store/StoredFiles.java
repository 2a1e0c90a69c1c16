// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What another run left in a store, or a living one has in it: it is read and deleted here, never appended to. Reads
 * the files of a Chronicle Queue without Chronicle Queue. One thread.
 */
public final class StoredFiles implements LogStore {

    private final SegmentFiles files;
    private final String name;

    private StoredFiles(Path directory, SegmentNames names, String name) {
        this.files = new SegmentFiles(directory, names, FileChannel::open);
        this.name = name;
    }

    /** Of a {@link FileStore} in {@code directory}. */
    public static StoredFiles ofFiles(Path directory) {
        return new StoredFiles(directory, SegmentNames.FILES, "file");
    }

    /** Of a {@link ChronicleStore} in {@code directory}. */
    public static StoredFiles ofChronicle(Path directory) {
        return new StoredFiles(directory, SegmentNames.CHRONICLE, "chronicle");
    }

    @Override
    public String name() {
        return name;
    }

    /** None where the directory is not there. */
    @Override
    public long[] segments() throws IOException {
        return Files.isDirectory(files.directory()) ? files.list() : new long[0];
    }

    @Override
    public void begin(long segment, long bytes) throws IOException {
        throw new IOException(files.directory() + " is only read");
    }

    @Override
    public void append(ByteBuffer entry) throws IOException {
        throw new IOException(files.directory() + " is only read");
    }

    @Override
    public void force() {}

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
        return files.read(segment, () -> -1);
    }

    @Override
    public void delete(long segment) throws IOException {
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

    @Override
    public void close() {}
}
