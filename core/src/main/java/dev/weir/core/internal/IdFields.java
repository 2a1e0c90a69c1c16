// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The ids of the current span as fields of log lines. One rule for every logging framework: a value that the application put under
 * one of these names stays, the id of the span is not shown then. Stateless and thread-safe.
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

    /**
     * The current span; an invalid one when there is none, and when its library throws: the log call of the application must not
     * fail because of it.
     */
    public static SpanContext current() {
        try {
            SpanContext span = Span.current().getSpanContext();
            return span.isValid() ? span : SpanContext.getInvalid();
        } catch (Throwable foreign) {
            return SpanContext.getInvalid();
        }
    }

    /** One field of {@code span}; null when there is no span or no such field. */
    public static @Nullable String get(SpanContext span, @Nullable Object key) {
        if (key == null || !span.isValid()) {
            return null;
        }
        if (key.equals(TRACE_ID)) {
            return span.getTraceId();
        }
        if (key.equals(SPAN_ID)) {
            return span.getSpanId();
        }
        return key.equals(TRACE_FLAGS) ? span.getTraceFlags().asHex() : null;
    }

    /**
     * Gives the fields of {@code span}, which is valid, to {@code target}, without those that the application has itself.
     *
     * @param isOwn whether the application put a value under this name
     */
    public static void put(SpanContext span, Predicate<String> isOwn, BiConsumer<String, String> target) {
        if (!isOwn.test(TRACE_ID)) {
            target.accept(TRACE_ID, span.getTraceId());
        }
        if (!isOwn.test(SPAN_ID)) {
            target.accept(SPAN_ID, span.getSpanId());
        }
        if (!isOwn.test(TRACE_FLAGS)) {
            target.accept(TRACE_FLAGS, span.getTraceFlags().asHex());
        }
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
