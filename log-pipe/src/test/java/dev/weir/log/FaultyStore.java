// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.log.internal.store.LogStore;
import dev.weir.log.internal.store.SegmentReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A store whose disk does what a test says. */
final class FaultyStore implements LogStore {

    static final String EIO = "Input/output error";
    static final String ENOSPC = "No space left on device";

    private final LogStore store;
    /** What an append or a new segment fails with; null works. */
    volatile @Nullable String failing;
    /** What an fsync fails with; null works. */
    volatile @Nullable String failingFsync;
    /** How many of the next appends fail with EIO although {@link #failing} is null. */
    final AtomicInteger failNext = new AtomicInteger();
    /** An fsync waits for this one. */
    volatile @Nullable CountDownLatch slowFsync;

    final AtomicInteger fsyncs = new AtomicInteger();
    volatile boolean inFsync;

    /** What there is no memory for. */
    enum Call {
        READ,
        APPEND
    }

    private volatile @Nullable Call hungry;
    private final AtomicInteger hungryCalls = new AtomicInteger();
    private final AtomicInteger shortages = new AtomicInteger();

    FaultyStore(LogStore store) {
        this.store = store;
    }

    private void mayFail() throws IOException {
        String how = failing;
        if (how != null) {
            throw new IOException(how);
        }
    }

    /** The next calls of a kind throw an OutOfMemoryError. */
    void withoutMemory(Call call, int times) {
        hungry = call;
        hungryCalls.set(times);
    }

    /** How many calls found no memory. */
    int shortages() {
        return shortages.get();
    }

    private void mayBeShortOfMemory(Call call) {
        if (call == hungry && hungryCalls.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            shortages.incrementAndGet();
            throw new OutOfMemoryError("test");
        }
    }

    @Override
    public String name() {
        return store.name();
    }

    @Override
    public long[] segments() throws IOException {
        return store.segments();
    }

    @Override
    public void begin(long segment, long bytes) throws IOException {
        mayFail();
        store.begin(segment, bytes);
    }

    @Override
    public void append(ByteBuffer entry) throws IOException {
        mayFail();
        if (failNext.get() > 0 && failNext.getAndDecrement() > 0) {
            throw new IOException(EIO);
        }
        mayBeShortOfMemory(Call.APPEND);
        store.append(entry);
    }

    @Override
    public void force() throws IOException {
        fsyncs.incrementAndGet();
        inFsync = true;
        try {
            CountDownLatch until = slowFsync;
            if (until != null && !until.await(120, TimeUnit.SECONDS)) {
                throw new IOException("the test did not end the fsync");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        } finally {
            inFsync = false;
        }
        String how = failingFsync;
        if (how != null) {
            throw new IOException(how);
        }
        store.force();
    }

    @Override
    public long bytes(long segment) {
        return store.bytes(segment);
    }

    @Override
    public long usableBytes() throws IOException {
        return store.usableBytes();
    }

    @Override
    public SegmentReader read(long segment) throws IOException {
        mayBeShortOfMemory(Call.READ);
        return store.read(segment);
    }

    @Override
    public void delete(long segment) throws IOException {
        store.delete(segment);
    }

    @Override
    public void quarantine(long segment) throws IOException {
        store.quarantine(segment);
    }

    @Override
    public boolean isDurable() {
        return store.isDurable();
    }

    @Override
    public void close() {
        store.close();
    }
}
