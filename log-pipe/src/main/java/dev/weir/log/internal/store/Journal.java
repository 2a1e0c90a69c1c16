// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import dev.weir.core.DropReason;
import dev.weir.core.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A bounded first-in-first-out of entries over a {@link LogStore}: appends, hands out, forgets what is settled, gives
 * up the oldest when a bound is reached, and finds everything again after a restart.
 *
 * <p>One thread (the disk's), except {@link #held} and {@link #bytes}. IOExceptions of the store are answers here, not
 * throwables: {@link #append} says no and {@link #problem} says why.
 */
public final class Journal implements AutoCloseable {

    /** The run of segments and rings whose heads are damaged. */
    private static final long NO_RUN = 0;

    private final LogStore store;
    private final Cursor cursor;
    private final JournalLimits limits;
    private final Ticker ticker;
    private final JournalFailure failure;
    private final Segments segments;
    private final JournalWriter writer;
    private final JournalReader reader;
    private final long damagedAtOpen;
    private final long corruptedAtOpen;

    private boolean closed;

    private Journal(
            LogStore store,
            Cursor cursor,
            JournalLimits limits,
            Ticker ticker,
            LossListener losses,
            JournalRecovery recovered) {
        this.store = store;
        this.cursor = cursor;
        this.limits = limits;
        this.ticker = ticker;
        this.failure = new JournalFailure(store, limits);
        this.segments = new Segments(store, limits, losses, failure, recovered.segments());
        this.writer = new JournalWriter(store, limits, ticker, failure, segments, recovered.lastNumber());
        this.reader = new JournalReader(store, segments, ticker, failure, segments::closeCurrent);
        this.damagedAtOpen = recovered.damaged();
        this.corruptedAtOpen = recovered.corruptedRecords();
        segments.readBy(reader);
    }

    /**
     * Opens a journal and counts what an earlier run left in it.
     *
     * @param cursorFile where to remember what is settled; null for a store that does not survive the process either
     * @throws IOException when the store cannot be read; it is left open
     */
    public static Journal open(
            LogStore store, @Nullable Path cursorFile, JournalLimits limits, Ticker ticker, LossListener losses)
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
        return segments.held();
    }

    /** Records that were settled or lost since this was opened, not those that moved. Any thread. */
    public long gone() {
        return segments.gone();
    }

    /** Real bytes of all segments. Any thread. */
    public long bytes() {
        return segments.usedBytes();
    }

    /** About how many bytes wait to be handed out. */
    public long unreadBytes() {
        return segments.unreadBytes();
    }

    public LogStore store() {
        return store;
    }

    int segmentCount() {
        return segments.count();
    }

    /** Damaged places found so far. */
    public long damaged() {
        return damagedAtOpen + reader.damaged();
    }

    /** Records of earlier runs that a damaged segment took with it, as far as is known. */
    public long corruptedAtOpen() {
        return corruptedAtOpen;
    }

    /** Why the last append was refused; null when it was not. */
    public @Nullable String problem() {
        return failure.problem();
    }

    /** Whether {@link #problem} is a bound that was reached, and not a failure. */
    public boolean isFull() {
        return failure.isFull();
    }

    /**
     * The end, in the ring of {@code runId}, of the last record that is stored; {@link Long#MIN_VALUE} when none is.
     */
    public long storedUntil(long runId) {
        if (runId == NO_RUN) {
            return Long.MIN_VALUE;
        }
        for (Iterator<Segment> newestFirst = segments.newestFirst(); newestFirst.hasNext(); ) {
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
        return writer.append(entry, type, signal, records, runId, resource, until);
    }

    /** {@code neighbours} use the same room, within the same bound. */
    public void sharesRoomWith(Neighbours neighbours) {
        segments.sharesRoomWith(neighbours);
    }

    /** Drops the oldest segment, if there is one of which no batch is given out. */
    public boolean dropOldest(DropReason reason) {
        return segments.dropOldest(reason);
    }

    /** Nothing more is appended for now. */
    public void endSegment() {
        segments.closeCurrent();
    }

    /** Whether entries can be appended again: begins a segment for those of {@code runId}. */
    public boolean revive(long runId, byte[] resource) {
        return !closed && writer.roll(runId, resource, 0) != null;
    }

    /** Its files are gone: what was not handed out is lost. */
    public void loseAll() {
        reader.stop();
        segments.loseAll(DropReason.CORRUPTED);
    }

    /** Its files are gone, and no answer to a batch will come: all that it holds is lost. */
    public void abandon() {
        reader.stop();
        segments.abandon(DropReason.CORRUPTED);
    }

    /** The next entry to hand out, or null when there is none now. Valid until {@link #take}. */
    public @Nullable ByteBuffer peek() {
        return closed ? null : reader.peek();
    }

    /** Why what it holds cannot be read now; null when it can. */
    public @Nullable String readingProblem() {
        return reader.problem();
    }

    /** Whether it has an entry to hand out, and {@code other} has none or a younger one. */
    public boolean isOlder(Journal other) {
        long mine = segments.oldestUnread();
        long others = other.segments.oldestUnread();
        return mine != Segments.NONE && (others == Segments.NONE || mine - others < 0);
    }

    /** The resource of the run that wrote the entry that {@link #peek} showed. */
    public byte[] peekedResource() {
        return reader.peekedResource();
    }

    /** The run that wrote the entry that {@link #peek} showed. */
    public long peekedRunId() {
        return reader.peekedRunId();
    }

    /** Hands out the entry that {@link #peek} showed; it is held until {@link #settled}. */
    public RecordRange take() {
        return reader.take();
    }

    /** What was handed out in {@code ranges} need not be kept any longer. */
    public void settled(List<RecordRange> ranges) {
        for (RecordRange range : ranges) {
            segments.answered(range);
            segments.settled(range.records());
        }
        segments.removeOver();
    }

    /** {@code records}, wherever they are, are not held any longer. */
    public void forget(long records) {
        segments.settled(records);
    }

    /** What was handed out in {@code range} is in another journal now. */
    public void moved(RecordRange range) {
        segments.answered(range);
        segments.moved(range.records());
    }

    /** Everything before {@code until} is settled: a restart begins there. */
    public void forgetUntil(RecordPosition until) {
        if (closed) {
            return;
        }
        try {
            cursor.set(until);
        } catch (IOException e) {
            failure.failed("writing the cursor", e);
        }
        segments.forgetUntil(until);
    }

    /**
     * Gives up segments whose newest record is older than the limit, and puts on the medium what is settled. To be
     * called each second.
     */
    public void expire() {
        forceCursor();
        long now = ticker.nanoTime();
        Segment open = segments.current();
        if (open != null && open.records > 0 && now - open.createdNanos > limits.maxAgeNanos() / 2) {
            segments.closeCurrent();
        }
        segments.dropOlderThan(now);
    }

    /**
     * Puts everything appended so far on the medium. What is settled follows within a second ({@link #expire}): a power
     * loss in between costs duplicates, and an fsync for it would cost every reader.
     *
     * @return whether it is there. After a failure the system may say the next time that all is well, and it is not:
     *     what was appended before must not be called safe any more
     */
    public boolean force() {
        return closed || writer.force();
    }

    private void forceCursor() {
        if (limits.fsync()) {
            try {
                cursor.force();
            } catch (IOException e) {
                failure.failed("fsync of the cursor", e);
            }
        }
    }

    /** Whether something was appended since the last {@link #force}. */
    public boolean isDirty() {
        return writer.isDirty();
    }

    /** Lets go of the files; {@link #held} and {@link #settled} still answer. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        reader.stop();
        if (limits.fsync()) {
            force();
        }
        closed = true;
        segments.closeCurrent();
        forceCursor();
        cursor.close();
        store.close();
    }
}
