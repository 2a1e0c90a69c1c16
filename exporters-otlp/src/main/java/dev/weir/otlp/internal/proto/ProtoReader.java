// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.proto;

import java.nio.charset.StandardCharsets;

/**
 * Walks over the fields of a protobuf message in an array. Not thread-safe. Malformed input ends the walk:
 * {@link #next} returns false and {@link #malformed} true; nothing is thrown.
 */
public final class ProtoReader {

    private final byte[] bytes;
    private final int end;
    private int position;
    private int field;
    private int wireType;
    private long value;
    private int valueStart;
    private int fieldStart;
    private boolean malformed;

    public ProtoReader(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        this.position = from;
        this.end = to;
    }

    /** Goes to the next field; false at the end. */
    public boolean next() {
        if (malformed || position >= end) {
            return false;
        }
        fieldStart = position;
        long tag = varint();
        field = (int) (tag >>> 3);
        wireType = (int) tag & 7;
        switch (wireType) {
            case 0 -> {
                value = varint();
                valueStart = position;
            }
            case 1 -> fixed(8);
            case 2 -> {
                long length = varint();
                if (length < 0 || length > end - position) {
                    malformed = true;
                    return false;
                }
                value = length;
                valueStart = position;
                position += (int) length;
            }
            case 5 -> fixed(4);
            default -> malformed = true;
        }
        if (field == 0) {
            malformed = true;
        }
        return !malformed;
    }

    private void fixed(int size) {
        if (size > end - position) {
            malformed = true;
            return;
        }
        valueStart = position;
        value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | (bytes[position + i] & 0xff);
        }
        position += size;
    }

    private long varint() {
        long result = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (position >= end) {
                malformed = true;
                return 0;
            }
            byte b = bytes[position++];
            result |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return result;
            }
        }
        malformed = true;
        return 0;
    }

    public int field() {
        return field;
    }

    public boolean isMessage() {
        return wireType == 2;
    }

    /** The number, for fields that are numbers. */
    public long number() {
        return value;
    }

    /** Where the content of a length-delimited field begins in the array. */
    public int start() {
        return valueStart;
    }

    /** Where the current field begins in the array, tag included. */
    public int fieldStart() {
        return fieldStart;
    }

    /** Where the current field ends in the array. */
    public int fieldEnd() {
        return position;
    }

    /** The content of a length-delimited field as a message. */
    public ProtoReader message() {
        return new ProtoReader(bytes, valueStart, position);
    }

    /** The content of a length-delimited field as text. */
    public String text() {
        return new String(bytes, valueStart, position - valueStart, StandardCharsets.UTF_8);
    }

    public boolean malformed() {
        return malformed;
    }
}
