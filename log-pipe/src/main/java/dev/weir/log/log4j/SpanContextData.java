// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.log4j;

import dev.weir.core.CurrentSpan;
import dev.weir.core.HexIds;
import dev.weir.core.IdFields;
import dev.weir.core.OwnWork;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.logging.log4j.ThreadContext;
import org.apache.logging.log4j.core.util.ContextDataProvider;
import org.apache.logging.log4j.util.ReadOnlyStringMap;
import org.apache.logging.log4j.util.SortedArrayStringMap;
import org.apache.logging.log4j.util.StringMap;
import org.jspecify.annotations.Nullable;

/**
 * Puts the ids of the current span into the context data of an event when it is made, on the thread that logs: there they
 * survive asynchronous loggers. Found by Log4j; does nothing until a capture is installed. Thread-safe.
 *
 * <p>Log4j lets the provider win that comes last on the class path. Where the application has an id of its own, the span's stand
 * under names of Weir's, too, for the record.
 */
public final class SpanContextData implements ContextDataProvider {

    private static final String PREFIX = "weir.";
    private static final String OUR_TRACE_ID = PREFIX + IdFields.TRACE_ID;
    private static final String OUR_SPAN_ID = PREFIX + IdFields.SPAN_ID;
    private static final String OUR_TRACE_FLAGS = PREFIX + IdFields.TRACE_FLAGS;

    /** Tells an appender on another thread what {@link OwnWork} said on the one that logged. */
    private static final String OWN_WORK = PREFIX + "own";

    private static final AtomicInteger USERS = new AtomicInteger();
    private static final List<Runnable> BEFORE_NEXT = new CopyOnWriteArrayList<>();
    private static final StringMap NOTHING = nothing();

    private static final StringMap OWN = own();

    private static StringMap own() {
        StringMap map = new SortedArrayStringMap(1);
        map.putValue(OWN_WORK, "true");
        map.freeze();
        return map;
    }

    static boolean isOwnWork(ReadOnlyStringMap context) {
        return !context.isEmpty() && context.containsKey(OWN_WORK);
    }

    private static StringMap nothing() {
        StringMap map = new SortedArrayStringMap(1);
        map.freeze();
        return map;
    }

    static void retain() {
        USERS.incrementAndGet();
    }

    static void release() {
        USERS.decrementAndGet();
    }

    /** Once, on the thread that logs next. */
    static void beforeNextEvent(Runnable task) {
        BEFORE_NEXT.add(task);
    }

    static void forget(Runnable task) {
        BEFORE_NEXT.remove(task);
    }

    /** Whether {@code key} is one of those that are put here. */
    static boolean isOurs(String key) {
        return IdFields.isId(key)
                || key.equals(OWN_WORK)
                || key.equals(OUR_TRACE_ID)
                || key.equals(OUR_SPAN_ID)
                || key.equals(OUR_TRACE_FLAGS);
    }

    static @Nullable String traceId(ReadOnlyStringMap context) {
        return first(context, OUR_TRACE_ID, IdFields.TRACE_ID);
    }

    static @Nullable String spanId(ReadOnlyStringMap context) {
        return first(context, OUR_SPAN_ID, IdFields.SPAN_ID);
    }

    static int traceFlags(ReadOnlyStringMap context) {
        return IdFields.flags(first(context, OUR_TRACE_FLAGS, IdFields.TRACE_FLAGS));
    }

    private static @Nullable String first(ReadOnlyStringMap context, String ours, String theirs) {
        Object value = context.getValue(ours);
        if (value == null) {
            value = context.getValue(theirs);
        }
        return value instanceof String text ? text : null;
    }

    @Override
    public StringMap supplyStringMap() {
        if (USERS.get() == 0) {
            return NOTHING;
        }
        if (!BEFORE_NEXT.isEmpty()) {
            runBefore();
        }
        if (OwnWork.isRunning()) {
            return OWN;
        }
        try {
            CurrentSpan span = CurrentSpan.get();
            return span.isValid() ? idsOf(span) : NOTHING;
        } catch (Throwable foreignStorage) {
            // The application's log call must not meet what a span of another library throws.
            return NOTHING;
        }
    }

    private static void runBefore() {
        for (Runnable task : BEFORE_NEXT) {
            if (BEFORE_NEXT.remove(task)) {
                task.run();
            }
        }
    }

    private static StringMap idsOf(CurrentSpan span) {
        String traceId = HexIds.traceId(span.traceIdHigh(), span.traceIdLow());
        String spanId = HexIds.spanId(span.spanId());
        String flags = IdFields.flags(span);
        StringMap ids = new SortedArrayStringMap(8);
        ids.putValue(IdFields.SPAN_ID, spanId);
        ids.putValue(IdFields.TRACE_FLAGS, flags);
        ids.putValue(IdFields.TRACE_ID, traceId);
        if (ThreadContext.containsKey(IdFields.TRACE_ID)) {
            ids.putValue(OUR_SPAN_ID, spanId);
            ids.putValue(OUR_TRACE_FLAGS, flags);
            ids.putValue(OUR_TRACE_ID, traceId);
        }
        return ids;
    }

    @Override
    public Map<String, String> supplyContextData() {
        return supplyStringMap().toMap();
    }
}
