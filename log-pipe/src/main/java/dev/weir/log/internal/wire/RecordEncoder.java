// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes one OTLP {@code LogRecord}, framed as the field {@code log_records} of {@code ScopeLogs}, into an array of its own.
 * One thread at a time. Allocates nothing once its array has grown to the size of the records.
 *
 * <p>Bounds: {@link RecordLimits}; longer texts are cut at a character boundary, attributes beyond the limit or beyond the
 * record's size are counted in {@code dropped_attributes_count}. Each key is in the record once.
 *
 * <p>Call {@link #start}, then what there is to write in any order, then {@link #finish}; the framed bytes are
 * {@link #bytes()} from {@link #offset()}, {@link #length()} of them.
 */
public final class RecordEncoder {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle BIG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    // Field numbers and wire types of opentelemetry.proto.logs.v1.LogRecord.
    private static final int TIME = 1 << 3 | 1;
    private static final int SEVERITY_NUMBER = 2 << 3;
    private static final int SEVERITY_TEXT = 3 << 3 | 2;
    private static final int BODY = 5 << 3 | 2;
    private static final int ATTRIBUTES = 6 << 3 | 2;
    private static final int DROPPED_ATTRIBUTES = 7 << 3;
    private static final int FLAGS = 8 << 3 | 5;
    private static final int TRACE_ID = 9 << 3 | 2;
    private static final int SPAN_ID = 10 << 3 | 2;
    private static final int OBSERVED_TIME = 11 << 3 | 1;
    private static final int EVENT_NAME = 12 << 3 | 2;
    private static final int LOG_RECORDS = 2 << 3 | 2;
    // Of KeyValue.
    private static final int KEY = 1 << 3 | 2;
    private static final int VALUE = 2 << 3 | 2;

    /** Room before the record for its own tag and length. */
    private static final int PREFIX = 8;
    /** What the fixed fields and the count of dropped attributes may take after everything else. */
    private static final int SLACK = 96;
    /** The numbers that OpenTelemetry has for severities, and 0 for none. */
    private static final int SEVERITIES = 25;

    private final RecordLimits limits;
    private final CRC32C crc = new CRC32C();
    private final AsciiCopier ascii = new AsciiCopier();
    private byte[] bytes;
    private int at;
    private int start;
    private int attributes;
    /** Where each attribute begins. */
    private int[] starts = new int[8];
    /** A bit for each length and end of a key that there was: most keys are not there yet, and this says so at once. */
    private long present;

    private long bit;
    /** Number of the attribute that the one being written replaces, or -1. */
    private int replaced;

    /** An attribute is being taken out: where the others are is not known. */
    private boolean moving;

    private boolean yields;
    private int droppedAttributes;
    private final @Nullable String[] severityTexts = new String[SEVERITIES];
    private final byte[][] severityFields = new byte[SEVERITIES][];

    /** Whose attribute {@link #threadField} is: records of one thread have one name. */
    private @Nullable String threadName;

    private byte[] threadField = {};
    private long threadBit;

    public RecordEncoder(RecordLimits limits) {
        this.limits = limits;
        this.bytes = new byte[1024];
    }

    public RecordLimits limits() {
        return limits;
    }

    /** Begins a record. */
    public void start(long epochNanos, long observedNanos, int severity, String severityText) {
        at = PREFIX;
        attributes = 0;
        present = 0;
        moving = false;
        yields = false;
        droppedAttributes = 0;
        fixed64(TIME, epochNanos);
        fixed64(OBSERVED_TIME, observedNanos);
        if (severity >= 0 && severity < SEVERITIES && severityText == severityTexts[severity]) {
            byte[] fields = severityFields[severity];
            System.arraycopy(fields, 0, bytes, at, fields.length);
            at += fields.length;
        } else {
            severity(severity, severityText);
        }
    }

    /** Most records have one of few severities and texts: their fields are kept, the first text of each. */
    private void severity(int severity, String severityText) {
        int from = at;
        if (severity != 0) {
            bytes[at++] = SEVERITY_NUMBER;
            bytes[at++] = (byte) severity;
        }
        if (!severityText.isEmpty()) {
            text(SEVERITY_TEXT, severityText, 32);
        }
        if (severity >= 0 && severity < SEVERITIES && severityTexts[severity] == null) {
            severityTexts[severity] = severityText;
            severityFields[severity] = Arrays.copyOfRange(bytes, from, at);
        }
    }

    /** The ids of the span that the record belongs to. */
    public void ids(long traceIdHigh, long traceIdLow, long spanId, int flags) {
        ensure(40);
        byte[] b = bytes;
        if ((traceIdHigh | traceIdLow) != 0) {
            b[at] = TRACE_ID;
            b[at + 1] = 16;
            BIG.set(b, at + 2, traceIdHigh);
            BIG.set(b, at + 10, traceIdLow);
            at += 18;
        }
        if (spanId != 0) {
            b[at] = SPAN_ID;
            b[at + 1] = 8;
            BIG.set(b, at + 2, spanId);
            at += 10;
        }
        if (flags != 0) {
            b[at] = FLAGS;
            INTS.set(b, at + 1, flags);
            at += 5;
        }
    }

    public void body(CharSequence text) {
        int limit = Math.min(limits.body(), room() - 12);
        if (limit < 0) {
            return;
        }
        anyText(BODY, text, text.length(), limit);
    }

    /**
     * The body as an encoded value.
     *
     * @return false when it is longer than a body may be; then there is none
     */
    public boolean body(AnyValues value) {
        if (value.isCut() || value.length() > Math.min(limits.body(), room() - 12)) {
            return false;
        }
        encoded(BODY, value);
        return true;
    }

    /** An attribute as an encoded value; what is missing from it counts as one dropped attribute. */
    public void attribute(String key, AnyValues value) {
        int undo = beginAttribute(key);
        if (undo >= 0) {
            if (value.length() > room() - 16) {
                cancelAttribute(undo);
            } else {
                encoded(VALUE, value);
                droppedAttributes += value.isCut() ? 1 : 0;
                endAttribute(undo);
            }
        }
    }

    private void encoded(int tag, AnyValues value) {
        int length = value.length();
        ensure(length + 8);
        bytes[at++] = (byte) tag;
        varint(length);
        System.arraycopy(value.bytes(), 0, bytes, at, length);
        at += length;
    }

    public void eventName(CharSequence name) {
        if (room() > limits.key() + 8) {
            text(EVENT_NAME, name, limits.key());
        }
    }

    public void attribute(String key, CharSequence value) {
        attribute(key, value, limits.value());
    }

    private void attribute(String key, CharSequence value, int valueLimit) {
        int undo = beginAttribute(key);
        if (undo >= 0) {
            int limit = Math.min(valueLimit, room() - 16);
            if (limit < 0) {
                cancelAttribute(undo);
            } else {
                anyText(VALUE, value, Utf8.end(value, limits.valueChars()), limit);
                endAttribute(undo);
            }
        }
    }

    /** The text of a stack trace, with the limit that belongs to it; it yields. */
    public void stackTrace(CharSequence text) {
        yields = true;
        try {
            attribute("exception.stacktrace", text, limits.stackTrace());
        } finally {
            yields = false;
        }
    }

    public void attribute(String key, long value) {
        int undo = beginAttribute(key);
        if (undo >= 0) {
            int length = 1 + varintSize(value);
            bytes[at++] = VALUE;
            bytes[at++] = (byte) length;
            bytes[at++] = 3 << 3;
            varint(value);
            endAttribute(undo);
        }
    }

    public void attribute(String key, double value) {
        int undo = beginAttribute(key);
        if (undo >= 0) {
            bytes[at++] = VALUE;
            bytes[at++] = 9;
            bytes[at++] = 4 << 3 | 1;
            LONGS.set(bytes, at, Double.doubleToRawLongBits(value));
            at += 8;
            endAttribute(undo);
        }
    }

    public void attribute(String key, boolean value) {
        int undo = beginAttribute(key);
        if (undo >= 0) {
            bytes[at++] = VALUE;
            bytes[at++] = 2;
            bytes[at++] = 2 << 3;
            bytes[at++] = (byte) (value ? 1 : 0);
            endAttribute(undo);
        }
    }

    /**
     * Whether attributes from now on are left out when there is one with the same key; otherwise they take its place. Until the
     * next {@link #start}.
     */
    public void yields(boolean now) {
        yields = now;
    }

    /** The attribute {@code thread.name}, which yields; the bytes of the last one are kept for the next record. */
    public void threadName(CharSequence name) {
        byte[] field = threadField;
        if (name == threadName
                && (present & threadBit) == 0
                && attributes < limits.attributes()
                && roomOfAttribute() >= field.length) {
            ensure(field.length);
            System.arraycopy(field, 0, bytes, at, field.length);
            attributeAt(at);
            present |= threadBit;
            at += field.length;
        } else {
            encodeThreadName(name);
        }
    }

    private void encodeThreadName(CharSequence name) {
        int from = at;
        int before = attributes;
        boolean whole = roomOfAttribute() >= 3L * name.length();
        yields = true;
        try {
            attribute("thread.name", name);
        } finally {
            yields = false;
        }
        if (whole && attributes > before && name instanceof String text) {
            threadName = null;
            threadField = Arrays.copyOfRange(bytes, from, at);
            threadBit = bit;
            threadName = text;
        }
    }

    /** Attributes that the producer itself had left out. */
    public void droppedAttributes(int more) {
        droppedAttributes += more;
    }

    /**
     * Ends the record.
     *
     * @return whether it is within the limit of a record
     * @throws IllegalStateException when an error left the record in pieces
     */
    public boolean finish() {
        if (moving) {
            throw new IllegalStateException("an attribute was half taken out");
        }
        if (droppedAttributes != 0) {
            ensure(16);
            bytes[at++] = DROPPED_ATTRIBUTES;
            varint(droppedAttributes);
        }
        int length = at - PREFIX;
        start = PREFIX - 1 - varintSize(length);
        bytes[start] = LOG_RECORDS;
        int end = at;
        at = start + 1;
        varint(length);
        at = end;
        return length <= limits.record();
    }

    public byte[] bytes() {
        return bytes;
    }

    public int offset() {
        return start;
    }

    public int length() {
        return at - start;
    }

    /** The checksum of the framed bytes, mixed with {@code seed}. */
    public int checksum(int seed) {
        crc.reset();
        crc.update(bytes, start, at - start);
        return (int) crc.getValue() ^ seed;
    }

    /** Where the next field goes, for {@link #undo}. */
    public int position() {
        return at;
    }

    /** Takes back what was written since {@code position}: a field whose text failed while it was read. */
    public void undo(int position) {
        at = position;
        while (attributes > 0 && starts[attributes - 1] >= position) {
            attributes--;
        }
    }

    private int room() {
        return limits.record() - SLACK - (at - PREFIX);
    }

    /** What is left when an attribute has the longest key. */
    private int roomOfAttribute() {
        return room() - limits.key() - 40;
    }

    /**
     * Writes tag, a length to be filled in and the key; returns where to undo to, or -1 when there is no room or when it yields to
     * one that is there.
     */
    private int beginAttribute(String key) {
        if (roomOfAttribute() < 0) {
            droppedAttributes++;
            return -1;
        }
        ensure(limits.key() + 48);
        int undo = at;
        bytes[at] = ATTRIBUTES;
        at += 4;
        text(KEY, key, limits.key());
        replaced = find(undo + 5);
        if (replaced < 0 && attributes >= limits.attributes()) {
            cancelAttribute(undo);
            return -1;
        }
        if (replaced >= 0 && yields) {
            at = undo;
            return -1;
        }
        return undo;
    }

    /** The attribute whose key is the one that was just written, with its length, from {@code from}; -1 when there is none. */
    private int find(int from) {
        byte[] b = bytes;
        int last = at - 1 - from;
        bit = 1L << 7 * b[from] + b[from + last];
        if ((present & bit) == 0) {
            return -1;
        }
        for (int i = attributes - 1; i >= 0; i--) {
            int key = starts[i] + 1;
            while (b[key] < 0) {
                key++;
            }
            key += 2;
            if (b[key] == b[from]
                    && b[key + last] == b[from + last]
                    && Arrays.equals(b, key, key + last, b, from, from + last)) {
                return i;
            }
        }
        return -1;
    }

    private void endAttribute(int undo) {
        int from = undo + 4;
        int length = at - from;
        int size = varintSize(length);
        if (size < 3) {
            System.arraycopy(bytes, from, bytes, undo + 1 + size, length);
        }
        at = undo + 1;
        varint(length);
        at += length;
        attributeAt(undo);
        present |= bit;
        if (replaced >= 0) {
            remove(replaced);
        }
    }

    private void attributeAt(int start) {
        if (attributes == starts.length) {
            starts = Arrays.copyOf(starts, 2 * attributes);
        }
        starts[attributes++] = start;
    }

    /** Nothing may follow it that can fail: {@link #undo} does not undo it. */
    private void remove(int attribute) {
        int from = starts[attribute];
        int end = from + 1;
        int length = 0;
        int shift = 0;
        do {
            length |= (bytes[end] & 0x7f) << shift;
            shift += 7;
        } while (bytes[end++] < 0);
        end += length;
        moving = true;
        System.arraycopy(bytes, end, bytes, from, at - end);
        at -= end - from;
        attributes--;
        for (int i = attribute; i < attributes; i++) {
            starts[i] = starts[i + 1] - (end - from);
        }
        moving = false;
    }

    private void cancelAttribute(int undo) {
        at = undo;
        droppedAttributes++;
    }

    /** A field that holds an AnyValue that holds a text. */
    private void anyText(int tag, CharSequence text, int length, int limit) {
        int most = (int) Math.min(limit, length * 3L);
        ensure(most + 12);
        byte[] b = bytes;
        int from = at;
        // Right for ASCII, where a character is a byte; else the text is moved once its length is known.
        int guess = Math.min(length, most);
        int valueAt = from + 2 + varintSize(1 + varintSize(guess) + guess) + varintSize(guess);
        int written = write(text, length, b, valueAt, most);
        int inner = 1 + varintSize(written) + written;
        int exact = from + 1 + varintSize(inner) + 1 + varintSize(written);
        if (exact != valueAt) {
            System.arraycopy(b, valueAt, b, exact, written);
        }
        b[at++] = (byte) tag;
        varint(inner);
        b[at++] = 1 << 3 | 2;
        varint(written);
        at += written;
    }

    private void text(int tag, CharSequence text, int limit) {
        int length = text.length();
        int most = (int) Math.min(limit, length * 3L);
        ensure(most + 6);
        int from = at;
        int guess = varintSize(Math.min(length, most));
        int written = write(text, length, bytes, from + 1 + guess, most);
        int size = varintSize(written);
        if (size != guess) {
            System.arraycopy(bytes, from + 1 + guess, bytes, from + 1 + size, written);
        }
        bytes[at++] = (byte) tag;
        varint(written);
        at += written;
    }

    private int write(CharSequence text, int length, byte[] target, int offset, int limit) {
        return text instanceof String string && length <= limit && ascii.copy(string, length, target, offset)
                ? length
                : Utf8.write(text, length, target, offset, limit);
    }

    private void fixed64(int tag, long value) {
        bytes[at] = (byte) tag;
        LONGS.set(bytes, at + 1, value);
        at += 9;
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[at++] = (byte) (rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        bytes[at++] = (byte) rest;
    }

    /** How many bytes {@code value} takes as a protobuf varint. */
    public static int varintSize(long value) {
        return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
    }

    private void ensure(int more) {
        if (at + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, at + more + 64));
        }
    }
}
