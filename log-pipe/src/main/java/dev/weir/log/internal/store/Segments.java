// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import dev.weir.core.DropReason;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The segments of a journal, oldest first, and the bounds on them. Bounds are kept by counting real bytes of whole
 * segments, before a segment is begun; they hold across restarts. The disk's thread, except {@link #held},
 * {@link #gone} and {@link #usedBytes}.
 */
final class Segments {

    static final long NONE = Long.MIN_VALUE;

    private final LogStore store;
    private final JournalLimits limits;
    private final LossListener losses;
    private final JournalFailure failure;
    private final ArrayDeque<Segment> all;

    private final AtomicLong held = new AtomicLong();
    private final AtomicLong gone = new AtomicLong();
    private final AtomicLong usedBytes = new AtomicLong();
    /** About how many bytes wait to be handed out. */
    private long unreadBytes;

    /** Reads the segments. */
    interface Reader {

        /** Whether it reads {@code segment} now. */
        boolean reads(Segment segment);

        /** Lets go of the segment that it reads. */
        void stop();
    }

    private @Nullable Segment current;
    private @Nullable Reader reader;
    private Neighbours neighbours = Neighbours.NONE;

    Segments(
            LogStore store,
            JournalLimits limits,
            LossListener losses,
            JournalFailure failure,
            ArrayDeque<Segment> recovered) {
        this.store = store;
        this.limits = limits;
        this.losses = losses;
        this.failure = failure;
        this.all = recovered;
        for (Segment segment : all) {
            held.addAndGet(segment.left());
            unreadBytes += segment.bytes;
        }
        measure();
    }

    /** The others that use a part of the same disk space. */
    void sharesRoomWith(Neighbours neighbours) {
        this.neighbours = neighbours;
    }

    /** Sets the reader that must let go of a segment that is dropped. */
    void readBy(Reader reader) {
        this.reader = reader;
    }

    Iterable<Segment> oldestFirst() {
        return all;
    }

    Iterator<Segment> newestFirst() {
        return all.descendingIterator();
    }

    @Nullable
    Segment newest() {
        return all.peekLast();
    }

    int count() {
        return all.size();
    }

    /** The one that is appended to; the last, if any. */
    @Nullable
    Segment current() {
        return current;
    }

    long held() {
        return held.get();
    }

    long gone() {
        return gone.get();
    }

    long usedBytes() {
        return usedBytes.get();
    }

    long unreadBytes() {
        return unreadBytes;
    }

    void begun(Segment segment) {
        all.addLast(segment);
        current = segment;
        measure();
    }

    void appended(int bytes, int records) {
        unreadBytes += bytes;
        held.addAndGet(records);
        usedBytes.addAndGet(bytes);
    }

    void handedOut(int bytes) {
        unreadBytes = Math.max(0, unreadBytes - bytes);
    }

    /** What was handed out in {@code range} was answered, or is elsewhere. */
    void answered(RecordRange range) {
        for (Segment segment : all) {
            if (segment.number == range.from().segment()) {
                segment.inHand -= range.records();
                return;
            }
        }
    }

    void settled(long records) {
        held.addAndGet(-records);
        gone.addAndGet(records);
    }

    void moved(long records) {
        held.addAndGet(-records);
    }

    /** Nothing is appended to the current one any more. */
    void closeCurrent() {
        Segment segment = current;
        if (segment != null) {
            segment.realBytes = store.bytes(segment.number);
            current = null;
        }
    }

    /** Makes room for {@code need} bytes within the bounds, if the policy allows it. */
    boolean makeRoom(long need) {
        measure();
        while (usedBytes.get() + neighbours.bytes() + need > limits.maxBytes()) {
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
            failure.failed("asking for free space", e);
            return false;
        }
        return true;
    }

    private boolean giveWay(String bound) {
        failure.reached(bound);
        return limits.dropOldest() && (neighbours.dropOldest(DropReason.DISK_FULL) || dropOldest(DropReason.DISK_FULL));
    }

    /** The oldest of which no batch is given out: a batch without an answer is given out again after a restart. */
    boolean dropOldest(DropReason reason) {
        for (Segment segment : all) {
            if (segment != current && segment.inHand == 0) {
                drop(segment, reason);
                return true;
            }
        }
        return false;
    }

    private void drop(Segment segment, DropReason reason) {
        if (reader != null && reader.reads(segment)) {
            reader.stop();
        }
        lose(segment, reason);
        remove(segment);
    }

    void loseAll(DropReason reason) {
        current = null;
        for (Segment segment : all) {
            lose(segment, reason);
        }
    }

    /** As {@link #loseAll}, when no more answers will come. */
    void abandon(DropReason reason) {
        loseAll(reason);
        long inHand = held.get();
        losses.lost(reason, inHand, new long[Entry.CLASSES]);
        settled(inHand);
    }

    /** When the oldest segment that has something to hand out was begun; {@link #NONE} when none has. */
    long oldestUnread() {
        for (Segment segment : all) {
            if (segment.left() > 0) {
                return segment.createdNanos == NONE ? NONE + 1 : segment.createdNanos;
            }
        }
        return NONE;
    }

    /** Drops segments whose newest record is older than the limit, and of which no batch is given out. */
    void dropOlderThan(long now) {
        Segment oldest = all.peekFirst();
        if (oldest == null || now - oldest.lastNanos <= limits.maxAgeNanos()) {
            return;
        }
        for (Segment segment : List.copyOf(all)) {
            if (segment != current && segment.inHand == 0 && now - segment.lastNanos > limits.maxAgeNanos()) {
                drop(segment, DropReason.AGED);
            }
        }
    }

    /** What of {@code segment} was not handed out is lost. */
    void lose(Segment segment, DropReason reason) {
        if (segment.left() > 0) {
            losses.lost(reason, segment.left(), segment.leftBySeverity());
            settled(segment.left());
            segment.given = segment.records;
        }
    }

    /**
     * The next entry of {@code segment} has {@code records} and says that {@code before} precede it: what was not found
     * is lost.
     */
    void skipDamage(Segment segment, long before, int records) {
        long missing = Math.min(before, segment.records - records) - segment.given;
        if (missing > 0) {
            losses.lost(DropReason.CORRUPTED, missing, new long[Entry.CLASSES]);
            settled(missing);
            segment.given += missing;
        }
    }

    /** Everything before {@code until} is settled. */
    void forgetUntil(RecordPosition until) {
        for (Segment oldest = all.peekFirst();
                oldest != null
                        && oldest != current
                        && (reader == null || !reader.reads(oldest))
                        && oldest.number <= until.segment();
                oldest = all.peekFirst()) {
            if (oldest.number == until.segment() && (oldest.left() > 0 || until.records() < oldest.records)) {
                break;
            }
            remove(oldest);
        }
    }

    /**
     * The oldest segments go of which nothing is left to hand out or to be answered: a restart would count their damage
     * again.
     */
    void removeOver() {
        for (Segment oldest = all.peekFirst();
                oldest != null && oldest != current && oldest.left() == 0 && oldest.inHand == 0;
                oldest = all.peekFirst()) {
            if (reader != null && reader.reads(oldest)) {
                break;
            }
            remove(oldest);
        }
    }

    private void remove(Segment segment) {
        all.remove(segment);
        try {
            store.delete(segment.number);
        } catch (IOException e) {
            failure.failed("deleting a segment", e);
        }
        measure();
    }

    private void measure() {
        long sum = 0;
        long unread = 0;
        for (Segment segment : all) {
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
}
