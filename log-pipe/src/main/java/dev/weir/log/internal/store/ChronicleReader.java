// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.core.Jvm;
import net.openhft.chronicle.core.OS;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.RollCycle;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.wire.DocumentContext;
import org.jspecify.annotations.Nullable;

/**
 * Reads the documents of one cycle. Positions are numbers of documents. Goes on where it was when the queue had to be opened
 * anew.
 */
final class ChronicleReader implements SegmentReader {

    private final ChronicleStore store;
    /** Chronicle maps a quarter of a block beyond each block, so a document of this length is never in two pieces. */
    private static final int MAPPED_TOGETHER = 256 << 10;

    private final RollCycle cycles;

    private final long segment;
    private @Nullable ExcerptTailer tailer;
    private int openedIn;
    private long position;
    private long damaged;
    private ByteBuffer buffer = newBuffer(64 << 10);

    ChronicleReader(ChronicleStore store, RollCycle cycles, long segment) {
        this.store = store;
        this.cycles = cycles;
        this.segment = segment;
    }

    private static ByteBuffer newBuffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public @Nullable ByteBuffer next() throws IOException {
        ClassLoader before = ChronicleStore.enter();
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
            throw store.broken("reading", e);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    private boolean readDocument(ExcerptTailer from) {
        try (DocumentContext document = from.readingDocument()) {
            if (!document.isPresent()) {
                return false;
            }
            if (cycles.toCycle(document.index()) != segment) {
                return false;
            }
            position = cycles.toSequenceNumber(document.index());
            Bytes<?> bytes = document.wire().bytes();
            int length = (int) bytes.readRemaining();
            if (buffer.capacity() < length) {
                buffer = newBuffer(length * 2);
            }
            buffer.clear().limit(length);
            copy(bytes, length);
            return true;
        }
    }

    /** As a block; the queue's own way to read into a buffer takes byte by byte. */
    private void copy(Bytes<?> bytes, int length) {
        if (bytes.readRemaining() <= MAPPED_TOGETHER) {
            OS.memory().copyMemory(bytes.addressForRead(bytes.readPosition(), length), Jvm.address(buffer), length);
        } else {
            bytes.read(buffer);
            buffer.flip();
        }
    }

    /** The tailer at {@link #position}, or null when the segment has no document there yet. */
    private @Nullable ExcerptTailer tailer() throws IOException {
        ExcerptTailer open = tailer;
        if (open != null && openedIn == store.generation()) {
            return open;
        }
        SingleChronicleQueue from = store.open();
        open = from.createTailer();
        long before = Math.max(0, position - 1);
        if (!open.moveToIndex(cycles.toIndex((int) segment, before))) {
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
        openedIn = store.generation();
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
