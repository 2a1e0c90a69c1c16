// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import dev.weir.core.DropReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Hands out the entries of a journal's segments, oldest first. The disk's thread only. */
final class JournalReader {

    private final LogStore store;
    private final Cursor cursor;
    private final Segments segments;
    private final Trouble trouble;
    private final Runnable closeCurrent;

    private @Nullable Segment reading;
    private @Nullable SegmentReader reader;
    private @Nullable ByteBuffer peeked;
    private long peekedAt;
    /** How many records of the next entry an earlier run had settled, having settled a part of a batch. */
    private int settledBefore;

    private int peekedInside;
    /** Where the last entry ended: most often where the next begins. */
    private @Nullable Mark lastEnd;

    private long damaged;

    JournalReader(LogStore store, Cursor cursor, Segments segments, Trouble trouble, Runnable closeCurrent) {
        this.store = store;
        this.cursor = cursor;
        this.segments = segments;
        this.trouble = trouble;
        this.closeCurrent = closeCurrent;
    }

    boolean reads(Segment segment) {
        return segment == reading;
    }

    /** Damaged places found. */
    long damaged() {
        return damaged;
    }

    @Nullable
    ByteBuffer peek() {
        while (peeked == null) {
            Segment segment = reading;
            SegmentReader from = reader;
            if (segment == null || from == null) {
                if (!readFirst()) {
                    return null;
                }
                continue;
            }
            peekedAt = from.position();
            ByteBuffer next = read(segment, from);
            if (next == null) {
                if (segment == segments.current()) {
                    if (segment.left() == 0) {
                        return null;
                    }
                    // What was appended must be there to read: the segment is damaged, nothing more goes into it.
                    closeCurrent.run();
                }
                finish(segment);
                if (!readBehind(segment)) {
                    return null;
                }
            } else if (Entry.type(next) != Entry.SEGMENT_HEAD) {
                peekedInside = Math.min(settledBefore, Entry.records(next) - 1);
                settledBefore = 0;
                peeked = peekedInside > 0 ? Entry.behind(next, peekedInside) : next;
            }
        }
        return peeked;
    }

    /** A place that the start has found damaged is found again here: it counts once. */
    private @Nullable ByteBuffer read(Segment segment, SegmentReader from) {
        ByteBuffer next;
        try {
            next = from.next();
        } catch (IOException e) {
            trouble.failed("reading", e);
            next = null;
        }
        if (from.damaged() > segment.damaged) {
            damaged += from.damaged() - segment.damaged;
            segment.damaged = from.damaged();
        }
        return next;
    }

    /** What the segment should have had and did not give is damaged. */
    private void finish(Segment segment) {
        segments.lose(segment, DropReason.CORRUPTED);
        stop();
    }

    private boolean readFirst() {
        for (Segment segment : segments.oldestFirst()) {
            if (segment == segments.current() || segment.left() > 0) {
                return readFrom(segment);
            }
        }
        return false;
    }

    private boolean readBehind(Segment behind) {
        for (Segment segment : segments.oldestFirst()) {
            if (segment.number > behind.number) {
                return readFrom(segment);
            }
        }
        return false;
    }

    private boolean readFrom(Segment segment) {
        try {
            SegmentReader opened = store.read(segment.number);
            if (segment.number == cursor.segment && segment.given > 0) {
                opened.seek(cursor.position);
                settledBefore = cursor.inside;
            }
            reader = opened;
            reading = segment;
            return true;
        } catch (IOException e) {
            trouble.failed("opening a segment", e);
            finish(segment);
            return segment != segments.current() && readBehind(segment);
        }
    }

    /** Lets go of the segment that is read. */
    void stop() {
        SegmentReader from = reader;
        if (from != null) {
            from.close();
        }
        reader = null;
        reading = null;
        peeked = null;
        settledBefore = 0;
    }

    byte[] peekedResource() {
        Segment segment = reading;
        return segment == null ? new byte[0] : segment.resource;
    }

    long peekedRunId() {
        Segment segment = reading;
        return segment == null ? 0 : segment.runId;
    }

    Extent take() {
        Segment segment = reading;
        SegmentReader from = reader;
        ByteBuffer entry = peeked;
        if (segment == null || from == null || entry == null) {
            throw new IllegalStateException("nothing was peeked");
        }
        Mark before = lastEnd;
        if (before == null
                || peekedInside > 0
                || before.segment() != segment.number
                || before.position() != peekedAt
                || before.records() != segment.given) {
            before = new Mark(segment.number, peekedAt, segment.given, peekedInside);
        }
        segment.given += Entry.records(entry);
        for (int i = 0; i < Entry.CLASSES; i++) {
            segment.givenBySeverity[i] += Entry.count(entry, i);
        }
        segments.handedOut(entry.limit());
        peeked = null;
        peekedInside = 0;
        Mark end = new Mark(segment.number, from.position(), segment.given, 0);
        lastEnd = end;
        return new Extent(before, end);
    }
}
