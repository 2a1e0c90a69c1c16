// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import dev.weir.core.DropReason;
import dev.weir.core.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A bounded first-in-first-out of entries over a {@link LogStore}: appends, hands out, forgets what is settled, gives up the
 * oldest when a bound is reached, and finds everything again after a restart.
 *
 * <p>One thread (the disk's), except {@link #held} and {@link #bytes}. IOExceptions of the store are answers here, not
 * throwables: {@link #append} says no and {@link #problem} says why.
 *
 * <p>Bounds are kept by counting real bytes of whole segments, before a segment is begun; they hold across restarts.
 */
public final class Journal implements AutoCloseable {

    private final LogStore store;
    private final Cursor cursor;
    private final JournalLimits limits;
    private final Ticker ticker;
    private final Losses losses;

    /** Oldest first; the last one may be {@link #current}. */
    private final ArrayDeque<Segment> segments;

    private @Nullable Segment current;
    private long lastNumber;
    private boolean dirty;
    private boolean closed;

    private @Nullable Segment reading;
    private @Nullable SegmentReader reader;
    private @Nullable ByteBuffer peeked;
    private long unreadBytes;

    private final AtomicLong held = new AtomicLong();
    private final AtomicLong usedBytes = new AtomicLong();
    private @Nullable String problem;
    private boolean full;
    private long damaged;
    private final long corruptedAtOpen;

    private Journal(
            LogStore store,
            Cursor cursor,
            JournalLimits limits,
            Ticker ticker,
            Losses losses,
            JournalRecovery recovered) {
        this.store = store;
        this.cursor = cursor;
        this.limits = limits;
        this.ticker = ticker;
        this.losses = losses;
        this.segments = recovered.segments();
        this.lastNumber = recovered.lastNumber();
        this.damaged = recovered.damaged();
        this.corruptedAtOpen = recovered.corruptedRecords();
        for (Segment segment : segments) {
            held.addAndGet(segment.left());
            unreadBytes += segment.bytes;
        }
        measure();
    }

    /**
     * Opens a journal and counts what an earlier run left in it.
     *
     * @param cursorFile where to remember what is settled; null for a store that does not survive the process either
     * @throws IOException when the store cannot be read; it is left open
     */
    public static Journal open(
            LogStore store, java.nio.file.@Nullable Path cursorFile, JournalLimits limits, Ticker ticker, Losses losses)
            throws IOException {
        Cursor cursor = cursorFile == null ? Cursor.inMemory() : Cursor.open(cursorFile);
        try {
            return new Journal(store, cursor, limits, ticker, losses, JournalRecovery.of(store, cursor, ticker));
        } catch (IOException | RuntimeException | Error e) {
            cursor.close();
            throw e;
        }
    }

    /** Records inside that are not settled, handed out or not. Any thread. */
    public long held() {
        return held.get();
    }

    /** Real bytes of all segments. Any thread. */
    public long bytes() {
        return usedBytes.get();
    }

    /** About how many bytes wait to be handed out. */
    public long unreadBytes() {
        return unreadBytes;
    }

    public LogStore store() {
        return store;
    }

    public int segmentCount() {
        return segments.size();
    }

    /** Damaged places found so far. */
    public long damaged() {
        return damaged;
    }

    /** Records of earlier runs that a damaged segment took with it, as far as is known. */
    public long corruptedAtOpen() {
        return corruptedAtOpen;
    }

    /** Why the last append was refused; null when it was not. */
    public @Nullable String problem() {
        return problem;
    }

    /** Whether {@link #problem} is a bound that was reached, and not a failure. */
    public boolean isFull() {
        return problem != null && full;
    }

    /** The end, in the ring of {@code runId}, of the last record that is stored; {@link Long#MIN_VALUE} when none is. */
    public long storedUntil(long runId) {
        Iterator<Segment> newestFirst = segments.descendingIterator();
        while (newestFirst.hasNext()) {
            Segment segment = newestFirst.next();
            if (segment.runId == runId && segment.until != Long.MIN_VALUE) {
                return segment.until;
            }
        }
        return Long.MIN_VALUE;
    }

    /**
     * Appends one entry: the header's place, then the payload; position 0, counts filled in.
     *
     * @param runId the run that made the records
     * @param resource its resource
     * @param until where the records end in its ring
     * @return whether it is in the store
     */
    public boolean append(
            ByteBuffer entry, int type, int signal, int records, long runId, byte[] resource, long until) {
        for (int attempt = 0; attempt < 3; attempt++) {
            Segment segment = current;
            if (segment == null
                    || segment.runId != runId
                    || segment.bytes + entry.limit() > Math.max(limits.segmentBytes(), entry.limit())) {
                segment = roll(runId, resource, entry.limit());
                if (segment == null) {
                    return false;
                }
            }
            try {
                Entry.seal(entry, type, signal, records, segment.number, until);
                store.append(entry);
            } catch (IOException e) {
                failed("append", e);
                isOutOfSpace(e, entry.limit());
                closeCurrent();
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
        unreadBytes += entry.limit();
        held.addAndGet(records);
        usedBytes.addAndGet(entry.limit());
        dirty = true;
        problem = null;
    }

    private void failed(String what, IOException e) {
        full = false;
        problem = what + " failed on the " + store.name() + " store: " + e.getMessage();
    }

    private @Nullable Segment roll(long runId, byte[] resource, int entryBytes) {
        closeCurrent();
        long need = Math.max(limits.segmentBytes(), entryBytes + 4096L + resource.length);
        for (int attempt = 0; attempt < 8; attempt++) {
            if (!makeRoom(need)) {
                return null;
            }
            long number = lastNumber + 1;
            try {
                return begin(number, runId, resource, need);
            } catch (IOException e) {
                failed("beginning a segment", e);
                discard(number);
                // What a broken disk refuses is no reason to give up what it still has.
                if (!isOutOfSpace(e, need) || !limits.dropOldest() || !dropOldest(DropReason.DISK_FULL)) {
                    return null;
                }
            }
        }
        return null;
    }

    private boolean isOutOfSpace(IOException e, long need) {
        String message = String.valueOf(e.getMessage());
        try {
            full = message.contains("No space left")
                    || message.contains("quota exceeded")
                    || store.usableBytes() < need + limits.minFreeBytes();
        } catch (IOException unknown) {
            full = false;
        }
        return full;
    }

    private Segment begin(long number, long runId, byte[] resource, long bytes) throws IOException {
        Segment previous = segments.peekLast();
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
        Entry.seal(entry, Entry.SEGMENT_HEAD, 0, 0, number, Long.MIN_VALUE);
        store.append(entry);
        segment.bytes = entry.limit();
        segments.addLast(segment);
        current = segment;
        dirty = true;
        measure();
        return segment;
    }

    private void discard(long number) {
        try {
            store.delete(number);
        } catch (IOException leftBehind) {
            // It has a head at most; the next start removes it.
        }
    }

    /** Ends the current segment: nothing is appended to it any more. */
    private void closeCurrent() {
        Segment segment = current;
        if (segment == null) {
            return;
        }
        if (limits.fsync()) {
            force();
        }
        segment.realBytes = store.bytes(segment.number);
        current = null;
    }

    private boolean makeRoom(long need) {
        measure();
        while (usedBytes.get() + need > limits.maxBytes()) {
            if (!giveWay("its " + limits.maxBytes() + " bytes are used")) {
                return false;
            }
        }
        try {
            while (store.usableBytes() - need < limits.minFreeBytes()) {
                if (!giveWay("the file system has " + store.usableBytes() + " bytes left, " + limits.minFreeBytes()
                        + " must stay free")) {
                    return false;
                }
            }
        } catch (IOException e) {
            failed("asking for free space", e);
            return false;
        }
        return true;
    }

    private boolean giveWay(String why) {
        full = true;
        problem = "the " + store.name() + " store is full: " + why;
        return limits.dropOldest() && dropOldest(DropReason.DISK_FULL);
    }

    private boolean dropOldest(DropReason reason) {
        Segment oldest = segments.peekFirst();
        if (oldest == null || oldest == current) {
            return false;
        }
        if (oldest == reading) {
            stopReading();
        }
        if (oldest.left() > 0) {
            losses.lost(reason, oldest.left(), oldest.leftBySeverity());
            held.addAndGet(-oldest.left());
            oldest.given = oldest.records;
        }
        remove(oldest);
        return true;
    }

    private void remove(Segment segment) {
        segments.remove(segment);
        try {
            store.delete(segment.number);
        } catch (IOException e) {
            failed("deleting a segment", e);
        }
        measure();
    }

    private void measure() {
        long sum = 0;
        long unread = 0;
        for (Segment segment : segments) {
            if (segment != current && segment.realBytes == 0) {
                segment.realBytes = store.bytes(segment.number);
            }
            sum += segment == current ? Math.max(segment.bytes, store.bytes(segment.number)) : segment.realBytes;
            if (segment.left() > 0) {
                unread += segment.bytes;
            }
        }
        usedBytes.set(sum);
        unreadBytes = Math.min(unreadBytes, unread);
    }

    /** Gives up segments whose newest record is older than the limit, and puts on the medium what is settled. To be called each second. */
    public void expire() {
        forceCursor();
        long now = ticker.nanoTime();
        Segment open = current;
        if (open != null && open.records > 0 && now - open.createdNanos > limits.maxAgeNanos() / 2) {
            closeCurrent();
        }
        for (Segment oldest = segments.peekFirst();
                oldest != null && oldest != current && now - oldest.lastNanos > limits.maxAgeNanos();
                oldest = segments.peekFirst()) {
            dropOldest(DropReason.AGED);
        }
    }

    /**
     * Puts everything appended so far on the medium. What is settled follows within a second ({@link #expire}): a power loss
     * in between costs duplicates, and an fsync for it would cost every reader.
     *
     * @return whether it is there
     */
    public boolean force() {
        try {
            if (dirty) {
                store.force();
                dirty = false;
            }
            return true;
        } catch (IOException e) {
            failed("fsync", e);
            return false;
        }
    }

    private void forceCursor() {
        if (limits.fsync()) {
            try {
                cursor.force();
            } catch (IOException e) {
                failed("fsync of the cursor", e);
            }
        }
    }

    /** Whether something was appended since the last {@link #force}. */
    public boolean isDirty() {
        return dirty;
    }

    /** The next entry to hand out, or null when there is none now. Valid until {@link #take}. */
    public @Nullable ByteBuffer peek() {
        while (peeked == null) {
            Segment segment = reading;
            SegmentReader from = reader;
            if (segment == null || from == null) {
                if (!readFirst()) {
                    return null;
                }
                continue;
            }
            ByteBuffer next = read(segment, from);
            if (next == null) {
                if (segment == current) {
                    if (segment.left() == 0) {
                        return null;
                    }
                    // What was appended must be there to read: the segment is damaged, nothing more goes into it.
                    closeCurrent();
                }
                finish(segment);
                if (!readBehind(segment)) {
                    return null;
                }
            } else if (Entry.type(next) != Entry.SEGMENT_HEAD) {
                peeked = next;
            }
        }
        return peeked;
    }

    /** A place that the start has found damaged is found again by the reader: it counts once. */
    private @Nullable ByteBuffer read(Segment segment, SegmentReader from) {
        ByteBuffer next;
        try {
            next = from.next();
        } catch (IOException e) {
            failed("reading", e);
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
        if (segment.left() > 0) {
            losses.lost(DropReason.CORRUPTED, segment.left(), segment.leftBySeverity());
            held.addAndGet(-segment.left());
            segment.given = segment.records;
        }
        stopReading();
    }

    private boolean readFirst() {
        for (Segment segment : segments) {
            if (segment == current || segment.left() > 0) {
                return readFrom(segment);
            }
        }
        return false;
    }

    private boolean readBehind(Segment behind) {
        for (Segment segment : segments) {
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
            }
            reader = opened;
            reading = segment;
            return true;
        } catch (IOException e) {
            failed("opening a segment", e);
            finish(segment);
            return segment != current && readBehind(segment);
        }
    }

    private void stopReading() {
        SegmentReader from = reader;
        if (from != null) {
            from.close();
        }
        reader = null;
        reading = null;
        peeked = null;
    }

    /** The resource of the run that wrote the entry that {@link #peek} showed. */
    public byte[] peekedResource() {
        Segment segment = reading;
        return segment == null ? new byte[0] : segment.resource;
    }

    /** The run that wrote the entry that {@link #peek} showed. */
    public long peekedRunId() {
        Segment segment = reading;
        return segment == null ? 0 : segment.runId;
    }

    /** Hands out the entry that {@link #peek} showed; it is held until {@link #settled}. */
    public Mark take() {
        Segment segment = reading;
        SegmentReader from = reader;
        ByteBuffer entry = peeked;
        if (segment == null || from == null || entry == null) {
            throw new IllegalStateException("nothing was peeked");
        }
        segment.given += Entry.records(entry);
        for (int i = 0; i < Entry.CLASSES; i++) {
            segment.givenBySeverity[i] += Entry.count(entry, i);
        }
        unreadBytes = Math.max(0, unreadBytes - entry.limit());
        peeked = null;
        return new Mark(segment.number, from.position(), segment.given);
    }

    /** {@code records} that were handed out need not be kept any longer. */
    public void settled(long records) {
        held.addAndGet(-records);
    }

    /** Everything before {@code mark} is settled: a restart begins there. */
    public void forgetUntil(Mark mark) {
        if (closed) {
            return;
        }
        try {
            cursor.set(mark.segment(), mark.position(), mark.records());
        } catch (IOException e) {
            failed("writing the cursor", e);
        }
        for (Segment oldest = segments.peekFirst();
                oldest != null && oldest != current && oldest != reading && oldest.number <= mark.segment();
                oldest = segments.peekFirst()) {
            if (oldest.number == mark.segment() && (oldest.left() > 0 || mark.records() < oldest.records)) {
                break;
            }
            remove(oldest);
        }
    }

    /** Lets go of the files; {@link #held} and {@link #settled} still answer. */
    @Override
    public void close() {
        closed = true;
        stopReading();
        closeCurrent();
        forceCursor();
        cursor.close();
        store.close();
    }
}
