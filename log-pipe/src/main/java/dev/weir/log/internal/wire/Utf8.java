// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.wire;

/**
 * Text to UTF-8 in a given array, cut at a character boundary. Stateless; allocates nothing.
 *
 * <p>What is no valid UTF-16 (a surrogate alone) becomes {@code ?}, as in
 * {@link String#getBytes(java.nio.charset.Charset)}: protobuf requires valid UTF-8.
 */
public final class Utf8 {

    private Utf8() {}

    /**
     * Where {@code text} ends when no more than {@code limit} of its characters are taken: never between two
     * surrogates.
     */
    public static int end(CharSequence text, int limit) {
        int length = text.length();
        if (length <= limit) {
            return length;
        }
        boolean between = limit > 0
                && Character.isHighSurrogate(text.charAt(limit - 1))
                && Character.isLowSurrogate(text.charAt(limit));
        return between ? limit - 1 : limit;
    }

    /** As {@link #write(CharSequence, int, byte[], int, int)}, of the whole text. */
    public static int write(CharSequence text, byte[] target, int offset, int limit) {
        return write(text, text.length(), target, offset, limit);
    }

    /**
     * Writes as much of the first {@code length} characters of {@code text} as fits into {@code limit} bytes.
     *
     * @param target must have room for {@code limit} bytes from {@code offset}
     * @return the number of bytes written
     */
    public static int write(CharSequence text, int length, byte[] target, int offset, int limit) {
        int at = offset;
        int end = offset + limit;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                if (at >= end) {
                    break;
                }
                target[at++] = (byte) c;
            } else if (c < 0x800) {
                if (at + 2 > end) {
                    break;
                }
                target[at++] = (byte) (0xc0 | c >> 6);
                target[at++] = (byte) (0x80 | c & 0x3f);
            } else if (!Character.isSurrogate(c)) {
                if (at + 3 > end) {
                    break;
                }
                target[at++] = (byte) (0xe0 | c >> 12);
                target[at++] = (byte) (0x80 | c >> 6 & 0x3f);
                target[at++] = (byte) (0x80 | c & 0x3f);
            } else {
                char low = i + 1 < length ? text.charAt(i + 1) : 0;
                boolean pair = Character.isHighSurrogate(c) && Character.isLowSurrogate(low);
                if (at + (pair ? 4 : 1) > end) {
                    break;
                }
                if (pair) {
                    int code = Character.toCodePoint(c, low);
                    target[at++] = (byte) (0xf0 | code >> 18);
                    target[at++] = (byte) (0x80 | code >> 12 & 0x3f);
                    target[at++] = (byte) (0x80 | code >> 6 & 0x3f);
                    target[at++] = (byte) (0x80 | code & 0x3f);
                    i++;
                } else {
                    target[at++] = '?';
                }
            }
        }
        return at - offset;
    }

    /** Whether {@code bytes} bytes are all of the first {@code length} characters of {@code text}. */
    static boolean isWhole(CharSequence text, int length, int bytes) {
        int size = 0;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                size++;
            } else if (c < 0x800) {
                size += 2;
            } else if (!Character.isSurrogate(c)) {
                size += 3;
            } else if (Character.isHighSurrogate(c) && i + 1 < length && Character.isLowSurrogate(text.charAt(i + 1))) {
                size += 4;
                i++;
            } else {
                size++;
            }
        }
        return size == bytes;
    }
}
