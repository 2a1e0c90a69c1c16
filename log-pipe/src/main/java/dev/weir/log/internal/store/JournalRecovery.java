// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import dev.weir.core.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a start finds in a store. Bounded work: the head of each segment, and all entries only of those whose successor does
 * not say what they came to (the last one, as a rule).
 *
 * @param segments those with something unsettled, oldest first
 * @param lastNumber the highest number that was found
 * @param damaged places that were not whole
 * @param corruptedRecords records in segments that could not be read at all and were set aside, as far as their successors know
 */
record JournalRecovery(ArrayDeque<Segment> segments, long lastNumber, long damaged, long corruptedRecords) {

    static JournalRecovery of(LogStore store, Cursor cursor, Ticker ticker) throws IOException {
        long[] numbers = store.segments();
        long lastNumber = Math.max(cursor.segment, numbers.length == 0 ? 0 : numbers[numbers.length - 1]);
        ArrayDeque<Segment> segments = new ArrayDeque<>();
        long damaged = 0;
        long corruptedRecords = 0;
        Segment previous = null;
        for (int i = 0; i < numbers.length; i++) {
            long number = numbers[i];
            if (number < cursor.segment) {
                store.delete(number);
                continue;
            }
            SegmentHead next = i + 1 < numbers.length ? successor(store, numbers[i + 1]) : null;
            long expected = 0;
            boolean known = false;
            if (next != null && next.previous() == number) {
                known = true;
                expected = Math.max(0, next.previousRecords() - (number == cursor.segment ? cursor.records : 0));
            }
            boolean nothing = false;
            try (SegmentReader reader = store.read(number)) {
                ByteBuffer first = reader.next();
                if (first != null) {
                    Segment segment = segment(store, number, SegmentHead.of(first), next, previous, ticker);
                    damaged += segment.damaged;
                    if (number == cursor.segment) {
                        skip(store, segment, cursor);
                    }
                    previous = segment;
                    segments.addLast(segment);
                    continue;
                }
                nothing = reader.damaged() == 0;
                expected = known ? expected : reader.lostAtEnd();
            } catch (IOException unreadable) {
                nothing = false;
            }
            corruptedRecords += expected;
            damaged += !nothing || expected > 0 ? 1 : 0;
            if (nothing) {
                // A kill left it that struck while it was made, unless its successor knows better.
                store.delete(number);
            } else {
                setAside(store, number);
            }
        }
        // A settled segment is kept only while it shows what the store has of its run's ring.
        while (segments.size() > 1 && segments.getFirst().left() == 0) {
            store.delete(segments.removeFirst().number);
        }
        return new JournalRecovery(segments, lastNumber, damaged, corruptedRecords);
    }

    private static void setAside(LogStore store, long number) {
        try {
            store.quarantine(number);
        } catch (IOException staysWhereItIs) {
            // The next start finds it again.
        }
    }

    private static Segment segment(
            LogStore store,
            long number,
            @Nullable SegmentHead head,
            @Nullable SegmentHead next,
            @Nullable Segment previous,
            Ticker ticker)
            throws IOException {
        long now = ticker.nanoTime();
        long wallNow = ticker.epochNanos();
        long age = head == null ? 0 : Math.max(0, wallNow - head.createdEpochNanos());
        byte[] resource = head != null ? head.resource() : resourceOfNeighbour(previous, next);
        Segment segment = new Segment(number, head == null ? 0 : head.runId(), resource, now - age);
        segment.lastNanos = next == null ? now : now - Math.max(0, wallNow - next.createdEpochNanos());
        if (next != null && next.previous() == number) {
            segment.records = next.previousRecords();
            segment.until = next.previousUntil();
            System.arraycopy(next.previousBySeverity(), 0, segment.bySeverity, 0, Entry.CLASSES);
            segment.bytes = store.bytes(number);
        } else {
            segment.damaged = scan(store, segment);
        }
        return segment;
    }

    /** Where the head is damaged. */
    private static byte[] resourceOfNeighbour(@Nullable Segment previous, @Nullable SegmentHead next) {
        if (previous != null) {
            return previous.resource;
        }
        return next != null ? next.resource() : new byte[0];
    }

    private static @Nullable SegmentHead successor(LogStore store, long number) {
        try {
            return head(store, number);
        } catch (IOException itsOwnTurnComes) {
            return null;
        }
    }

    private static @Nullable SegmentHead head(LogStore store, long number) throws IOException {
        try (SegmentReader reader = store.read(number)) {
            return SegmentHead.of(reader.next());
        }
    }

    private static long scan(LogStore store, Segment segment) throws IOException {
        segment.until = Long.MIN_VALUE;
        try (SegmentReader reader = store.read(segment.number)) {
            for (ByteBuffer entry = reader.next(); entry != null; entry = reader.next()) {
                segment.bytes += entry.limit();
                segment.records = Math.max(segment.records, Entry.before(entry)) + Entry.records(entry);
                if (Entry.type(entry) != Entry.SEGMENT_HEAD) {
                    segment.until = Entry.until(entry);
                }
                for (int i = 0; i < Entry.CLASSES; i++) {
                    segment.bySeverity[i] += Entry.count(entry, i);
                }
            }
            segment.records += reader.lostAtEnd();
            return reader.damaged();
        }
    }

    /**
     * Counts as handed out what lies before the cursor. One that points between two entries that are not there, or counts other
     * records than there are, is not believed: all of the segment is given out again.
     */
    private static void skip(LogStore store, Segment segment, Cursor cursor) throws IOException {
        long before = cursor.records - cursor.inside;
        try (SegmentReader reader = store.read(segment.number)) {
            long at = 0;
            long passed = 0;
            ByteBuffer entry = reader.next();
            for (; entry != null && reader.position() <= cursor.position; entry = reader.next()) {
                at = reader.position();
                passed = Math.max(passed, Entry.before(entry)) + Entry.records(entry);
                give(segment, entry, 1);
            }
            boolean there = at == cursor.position || entry == null || Entry.before(entry) == before;
            if (passed > before || !there) {
                Arrays.fill(segment.givenBySeverity, 0);
                return;
            }
            segment.given = Math.min(segment.records, cursor.records);
            segment.startAt = at;
            segment.startInside = cursor.inside;
            if (entry != null && cursor.inside > 0 && cursor.inside < Entry.records(entry)) {
                give(segment, entry, 1);
                give(segment, Entry.behind(entry, cursor.inside), -1);
            }
        }
    }

    private static void give(Segment segment, ByteBuffer entry, int times) {
        for (int i = 0; i < Entry.CLASSES; i++) {
            segment.givenBySeverity[i] += (long) times * Entry.count(entry, i);
        }
    }
}
