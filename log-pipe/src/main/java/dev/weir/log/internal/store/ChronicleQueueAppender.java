// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.RollCycle;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;
import org.jspecify.annotations.Nullable;

/**
 * Appends documents to one Chronicle Queue. Apart from {@link ChronicleStore}, which opens it when a segment is begun,
 * so that Chronicle's classes are loaded then and not before. One thread.
 */
final class ChronicleQueueAppender {

    static {
        ChronicleProbe.quieten();
    }

    private static final RollCycle CYCLES = RollCycles.FAST_HOURLY;
    private static final long TIMEOUT_MILLIS = 1000;

    private final SingleChronicleQueue queue;
    private @Nullable ExcerptAppender appender;

    private ChronicleQueueAppender(SingleChronicleQueue queue) {
        this.queue = queue;
    }

    /** @param segment the number of the current one, which is the clock of the queue */
    static ChronicleQueueAppender open(Path directory, LongSupplier segment) {
        return new ChronicleQueueAppender(SingleChronicleQueueBuilder.binary(directory)
                .rollCycle(CYCLES)
                .timeProvider(() -> Math.max(0, segment.getAsLong()) * SegmentNames.SECONDS_OF_A_CYCLE * 1000)
                .blockSize(ChronicleStore.BLOCK)
                .timeoutMS(TIMEOUT_MILLIS)
                .build());
    }

    /** Makes what appends, unless it is there. */
    ExcerptAppender prepare() {
        ExcerptAppender to = appender;
        if (to == null) {
            to = queue.createAppender();
            appender = to;
        }
        return to;
    }

    /**
     * @param segment where the entry must go
     * @return where it is in the file
     * @throws IllegalStateException when it went elsewhere
     */
    long append(ByteBuffer entry, long segment) {
        ExcerptAppender to = prepare();
        long position;
        try (DocumentContext document = to.writingDocument()) {
            Bytes<?> bytes = document.wire().bytes();
            position = bytes.writePosition();
            bytes.writeSome(entry.duplicate());
        }
        long index = to.lastIndexAppended();
        if (CYCLES.toCycle(index) != segment) {
            throw new IllegalStateException("the entry did not arrive: index " + Long.toHexString(index));
        }
        return position;
    }

    /** Files were removed. */
    void refresh() {
        queue.refreshDirectoryListing();
    }

    void close() {
        queue.close();
    }
}
