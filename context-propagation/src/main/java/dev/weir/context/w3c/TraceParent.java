// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.w3c;

import io.opentelemetry.api.trace.SpanContext;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The {@code traceparent} header: {@code 00-<32 hex>-<16 hex>-<2 hex>}. Pure functions; malformed text is null, never an
 * exception.
 */
final class TraceParent {

    /** Sampled and random: what levels 1 and 2 define. Other bits must not be passed on. */
    static final int KNOWN_FLAGS = 0x03;

    static final int LENGTH = 55;

    private static final int TRACE_ID = 3;
    private static final int SPAN_ID = 36;
    private static final int FLAGS = 53;

    private static final byte[] HEX_DIGITS = new byte[128];

    static {
        java.util.Arrays.fill(HEX_DIGITS, (byte) -1);
        for (int i = 0; i < 16; i++) {
            HEX_DIGITS["0123456789abcdef".charAt(i)] = (byte) i;
        }
    }

    private TraceParent() {}

    /** The parent that {@code header} names; null when the header breaks a rule. Spaces and tabs around it are no breach. */
    static @Nullable RemoteSpan parse(String header, @Nullable String traceState) {
        int start = 0;
        int end = header.length();
        if (end != LENGTH) {
            while (start < end && isBlank(header.charAt(start))) {
                start++;
            }
            while (end > start && isBlank(header.charAt(end - 1))) {
                end--;
            }
        }
        int length = end - start;
        if (length < LENGTH
                || header.charAt(start + 2) != '-'
                || header.charAt(start + 35) != '-'
                || header.charAt(start + 52) != '-') {
            return null;
        }
        int version = hexByte(header, start);
        if (version < 0 || version == 0xff) {
            return null;
        }
        if (length > LENGTH && (version == 0 || header.charAt(start + LENGTH) != '-')) {
            return null;
        }
        int flags = hexByte(header, start + FLAGS);
        long high = hexLong(header, start + TRACE_ID);
        long low = hexLong(header, start + TRACE_ID + 16);
        long spanId = hexLong(header, start + SPAN_ID);
        if (flags < 0 || spanId == 0 || (high | low) == 0) {
            return null;
        }
        // A long of 16 digits cannot say that one of them was bad, except by the value 0.
        if (high == 0 && !isZero(header, start + TRACE_ID) || low == 0 && !isZero(header, start + TRACE_ID + 16)) {
            return null;
        }
        return new RemoteSpan(high, low, spanId, flags & KNOWN_FLAGS, traceState);
    }

    /** The header for {@code span}, version 00, with the flags that the standard knows. */
    @SuppressWarnings(
            "deprecation") // String.getBytes(int, int, byte[], int): ids are ASCII, and it copies without a charset
    static String format(SpanContext span) {
        byte[] text = new byte[LENGTH];
        text[0] = '0';
        text[1] = '0';
        text[2] = '-';
        text[35] = '-';
        text[52] = '-';
        span.getTraceId().getBytes(0, 32, text, TRACE_ID);
        span.getSpanId().getBytes(0, 16, text, SPAN_ID);
        text[FLAGS] = '0';
        text[FLAGS + 1] = (byte) ('0' + (span.getTraceFlags().asByte() & KNOWN_FLAGS));
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private static int hexByte(String text, int offset) {
        int value = digit(text.charAt(offset)) << 4 | digit(text.charAt(offset + 1));
        return value < 0 ? -1 : value;
    }

    /** 0 when one of the 16 characters is no lower-case hex digit. */
    private static long hexLong(String text, int offset) {
        long value = 0;
        int bad = 0;
        for (int i = offset; i < offset + 16; i++) {
            int digit = digit(text.charAt(i));
            bad |= digit;
            value = value << 4 | (digit & 0xf);
        }
        return bad < 0 ? 0 : value;
    }

    private static boolean isZero(String text, int offset) {
        for (int i = offset; i < offset + 16; i++) {
            if (text.charAt(i) != '0') {
                return false;
            }
        }
        return true;
    }

    private static int digit(char c) {
        return c < 128 ? HEX_DIGITS[c] : -1;
    }
}
