// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.wire;

import java.nio.ByteBuffer;

/**
 * Goes through the records of some {@code scope_logs} fields, as the pipe itself lays them out (the scope first, then
 * its records), and cuts between them. One thread; the bytes are not changed.
 */
public final class ScopeLogsCursor {

    private static final int SCOPE = 1 << 3 | 2;
    private static final int FIELD = 2 << 3 | 2;
    /** Behind the record's times, which are always there, comes its severity, if it has one. */
    private static final int SEVERITY_AT = 18;

    private static final int SEVERITY = 2 << 3;

    private final ByteBuffer bytes;
    private final int start;
    private final int end;

    private int scopeLogsStart;
    private int scopeStart;
    private int recordsStart;
    private int scopeLogsEnd;
    /** The field of the current record, and where its content begins. */
    private int at;

    private int content;
    private int next;
    private int index = -1;

    /** Before the first record of the bytes between two absolute positions. */
    public ScopeLogsCursor(ByteBuffer bytes, int start, int end) {
        this.bytes = bytes;
        this.start = start;
        this.end = end;
        this.scopeLogsEnd = start;
        this.next = start;
    }

    /** Goes to the next record; false when there is none. */
    public boolean next() {
        while (true) {
            if (next < scopeLogsEnd) {
                at = next;
                readField();
                if (bytes.get(at) == SCOPE) {
                    scopeStart = at;
                    recordsStart = next;
                    continue;
                }
                index++;
                return true;
            }
            if (scopeLogsEnd >= end) {
                return false;
            }
            scopeLogsStart = scopeLogsEnd;
            at = scopeLogsStart;
            readField();
            scopeLogsEnd = next;
            next = content;
            scopeStart = content;
            recordsStart = content;
        }
    }

    /** Sets {@link #content} and {@link #next} for the field at {@link #at}. */
    private void readField() {
        int length = 0;
        int position = at + 1;
        for (int shift = 0; ; shift += 7) {
            byte part = bytes.get(position++);
            length |= (part & 0x7f) << shift;
            if (part >= 0) {
                break;
            }
        }
        content = position;
        next = position + length;
    }

    /** How many records come before the current one. */
    public int index() {
        return index;
    }

    /** Where the current record begins. */
    public int position() {
        return at;
    }

    /** The number of the current record's severity; 0 when it has none. */
    public int severity() {
        int position = content + SEVERITY_AT;
        return position + 1 < next && bytes.get(position) == SEVERITY ? bytes.get(position + 1) : 0;
    }

    /** What comes before the current record, as fields of their own. */
    public ByteBuffer before() {
        return cut(start, scopeLogsStart, recordsStart, at, at, at);
    }

    /** The current record and what follows, as fields of their own. */
    public ByteBuffer behind() {
        return cut(scopeLogsStart, scopeLogsStart, at, scopeLogsEnd, scopeLogsEnd, end);
    }

    /** Whole fields, then a field of the current scope with some of its records, then whole fields. */
    private ByteBuffer cut(
            int wholeFrom, int wholeTo, int recordsFrom, int recordsTo, int moreWholeFrom, int moreWholeTo) {
        int scope = recordsStart - scopeStart;
        int records = recordsTo - recordsFrom;
        ByteBuffer cut =
                ByteBuffer.allocate(wholeTo - wholeFrom + 1 + 5 + scope + records + moreWholeTo - moreWholeFrom);
        put(cut, wholeFrom, wholeTo);
        if (records > 0) {
            cut.put((byte) FIELD);
            Varint.put(cut, scope + records);
            put(cut, scopeStart, recordsStart);
            put(cut, recordsFrom, recordsTo);
        }
        put(cut, moreWholeFrom, moreWholeTo);
        return cut.flip();
    }

    private void put(ByteBuffer target, int from, int to) {
        int length = to - from;
        target.put(target.position(), bytes, from, length).position(target.position() + length);
    }
}
