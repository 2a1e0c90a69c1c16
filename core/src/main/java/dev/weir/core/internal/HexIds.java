// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

/** Trace and span ids between hex text and longs. Stateless. */
public final class HexIds {

    private static final byte[] DIGITS = new byte[128];
    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

    static {
        java.util.Arrays.fill(DIGITS, (byte) -1);
        for (int i = 0; i < HEX.length; i++) {
            DIGITS[HEX[i]] = (byte) i;
        }
    }

    private HexIds() {}

    /**
     * The value of 16 lower-case hex digits from {@code offset}.
     *
     * @return 0 when a character is not one: ids of 0 are invalid anyway
     * @throws IndexOutOfBoundsException when the text is shorter
     */
    public static long parse(CharSequence text, int offset) {
        long value = 0;
        int bad = 0;
        for (int i = offset; i < offset + 16; i++) {
            int digit = digit(text.charAt(i));
            bad |= digit;
            value = value << 4 | (digit & 0xf);
        }
        return bad < 0 ? 0 : value;
    }

    /** Whether {@code text} is {@code length} lower-case hex digits and nothing else. */
    public static boolean isHex(CharSequence text, int length) {
        boolean hex = text.length() == length;
        for (int i = 0; hex && i < length; i++) {
            hex = digit(text.charAt(i)) >= 0;
        }
        return hex;
    }

    /** The value of a lower-case hex digit; -1 for any other character. */
    public static int digit(char c) {
        return c < 128 ? DIGITS[c] : -1;
    }

    /** The 32 hex digits of a trace id. */
    public static String traceId(long high, long low) {
        byte[] text = new byte[32];
        write(high, text, 0);
        write(low, text, 16);
        return new String(text, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    /** The 16 hex digits of a span id. */
    public static String spanId(long id) {
        byte[] text = new byte[16];
        write(id, text, 0);
        return new String(text, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    /** Writes the 16 hex digits of {@code value} as ASCII at {@code offset}. */
    public static void write(long value, byte[] target, int offset) {
        for (int i = 15; i >= 0; i--) {
            target[offset + i] = HEX[(int) value & 0xf];
            value >>>= 4;
        }
    }
}
