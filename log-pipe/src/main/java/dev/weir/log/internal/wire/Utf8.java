// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.wire;

/**
 * Text to UTF-8 in a given array, cut at a character boundary. Stateless; allocates nothing.
 *
 * <p>What is no valid UTF-16 (a surrogate alone) becomes U+FFFD, as protobuf requires valid UTF-8.
 */
public final class Utf8 {

    private Utf8() {}

    /**
     * Writes as much of {@code text} as fits into {@code limit} bytes.
     *
     * @param target must have room for {@code limit} bytes from {@code offset}
     * @return the number of bytes written
     */
    public static int write(CharSequence text, byte[] target, int offset, int limit) {
        int length = text.length();
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
            } else {
                int code = c;
                if (Character.isSurrogate(c)) {
                    char low = i + 1 < length ? text.charAt(i + 1) : 0;
                    code = Character.isHighSurrogate(c) && Character.isLowSurrogate(low)
                            ? Character.toCodePoint(c, low)
                            : 0xfffd;
                }
                if (code < 0x10000) {
                    if (at + 3 > end) {
                        break;
                    }
                    target[at++] = (byte) (0xe0 | code >> 12);
                } else {
                    if (at + 4 > end) {
                        break;
                    }
                    target[at++] = (byte) (0xf0 | code >> 18);
                    target[at++] = (byte) (0x80 | code >> 12 & 0x3f);
                    i++;
                }
                target[at++] = (byte) (0x80 | code >> 6 & 0x3f);
                target[at++] = (byte) (0x80 | code & 0x3f);
            }
        }
        return at - offset;
    }
}
