// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import dev.weir.core.DropReason;
import dev.weir.core.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Hands out the entries of a journal's segments, oldest first. What cannot be read now is tried again: a folder or a right that is
 * away for a while costs no record. The disk's thread only.
 */
final class JournalReader {

    private static final long PAUSE_NANOS = Duration.ofMillis(500).toNanos();

    /** A segment that cannot be read for that long is set aside. */
    private static final long PATIENCE_NANOS = Duration.ofMinutes(1).toNanos();

    private final LogStore store;
    private final Segments segments;
    private final Ticker ticker;
    private final JournalFailure failure;
    private final Runnable closeCurrent;

    private @Nullable Segment reading;
    private @Nullable SegmentReader reader;
    private @Nullable ByteBuffer peeked;
    private long peekedAt;
    /** How many records of the next entry an earlier run had settled, having settled a part of a batch. */
    private int settledBefore;

    private int peekedInside;
    /** Where the last entry ended: most often where the next begins. */
    private @Nullable RecordPosition lastEnd;

    private long damaged;

    /** The segment that could not be read, since when, and when it is tried again. */
    private @Nullable Segment failing;

    private @Nullable String problem;
    private long failingSinceNanos;
    private long retryNanos;

    JournalReader(LogStore store, Segments segments, Ticker ticker, JournalFailure failure, Runnable closeCurrent) {
        this.store = store;
        this.segments = segments;
        this.ticker = ticker;
        this.failure = failure;
        this.closeCurrent = closeCurrent;
    }

    boolean reads(Segment segment) {
        return segment == reading;
    }

    /** Damaged places found. */
    long damaged() {
        return damaged;
    }

    /** Why the segment that is to be read cannot be read now; null when it can. */
    @Nullable
    String problem() {
        return failing == null ? null : problem;
    }

    @Nullable
    ByteBuffer peek() {
        if (failing != null && ticker.nanoTime() - retryNanos < 0) {
            return null;
        }
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
            boolean over = segment != segments.current() && segment.left() == 0;
            ByteBuffer next;
            try {
                next = over ? null : read(segment, from);
            } catch (IOException e) {
                stop();
                if (isToWait(segment, e)) {
                    return null;
                }
                next = null;
            }
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
                peekedInside = settledOf(next, segment);
                settledBefore = 0;
                segments.skipDamage(segment, Entry.before(next), Entry.records(next));
                peeked = peekedInside > 0 ? Entry.behind(next, peekedInside) : next;
            }
        }
        return peeked;
    }

    /** How many records of the first entry were settled; 0 when that one is damaged and this is a later one. */
    private int settledOf(ByteBuffer first, Segment segment) {
        long before = Entry.before(first);
        boolean meant = before == 0 || before + settledBefore == segment.given;
        return meant ? Math.min(settledBefore, Entry.records(first) - 1) : 0;
    }

    /** A place that the start has found damaged is found again here: it counts once. */
    private @Nullable ByteBuffer read(Segment segment, SegmentReader from) throws IOException {
        ByteBuffer next = from.next();
        failing = null;
        if (from.damaged() > segment.damaged) {
            damaged += from.damaged() - segment.damaged;
            segment.damaged = from.damaged();
        }
        return next;
    }

    /** Whether the segment may be read later; one that is gone, or failed for long, may not. */
    private boolean isToWait(Segment segment, IOException e) {
        failure.failed("reading", e);
        problem = failure.problem();
        long now = ticker.nanoTime();
        if (failing != segment) {
            failing = segment;
            failingSinceNanos = now;
        }
        if (isGone(segment)) {
            failing = null;
            return false;
        }
        if (now - failingSinceNanos >= PATIENCE_NANOS) {
            failing = null;
            setAside(segment);
            return false;
        }
        retryNanos = now + PAUSE_NANOS;
        return true;
    }

    private boolean isGone(Segment segment) {
        try {
            return Arrays.stream(store.segments()).noneMatch(number -> number == segment.number);
        } catch (IOException nobodyKnows) {
            return false;
        }
    }

    private void setAside(Segment segment) {
        try {
            store.quarantine(segment.number);
        } catch (IOException staysWhereItIs) {
            // The next start finds it again.
        }
    }

    /** What the segment should have had and did not give is damaged. */
    private void finish(Segment segment) {
        segments.lose(segment, DropReason.CORRUPTED);
        stop();
        segments.removeOver();
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
            if (segment.given > 0) {
                opened.seek(segment.startAt);
                settledBefore = segment.startInside;
            }
            reader = opened;
            reading = segment;
            return true;
        } catch (IOException e) {
            if (isToWait(segment, e)) {
                return false;
            }
            if (segment == segments.current()) {
                closeCurrent.run();
            }
            finish(segment);
            return readBehind(segment);
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

    RecordRange take() {
        Segment segment = reading;
        SegmentReader from = reader;
        ByteBuffer entry = peeked;
        if (segment == null || from == null || entry == null) {
            throw new IllegalStateException("nothing was peeked");
        }
        RecordPosition before = lastEnd;
        if (before == null
                || peekedInside > 0
                || before.segment() != segment.number
                || before.position() != peekedAt
                || before.records() != segment.given) {
            before = new RecordPosition(segment.number, peekedAt, segment.given, peekedInside);
        }
        int records = Entry.records(entry);
        RecordPosition end = new RecordPosition(segment.number, from.position(), segment.given + records, 0);
        RecordRange range = new RecordRange(before, end);
        // Nothing allocates from here on: what cannot be returned is not handed out.
        segment.given += records;
        segment.inHand += records;
        segment.startAt = from.position();
        segment.startInside = 0;
        for (int i = 0; i < Entry.CLASSES; i++) {
            segment.givenBySeverity[i] += Entry.count(entry, i);
        }
        segments.handedOut(entry.limit());
        peeked = null;
        peekedInside = 0;
        lastEnd = end;
        return range;
    }
}
