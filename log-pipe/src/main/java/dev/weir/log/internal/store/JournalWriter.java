// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import dev.weir.core.DropReason;
import dev.weir.core.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The writing side of a {@link Journal}: appends entries to the current segment and begins another one when that is
 * full, or when another run's records come. The disk's thread. Bounds: those of {@link JournalLimits}.
 */
final class JournalWriter {

    private static final int APPEND_ATTEMPTS = 3;
    private static final int ROLL_ATTEMPTS = 8;

    private final LogStore store;
    private final JournalLimits limits;
    private final Ticker ticker;
    private final JournalFailure failure;
    private final Segments segments;

    private long lastNumber;
    private boolean dirty;

    JournalWriter(
            LogStore store,
            JournalLimits limits,
            Ticker ticker,
            JournalFailure failure,
            Segments segments,
            long lastNumber) {
        this.store = store;
        this.limits = limits;
        this.ticker = ticker;
        this.failure = failure;
        this.segments = segments;
        this.lastNumber = lastNumber;
    }

    /** See {@link Journal#append}. */
    boolean append(ByteBuffer entry, int type, int signal, int records, long runId, byte[] resource, long until) {
        for (int attempt = 0; attempt < APPEND_ATTEMPTS; attempt++) {
            Segment segment = segments.current();
            if (segment == null
                    || segment.runId != runId
                    || segment.bytes + entry.limit() > Math.max(limits.segmentBytes(), entry.limit())) {
                segment = roll(runId, resource, entry.limit());
                if (segment == null) {
                    return false;
                }
            }
            try {
                Entry.seal(entry, type, signal, records, segment.number, segment.records, until);
                store.append(entry);
            } catch (IOException e) {
                failure.failedForRoom("append", e, entry.limit());
                segments.closeCurrent();
                continue;
            }
            appended(segment, entry, records, until);
            return true;
        }
        return false;
    }

    private void appended(Segment segment, ByteBuffer entry, int records, long until) {
        segment.bytes += entry.limit();
        segment.until = until;
        segment.records += records;
        segment.lastNanos = ticker.nanoTime();
        for (int i = 0; i < Entry.CLASSES; i++) {
            segment.bySeverity[i] += Entry.count(entry, i);
        }
        segments.appended(entry.limit(), records);
        dirty = true;
        failure.over();
    }

    /**
     * Begins another segment, with room for an entry.
     *
     * @return null when there is no room
     */
    @Nullable
    Segment roll(long runId, byte[] resource, int entryBytes) {
        segments.closeCurrent();
        long need = Math.max(limits.segmentBytes(), entryBytes + 4096L + resource.length);
        for (int attempt = 0; attempt < ROLL_ATTEMPTS; attempt++) {
            if (!segments.makeRoom(need)) {
                return null;
            }
            long number = lastNumber + 1;
            try {
                return begin(number, runId, resource, need);
            } catch (IOException e) {
                failure.failedForRoom("beginning a segment", e, need);
                discard(number);
                // What a broken disk refuses is no reason to give up what it still has.
                if (!failure.isFull() || !limits.dropOldest() || !segments.dropOldest(DropReason.DISK_FULL)) {
                    return null;
                }
            }
        }
        return null;
    }

    private Segment begin(long number, long runId, byte[] resource, long bytes) throws IOException {
        Segment previous = segments.newest();
        lastNumber = number;
        store.begin(number, bytes);
        Segment segment = new Segment(number, runId, resource, ticker.nanoTime());
        segment.until = Long.MIN_VALUE;
        SegmentHead head = previous == null
                ? new SegmentHead(runId, ticker.epochNanos(), -1, 0, 0, new long[Entry.CLASSES], resource)
                : new SegmentHead(
                        runId,
                        ticker.epochNanos(),
                        previous.number,
                        previous.records,
                        previous.until,
                        previous.bySeverity,
                        resource);
        ByteBuffer entry = head.toEntry();
        Entry.seal(entry, Entry.SEGMENT_HEAD, 0, 0, number, 0, Long.MIN_VALUE);
        store.append(entry);
        segment.bytes = entry.limit();
        segments.begun(segment);
        dirty = true;
        return segment;
    }

    private void discard(long number) {
        try {
            store.delete(number);
        } catch (IOException leftBehind) {
            // It has a head at most; the next start removes it.
        }
    }

    /** See {@link Journal#force}. */
    boolean force() {
        try {
            if (dirty) {
                store.force();
                dirty = false;
            }
            return true;
        } catch (IOException e) {
            failure.failed("fsync", e);
            return false;
        }
    }

    /** Whether something was appended since the last {@link #force}. */
    boolean isDirty() {
        return dirty;
    }
}
