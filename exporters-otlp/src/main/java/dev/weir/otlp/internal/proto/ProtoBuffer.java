// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.proto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A protobuf message that grows from its end to its beginning.
 *
 * <p>Not thread-safe. Bounds: never longer than its limit; {@link #trim()} gives memory back.
 */
public final class ProtoBuffer {
    /*
     * Why back to front: a nested message is preceded by its length. Written forwards, that takes a pass that only
     * measures, or a gap that must be closed. Written backwards, the length is the difference of two positions that are
     * known when it is due: one pass, minimal varints, no measuring of strings. The price is that lists and attributes
     * are walked from their last element so that the reader finds them in order.
     */
    public static final int LENGTH_DELIMITED = 2;

    private static final byte ATTRIBUTE_VALUE = 2 << 3 | LENGTH_DELIMITED;
    private static final byte TEXT_VALUE = 1 << 3 | LENGTH_DELIMITED;
    private static final byte NUMBER_VALUE = 3 << 3;

    /** Longer texts are encoded by the JDK: many characters at once, at the price of an array. */
    private static final int LONG_TEXT = 512;

    /** What a new or trimmed buffer holds. */
    public static final int MIN_CAPACITY = 64 << 10;

    /** The longest message that OTLP allows. */
    public static final int MAX_BYTES = 64 << 20;

    /** The buffer shrinks when none of this many messages in a row needed a quarter of it. */
    public static final int TRIM_AFTER = 64;

    private static final VarHandle LONG_LE =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG_BE = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT_LE = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private int limitBytes;
    private byte[] bytes;
    private int start;
    private int peak;
    private int messages;

    public ProtoBuffer(int initialBytes, int limitBytes) {
        this.limitBytes = limitBytes;
        this.bytes = new byte[initialBytes];
        this.start = initialBytes;
    }

    /** From now on a write that would make the content longer throws {@link IllegalStateException}. */
    public void limit(int newLimitBytes) {
        limitBytes = newLimitBytes;
    }

    /** Forgets the content. */
    public void clear() {
        start = bytes.length;
    }

    /** How much is written. */
    public int size() {
        return bytes.length - start;
    }

    /** Takes back what was written since {@link #size()} was {@code size}. */
    public void rewind(int size) {
        start = bytes.length - size;
    }

    /** The content, read-only for the caller by agreement, valid until the next write or {@link #clear()}. */
    public ByteBuffer view() {
        return ByteBuffer.wrap(bytes, start, bytes.length - start);
    }

    public byte[] toByteArray() {
        return java.util.Arrays.copyOfRange(bytes, start, bytes.length);
    }

    public int capacity() {
        return bytes.length;
    }

    /**
     * To be called after each whole message: remembers how large it was, and shrinks a buffer that is far too large.
     */
    public void trim() {
        peak = Math.max(peak, size());
        if (++messages < TRIM_AFTER) {
            return;
        }
        if (bytes.length > MIN_CAPACITY && peak < bytes.length >> 2) {
            resize(Math.max(MIN_CAPACITY, peak * 2));
        }
        peak = 0;
        messages = 0;
    }

    private void room(int count) {
        if (start < count) {
            grow(count);
        }
    }

    private void grow(int count) {
        long needed = (long) size() + count;
        if (needed > limitBytes) {
            throw new IllegalStateException("request larger than " + limitBytes + " bytes");
        }
        resize((int) Math.min(limitBytes, Math.max(needed, bytes.length * 2L)));
    }

    private void resize(int capacity) {
        int size = size();
        byte[] larger = new byte[capacity];
        System.arraycopy(bytes, start, larger, capacity - size, size);
        bytes = larger;
        start = capacity - size;
    }

    /** A tag of one byte (fields 1 to 15). */
    public void tag(int tag) {
        room(1);
        bytes[--start] = (byte) tag;
    }

    public void varint(int value) {
        varint(value & 0xffff_ffffL);
    }

    public void varint(long value) {
        if ((value & ~0x7fL) == 0) {
            room(1);
            bytes[--start] = (byte) value;
        } else if ((value & ~0x3fffL) == 0) {
            room(2);
            bytes[--start] = (byte) (value >>> 7);
            bytes[--start] = (byte) (value | 0x80);
        } else {
            longVarint(value);
        }
    }

    private void longVarint(long value) {
        int length = (70 - Long.numberOfLeadingZeros(value)) / 7;
        room(length);
        start -= length;
        int at = start;
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[at] = (byte) rest;
    }

    public void fixed64(int tag, long value) {
        room(9);
        start -= 9;
        bytes[start] = (byte) tag;
        LONG_LE.set(bytes, start + 1, value);
    }

    /** A value of a packed field. */
    public void fixed64(long value) {
        room(8);
        start -= 8;
        LONG_LE.set(bytes, start, value);
    }

    public void doubleField(int tag, double value) {
        fixed64(tag, Double.doubleToRawLongBits(value));
    }

    public void fixed32(int tag, int value) {
        room(5);
        start -= 5;
        bytes[start] = (byte) tag;
        INT_LE.set(bytes, start + 1, value);
    }

    public void uint(int tag, int value) {
        varint(value);
        tag(tag);
    }

    /** Tag and length in front of what was written since {@link #size()} was {@code sizeBefore}. */
    public void message(int tag, int sizeBefore) {
        int length = size() - sizeBefore;
        if (length < 0x80) {
            room(2);
            bytes[--start] = (byte) length;
            bytes[--start] = (byte) tag;
        } else {
            varint(length);
            tag(tag);
        }
    }

    public void raw(byte[] content) {
        int length = content.length;
        room(length);
        start -= length;
        System.arraycopy(content, 0, bytes, start, length);
    }

    public void raw(ByteBuffer content) {
        int length = content.remaining();
        room(length);
        start -= length;
        content.duplicate().get(bytes, start, length);
    }

    /** The field, also when the text is empty. */
    public void string(int tag, String text) {
        int before = size();
        utf8(text);
        message(tag, before);
    }

    /** The field, unless the text is empty. */
    public void stringUnlessEmpty(int tag, String text) {
        if (!text.isEmpty()) {
            string(tag, text);
        }
    }

    /** The text as UTF-8, without tag or length. A surrogate without its partner becomes {@code ?}. */
    public void utf8(String text) {
        int length = text.length();
        if (length > LONG_TEXT) {
            raw(text.getBytes(StandardCharsets.UTF_8));
        } else if (isAscii(text, length)) {
            room(length);
            start -= length;
            lowBytes(text, length, bytes, start);
        } else {
            utf8Beyond(text, length);
        }
    }

    /**
     * An attribute whose value is a text, as field {@code tag}.
     *
     * @param key the whole field of the key
     */
    public void textAttribute(int tag, byte[] key, String text) {
        int length = text.length();
        int content = key.length + 4 + length;
        if (content >= 0x80 || !isAscii(text, length)) {
            int before = size();
            string(TEXT_VALUE, text);
            message(ATTRIBUTE_VALUE, before);
            raw(key);
            message(tag, before);
            return;
        }
        room(content + 2);
        start -= content + 2;
        byte[] target = bytes;
        int at = start;
        target[at] = (byte) tag;
        target[at + 1] = (byte) content;
        System.arraycopy(key, 0, target, at + 2, key.length);
        at += 2 + key.length;
        target[at] = ATTRIBUTE_VALUE;
        target[at + 1] = (byte) (length + 2);
        target[at + 2] = TEXT_VALUE;
        target[at + 3] = (byte) length;
        lowBytes(text, length, target, at + 4);
    }

    /** An attribute whose value is a whole number, as field {@code tag}. */
    public void numberAttribute(int tag, byte[] key, long number) {
        int before = size();
        varint(number);
        room(3 + key.length);
        byte[] target = bytes;
        target[--start] = NUMBER_VALUE;
        int length = size() - before;
        target[--start] = (byte) length;
        target[--start] = ATTRIBUTE_VALUE;
        start -= key.length;
        System.arraycopy(key, 0, target, start, key.length);
        message(tag, before);
    }

    private static boolean isAscii(String text, int length) {
        int all = 0;
        for (int i = 0; i < length; i++) {
            all |= text.charAt(i);
        }
        return all < 0x80;
    }

    /** The one copy out of a string that neither allocates nor looks at each character; right for ASCII. */
    @SuppressWarnings("deprecation")
    private static void lowBytes(String text, int length, byte[] target, int at) {
        text.getBytes(0, length, target, at);
    }

    /**
     * The id of {@code digits} hex digits (16 or 32), which its owner has checked, as a field of bytes. The
     * free room in front of it holds the digits meanwhile.
     */
    public void hexId(int tag, String hex, int digits) {
        int length = digits / 2;
        room(digits + length);
        byte[] target = bytes;
        int to = start - length;
        int from = to - digits;
        lowBytes(hex, digits, target, from);
        for (int i = 0; i < length; i += 8) {
            long high = nibbles((long) LONG_BE.get(target, from + 2 * i));
            long low = nibbles((long) LONG_BE.get(target, from + 2 * i + 8));
            LONG_BE.set(target, to + i, high << 32 | low);
        }
        target[--to] = (byte) length;
        target[--to] = (byte) tag;
        start = to;
    }

    /** The value of eight hex digits, all at once. */
    private static long nibbles(long digits) {
        long value = (digits & 0x0f0f_0f0f_0f0f_0f0fL) + 9 * (digits >>> 6 & 0x0101_0101_0101_0101L);
        value = (value | value >>> 4) & 0x00ff_00ff_00ff_00ffL;
        value = (value | value >>> 8) & 0x0000_ffff_0000_ffffL;
        return (value | value >>> 16) & 0xffff_ffffL;
    }

    private void utf8Beyond(String text, int length) {
        room(3 * length);
        byte[] target = bytes;
        int at = start;
        for (int i = length - 1; i >= 0; i--) {
            char c = text.charAt(i);
            if (c < 0x80) {
                target[--at] = (byte) c;
            } else if (c < 0x800) {
                target[--at] = (byte) (0x80 | c & 0x3f);
                target[--at] = (byte) (0xc0 | c >>> 6);
            } else if (!Character.isSurrogate(c)) {
                target[--at] = (byte) (0x80 | c & 0x3f);
                target[--at] = (byte) (0x80 | c >>> 6 & 0x3f);
                target[--at] = (byte) (0xe0 | c >>> 12);
            } else if (Character.isLowSurrogate(c) && i > 0 && Character.isHighSurrogate(text.charAt(i - 1))) {
                int point = Character.toCodePoint(text.charAt(--i), c);
                target[--at] = (byte) (0x80 | point & 0x3f);
                target[--at] = (byte) (0x80 | point >>> 6 & 0x3f);
                target[--at] = (byte) (0x80 | point >>> 12 & 0x3f);
                target[--at] = (byte) (0xf0 | point >>> 18);
            } else {
                target[--at] = '?';
            }
        }
        start = at;
    }
}
