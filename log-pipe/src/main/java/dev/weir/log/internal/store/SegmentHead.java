// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The payload of the first entry of a segment: whose records it holds, and how many the segment before it came to, so that a
 * restart counts them without reading them.
 *
 * @param runId the run that wrote the records
 * @param createdEpochNanos wall time
 * @param previous the number of the segment before, or -1
 * @param previousRecords its records
 * @param previousUntil its last entry's end in the ring
 * @param previousBySeverity its records of each severity class
 * @param resource the encoded {@code Resource} of the run
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record SegmentHead(
        long runId,
        long createdEpochNanos,
        long previous,
        long previousRecords,
        long previousUntil,
        long[] previousBySeverity,
        byte[] resource) {

    private static final int FIXED = 5 * 8 + Entry.CLASSES * 8;

    /** The entry, unsealed. */
    ByteBuffer toEntry() {
        ByteBuffer entry =
                ByteBuffer.allocate(Entry.HEADER + FIXED + resource.length).order(ByteOrder.LITTLE_ENDIAN);
        entry.position(Entry.HEADER);
        entry.putLong(runId)
                .putLong(createdEpochNanos)
                .putLong(previous)
                .putLong(previousRecords)
                .putLong(previousUntil);
        for (long records : previousBySeverity) {
            entry.putLong(records);
        }
        entry.put(resource).flip();
        return entry;
    }

    static @Nullable SegmentHead of(@Nullable ByteBuffer entry) {
        if (entry == null || Entry.type(entry) != Entry.SEGMENT_HEAD || Entry.payloadLength(entry) < FIXED) {
            return null;
        }
        ByteBuffer in = entry.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(Entry.HEADER);
        long runId = in.getLong();
        long created = in.getLong();
        long previous = in.getLong();
        long records = in.getLong();
        long until = in.getLong();
        long[] bySeverity = new long[Entry.CLASSES];
        for (int i = 0; i < bySeverity.length; i++) {
            bySeverity[i] = in.getLong();
        }
        byte[] resource = new byte[in.remaining()];
        in.get(resource);
        return new SegmentHead(runId, created, previous, records, until, bySeverity, resource);
    }
}
