// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** A file on a disk that does what a test says. */
final class FaultyChannel extends FileChannel {

    /** What the disk of all channels of a test does. */
    static final class Disk {
        /** Bytes that can still be written; a write that needs more is cut short, the next fails. */
        long room = Long.MAX_VALUE;
        /** Most bytes that one write takes. */
        int most = Integer.MAX_VALUE;

        String failingWrite = "";
        String failingRead = "";
        String failingForce = "";
        boolean failingTruncate;
        int forces;
    }

    private final FileChannel file;
    private final Disk disk;

    FaultyChannel(FileChannel file, Disk disk) {
        this.file = file;
        this.disk = disk;
    }

    private static void mayFail(String how) throws IOException {
        if (!how.isEmpty()) {
            throw new IOException(how);
        }
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
        mayFail(disk.failingWrite);
        if (disk.room <= 0) {
            throw new IOException("No space left on device");
        }
        int length = (int) Math.min(Math.min(source.remaining(), disk.most), disk.room);
        ByteBuffer part = source.duplicate().limit(source.position() + length);
        int written = file.write(part, position);
        source.position(source.position() + written);
        disk.room -= written;
        return written;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        mayFail(disk.failingRead);
        if (target.remaining() > disk.most) {
            ByteBuffer part = target.duplicate().limit(target.position() + disk.most);
            int read = file.read(part, position);
            target.position(target.position() + Math.max(0, read));
            return read;
        }
        return file.read(target, position);
    }

    @Override
    public void force(boolean metaData) throws IOException {
        disk.forces++;
        mayFail(disk.failingForce);
        file.force(metaData);
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        if (disk.failingTruncate) {
            throw new IOException("Input/output error");
        }
        file.truncate(size);
        return this;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return file.read(target);
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        return file.read(targets, offset, length);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        return file.write(source);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        return file.write(sources, offset, length);
    }

    @Override
    public long position() throws IOException {
        return file.position();
    }

    @Override
    public FileChannel position(long newPosition) throws IOException {
        file.position(newPosition);
        return this;
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
        return file.transferTo(position, count, target);
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) throws IOException {
        return file.transferFrom(source, position, count);
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
        return file.map(mode, position, size);
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
        return file.lock(position, size, shared);
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
        return file.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        file.close();
    }
}
