// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import io.opentelemetry.api.trace.TraceFlags;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The ids of the current span as fields of log lines. One rule for every logging framework: while a span is current these win
 * over what the application put under the same names, and without one the application's stay. Stateless and thread-safe.
 */
public final class IdFields {

    /** 32 hex digits. */
    public static final String TRACE_ID = "trace_id";

    /** 16 hex digits. */
    public static final String SPAN_ID = "span_id";

    /** 2 hex digits. */
    public static final String TRACE_FLAGS = "trace_flags";

    private IdFields() {}

    /** Whether {@code key} is the name of one of the three. */
    public static boolean isId(@Nullable String key) {
        return TRACE_ID.equals(key) || SPAN_ID.equals(key) || TRACE_FLAGS.equals(key);
    }

    /** One field of {@code span}; null when there is no span or no such field. */
    public static @Nullable String get(CurrentSpan span, String key) {
        if (!span.isValid()) {
            return null;
        }
        return switch (key) {
            case TRACE_ID -> HexIds.traceId(span.traceIdHigh(), span.traceIdLow());
            case SPAN_ID -> HexIds.spanId(span.spanId());
            case TRACE_FLAGS -> flags(span);
            default -> null;
        };
    }

    /** Puts all three of {@code span}, which is one, into {@code fields}. */
    public static void put(CurrentSpan span, Map<String, String> fields) {
        fields.put(TRACE_ID, HexIds.traceId(span.traceIdHigh(), span.traceIdLow()));
        fields.put(SPAN_ID, HexIds.spanId(span.spanId()));
        fields.put(TRACE_FLAGS, flags(span));
    }

    /** The flags of {@code span} as 2 hex digits. */
    public static String flags(CurrentSpan span) {
        return TraceFlags.fromByte((byte) span.flags()).asHex();
    }

    /** The flags that {@code text} says; 0 when it does not have 2 hex digits. */
    public static int flags(@Nullable CharSequence text) {
        if (text == null || text.length() != 2) {
            return 0;
        }
        int high = Character.digit(text.charAt(0), 16);
        int low = Character.digit(text.charAt(1), 16);
        return high < 0 || low < 0 ? 0 : high << 4 | low;
    }
}
