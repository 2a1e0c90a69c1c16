// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import dev.weir.log.internal.wire.ScopeLogsCursor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The layout of an entry: one encoded batch of records, or the head of a segment. Little endian.
 *
 * <pre>
 *  0       4        8       12  13  14      16       20       24               32        44       48
 *  +-------+--------+--------+---+---+-------+--------+--------+----------------+---------+--------+----------+
 *  | magic | length | crc32c |typ|sig|   0   | records|segment | until          | 6 × u16 | before | payload …|
 *  +-------+--------+--------+---+---+-------+--------+--------+----------------+---------+--------+----------+
 * </pre>
 *
 * {@code length} is that of the payload; the checksum covers everything behind itself. {@code until} is the position in the
 * ring of {@code segment}'s run behind the last record of this entry. The six numbers count the records of each severity,
 * trace to fatal. {@code before} counts the records of the segment that precede this entry: a reader knows from it how many
 * were lost where it had to skip something.
 */
public final class Entry {

    public static final int HEADER = 48;
    static final int MAGIC = 0x52494557;

    /** The first entry of a segment. */
    public static final int SEGMENT_HEAD = 1;
    /** Fields {@code scope_logs} of a {@code ResourceLogs}; the resource is in the head of the segment. */
    public static final int SCOPE_LOGS = 2;
    /** The complete body of an export request. */
    public static final int REQUEST = 3;

    /** The largest entry that any store must take. */
    public static final int MAX_BYTES = 16 << 20;

    /** Severity classes. */
    public static final int CLASSES = 6;

    private static final int SEGMENT = 20;
    private static final int BEFORE = 44;
    private static final int CHECKED_FROM = 12;
    private static final int SLICE = 1024;
    /** An entry whose severities were not counted has no more records. */
    private static final int LIKELY_RECORDS = 1 << 16;

    private Entry() {}

    /**
     * Fills in everything but the payload, which lies behind the header, and the counts.
     *
     * @param before the records of the segment that precede it
     */
    static void seal(ByteBuffer entry, int type, int signal, int records, long segment, long before, long until) {
        entry.order(ByteOrder.LITTLE_ENDIAN);
        entry.putInt(0, MAGIC);
        entry.putInt(4, entry.limit() - HEADER);
        entry.put(12, (byte) type);
        entry.put(13, (byte) signal);
        entry.putShort(14, (short) 0);
        entry.putInt(16, records);
        entry.putInt(SEGMENT, (int) segment);
        entry.putLong(24, until);
        entry.putInt(BEFORE, (int) before);
        entry.putInt(8, checksum(entry, entry.limit()));
    }

    /** Whether a whole, undamaged entry of {@code segment} begins at 0 and ends at the limit. */
    static boolean isValid(ByteBuffer entry, long segment) {
        return entry.limit() >= HEADER
                && entry.getInt(0) == MAGIC
                && entry.getInt(4) == entry.limit() - HEADER
                && isOf(entry, segment)
                && entry.getInt(8) == checksum(entry, entry.limit());
    }

    /**
     * Whether the checksum proves that an entry of {@code segment} begins at 0 and ends at the limit. Its magic and its length,
     * which the checksum does not cover, are right then.
     */
    static boolean restore(ByteBuffer entry, long segment) {
        if (entry.limit() < HEADER || !isOf(entry, segment) || entry.getInt(8) != checksum(entry, entry.limit())) {
            return false;
        }
        entry.putInt(0, MAGIC).putInt(4, entry.limit() - HEADER);
        return true;
    }

    /** Whether what begins at 0 says that it belongs to {@code segment}. */
    static boolean isOf(ByteBuffer entry, long segment) {
        return isOf(entry, 0, segment);
    }

    static boolean isOf(ByteBuffer bytes, int at, long segment) {
        return bytes.getInt(at + SEGMENT) == (int) segment;
    }

    /** Whether the first bytes, fewer than 5, are those of a magic. */
    static boolean beginsLikeOne(ByteBuffer bytes) {
        for (int i = 0; i < bytes.limit(); i++) {
            if (bytes.get(i) != (byte) (MAGIC >>> 8 * i)) {
                return false;
            }
        }
        return true;
    }

    /**
     * In slices: the JDK's fast version of the checksum is used from compiled code only, and a method that is called once for
     * 128 KB stays interpreted for long (measured: 0.7 instead of 10 GB/s).
     */
    private static int checksum(ByteBuffer entry, int limit) {
        CRC32C crc = new CRC32C();
        int position = entry.position();
        for (int at = CHECKED_FROM; at < limit; at += SLICE) {
            crc.update(entry.limit(Math.min(limit, at + SLICE)).position(at));
        }
        entry.limit(limit).position(position);
        return (int) crc.getValue();
    }

    public static int type(ByteBuffer entry) {
        return entry.get(12);
    }

    public static int signal(ByteBuffer entry) {
        return entry.get(13);
    }

    public static int records(ByteBuffer entry) {
        return entry.getInt(16);
    }

    /** The records of the segment that precede this entry; 0 in entries of earlier versions. */
    static long before(ByteBuffer entry) {
        return Integer.toUnsignedLong(entry.getInt(BEFORE));
    }

    /** How many records a damaged entry had: what its header says where that can be true, else 1. */
    static long likelyRecords(ByteBuffer header) {
        int records = records(header);
        int counted = 0;
        for (int i = 0; i < CLASSES; i++) {
            counted += count(header, i);
        }
        boolean likely = counted == records || (counted == 0 && records > 0 && records <= LIKELY_RECORDS);
        return likely ? records : 1;
    }

    public static long until(ByteBuffer entry) {
        return entry.getLong(24);
    }

    public static int count(ByteBuffer entry, int severityClass) {
        return entry.getShort(32 + 2 * severityClass) & 0xffff;
    }

    public static void count(ByteBuffer entry, int severityClass, int records) {
        entry.putShort(32 + 2 * severityClass, (short) records);
    }

    /** Trace 0 … fatal 5; a record without a severity counts as info. */
    public static int severityClass(int severity) {
        return severity < 1 || severity > 24 ? 2 : (severity - 1) / 4;
    }

    /** An entry of {@link #SCOPE_LOGS} without its first {@code records}, fewer than it has; unsealed. */
    static ByteBuffer behind(ByteBuffer entry, int records) {
        ScopeLogsCursor cursor = new ScopeLogsCursor(entry, HEADER, entry.limit());
        int[] left = new int[CLASSES];
        for (int i = 0; i < CLASSES; i++) {
            left[i] = count(entry, i);
        }
        for (int i = 0; cursor.next() && i < records; i++) {
            left[severityClass(cursor.severity())]--;
        }
        ByteBuffer rest = cursor.behind();
        ByteBuffer cut = ByteBuffer.allocate(HEADER + rest.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        cut.put(0, entry, 0, HEADER).put(HEADER, rest, 0, rest.remaining());
        cut.putInt(4, rest.remaining()).putInt(16, records(entry) - records);
        for (int i = 0; i < CLASSES; i++) {
            count(cut, i, Math.max(0, left[i]));
        }
        return cut;
    }

    public static int payloadLength(ByteBuffer entry) {
        return entry.getInt(4);
    }
}
