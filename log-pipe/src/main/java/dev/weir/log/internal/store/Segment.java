// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

/** What the journal knows of one segment. Counts are records. The disk's thread only. */
final class Segment {

    final long number;
    final long runId;
    final byte[] resource;
    /** When it was begun and last appended to, on the monotonic clock of this run. */
    final long createdNanos;

    long lastNanos;
    /** Bytes of entries. */
    long bytes;
    /** Bytes on the medium, known once it is no longer appended to. */
    long realBytes;
    /** Where the last entry's records end in the ring of its run. */
    long until;

    /** Damaged places that the start or a reader found. */
    long damaged;

    long records;
    final long[] bySeverity = new long[Entry.CLASSES];
    /** How much of that was handed out. */
    long given;

    /** How much of that was not answered yet. */
    long inHand;

    final long[] givenBySeverity = new long[Entry.CLASSES];
    /**
     * Where reading begins: an earlier run had settled what is before, and {@link #startInside} records of the entry
     * there.
     */
    long startAt;

    int startInside;

    Segment(long number, long runId, byte[] resource, long createdNanos) {
        this.number = number;
        this.runId = runId;
        this.resource = resource;
        this.createdNanos = createdNanos;
        this.lastNanos = createdNanos;
    }

    long left() {
        return records - given;
    }

    /** All 0 when it is not known: of what damage took before, the severities are not. */
    long[] leftBySeverity() {
        long[] left = new long[Entry.CLASSES];
        long sum = 0;
        for (int i = 0; i < left.length; i++) {
            left[i] = bySeverity[i] - givenBySeverity[i];
            sum += left[i];
        }
        return sum > left() ? new long[Entry.CLASSES] : left;
    }
}
