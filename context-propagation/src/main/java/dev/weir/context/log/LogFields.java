// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.log;

import dev.weir.context.internal.Failures;
import dev.weir.core.internal.IdFields;
import dev.weir.core.internal.LineFields;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Fields of log lines that travel with a trace: the ids of its span, and what the application puts beside them. The context
 * of a logging framework ({@code MDC}, {@code ThreadContext}) belongs to a thread; these belong to a trace and are right
 * wherever it is. Stateless and thread-safe; contexts are immutable.
 *
 * <pre>{@code
 * Traced.with(handler, LogFields.put(Context.current(), "tenant", tenant))   // %X{tenant} in every line of it
 * }</pre>
 *
 * @since 0.1
 */
public final class LogFields {

    /** The field with the trace id, 32 hex digits: {@value}. */
    public static final String TRACE_ID = IdFields.TRACE_ID;

    /** The field with the span id, 16 hex digits: {@value}. */
    public static final String SPAN_ID = IdFields.SPAN_ID;

    /** The field with the trace flags, 2 hex digits: {@value}. */
    public static final String TRACE_FLAGS = IdFields.TRACE_FLAGS;

    private static final ContextKey<Map<String, String>> FIELDS = ContextKey.named("weir-log-fields");

    private LogFields() {}

    /**
     * {@return {@code context} with one more field}
     *
     * @param context holds the trace; it stays as it is
     * @param key name of the field, {@code tenant} for {@code %X{tenant}}; replaces a field with the same name
     * @param value text in the log line, not null
     */
    public static Context put(Context context, String key, String value) {
        Map<String, String> fields = new HashMap<>(of(context));
        fields.put(key, value);
        return context.with(FIELDS, Map.copyOf(fields));
    }

    /**
     * {@code context} with the entries of {@code source} that have one of these keys, for example of {@code
     * MDC.getCopyOfContextMap()} at the border between code that has a thread and code that has a pipeline.
     *
     * @param context holds the trace; it stays as it is
     * @param source fields by name; null for none
     * @param keys names of the fields to take; one that {@code source} does not have is left out
     * @return {@code context} itself when it has no field then
     */
    public static Context putAll(Context context, @Nullable Map<String, String> source, Set<String> keys) {
        if (source == null) {
            return context;
        }
        Map<String, String> fields = new HashMap<>(of(context));
        for (String key : keys) {
            String value = source.get(key);
            if (value != null) {
                fields.put(key, value);
            }
        }
        return fields.isEmpty() ? context : context.with(FIELDS, Map.copyOf(fields));
    }

    /**
     * {@return the fields that were put into {@code context}, without those of its span}
     *
     * @param context for example {@link Context#current()}
     */
    public static Map<String, String> of(Context context) {
        Map<String, String> fields = context.get(FIELDS);
        return fields == null ? Map.of() : fields;
    }

    /** {@return all fields of a line that is made now; empty without a span and without fields} */
    public static Map<String, String> current() {
        return over(Map.of());
    }

    /**
     * Adds the fields of the current trace to those of the thread. A field that was put into the context wins over
     * {@code base}, and {@code base} wins over an id of the span.
     *
     * @param base the fields of the thread, for example its MDC
     * @return {@code base} itself when the trace has no fields; else a map that reads {@code base} and must not outlive
     *     a change of it
     */
    public static Map<String, String> over(Map<String, String> base) {
        Context context = Context.current();
        return LineFields.of(of(context), base, spanOf(context));
    }

    /**
     * {@return one field of a line that is made now; null when there is none}
     *
     * @param key name of the field, for example {@link #TRACE_ID}
     */
    public static @Nullable String get(String key) {
        return current().get(key);
    }

    /** The application's log call must not meet what a span of another library throws. */
    private static SpanContext spanOf(Context context) {
        try {
            SpanContext span = Span.fromContext(context).getSpanContext();
            return span.isValid() ? span : SpanContext.getInvalid();
        } catch (Throwable failure) {
            Failures.add(failure);
            return SpanContext.getInvalid();
        }
    }
}
