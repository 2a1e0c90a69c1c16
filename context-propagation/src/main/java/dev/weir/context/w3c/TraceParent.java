// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.w3c;

import dev.weir.core.internal.HexIds;
import io.opentelemetry.api.trace.SpanContext;
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

    private static final String[] FLAG_TEXTS = {"-00", "-01", "-02", "-03"};

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
        return parseFields(header, start, traceState);
    }

    private static @Nullable RemoteSpan parseFields(String header, int start, @Nullable String traceState) {
        int flags = hexByte(header, start + FLAGS);
        int q0 = hexQuad(header, start + TRACE_ID);
        int q1 = hexQuad(header, start + TRACE_ID + 4);
        int q2 = hexQuad(header, start + TRACE_ID + 8);
        int q3 = hexQuad(header, start + TRACE_ID + 12);
        int q4 = hexQuad(header, start + TRACE_ID + 16);
        int q5 = hexQuad(header, start + TRACE_ID + 20);
        int q6 = hexQuad(header, start + TRACE_ID + 24);
        int q7 = hexQuad(header, start + TRACE_ID + 28);
        int q8 = hexQuad(header, start + SPAN_ID);
        int q9 = hexQuad(header, start + SPAN_ID + 4);
        int q10 = hexQuad(header, start + SPAN_ID + 8);
        int q11 = hexQuad(header, start + SPAN_ID + 12);
        if ((flags | q0 | q1 | q2 | q3 | q4 | q5 | q6 | q7 | q8 | q9 | q10 | q11) < 0) {
            return null;
        }
        long high = join(q0, q1, q2, q3);
        long low = join(q4, q5, q6, q7);
        long spanId = join(q8, q9, q10, q11);
        if (spanId == 0 || (high | low) == 0) {
            return null;
        }
        return new RemoteSpan(high, low, spanId, flags & KNOWN_FLAGS, traceState);
    }

    private static long join(long a, long b, long c, long d) {
        return a << 48 | b << 32 | c << 16 | d;
    }

    /** The header for {@code span}, version 00, with the flags that the standard knows. */
    static String format(SpanContext span) {
        String flags = FLAG_TEXTS[span.getTraceFlags().asByte() & KNOWN_FLAGS];
        return "00-" + span.getTraceId() + "-" + span.getSpanId() + flags;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    /** Negative when one of the two is no lower-case hex digit. */
    private static int hexByte(String text, int offset) {
        return HexIds.digit(text.charAt(offset)) << 4 | HexIds.digit(text.charAt(offset + 1));
    }

    /** Negative when one of the four is no lower-case hex digit. Four independent look-ups, no chain of shifts. */
    private static int hexQuad(String text, int offset) {
        return HexIds.digit(text.charAt(offset)) << 12
                | HexIds.digit(text.charAt(offset + 1)) << 8
                | HexIds.digit(text.charAt(offset + 2)) << 4
                | HexIds.digit(text.charAt(offset + 3));
    }
}
