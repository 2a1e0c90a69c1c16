// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.log4j;

import dev.weir.core.internal.IdFields;
import dev.weir.core.internal.OwnWork;
import dev.weir.log.PendingRecord;
import io.opentelemetry.api.trace.SpanContext;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
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
 * <p>A value that the application put into the {@code ThreadContext} under one of their names stays. The record has the ids of the
 * span all the same: then the event carries them under a name of Weir's, too.
 *
 * @since 0.1
 */
public final class SpanContextData implements ContextDataProvider {

    /** Tells an appender on another thread what {@link OwnWork} said on the one that logged. */
    private static final String OWN_WORK = "weir.own";

    /** The ids of the span as {@code trace_id-span_id-trace_flags}, where the application uses one of these names itself. */
    private static final String SPAN = "weir.span";

    /** Trace id, span id, flags and what is between them. */
    private static final int SPAN_LENGTH = 32 + 1 + 16 + 1 + 2;

    private static final int ALL_IDS = 3;

    private static final AtomicInteger USERS = new AtomicInteger();
    private static final Queue<Runnable> BEFORE_NEXT = new ConcurrentLinkedQueue<>();
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

    /** Once, on the thread that logs next, or soon. */
    static void beforeNextEvent(Runnable task) {
        BEFORE_NEXT.add(task);
    }

    static void forget(Runnable task) {
        BEFORE_NEXT.remove(task);
    }

    /** Whether {@code key} is one of those that are put here. */
    static boolean isOurs(String key) {
        return IdFields.isId(key) || key.equals(OWN_WORK) || key.equals(SPAN);
    }

    /** Gives the ids in {@code context} to {@code record}. */
    static void putIds(ReadOnlyStringMap context, PendingRecord record) {
        String span = text(context, SPAN);
        if (span != null && span.length() == SPAN_LENGTH) {
            record.hexIds(span.substring(0, 32), span.substring(33, 49), IdFields.flags(span.substring(50)));
        } else {
            record.hexIds(
                    text(context, IdFields.TRACE_ID),
                    text(context, IdFields.SPAN_ID),
                    IdFields.flags(text(context, IdFields.TRACE_FLAGS)));
        }
    }

    private static @Nullable String text(ReadOnlyStringMap context, String key) {
        return context.<Object>getValue(key) instanceof String text ? text : null;
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
        SpanContext span = IdFields.current();
        return span.isValid() ? idsOf(span) : NOTHING;
    }

    private static void runBefore() {
        Runnable task = BEFORE_NEXT.poll();
        if (task != null) {
            task.run();
        }
    }

    private static StringMap idsOf(SpanContext span) {
        StringMap ids = new SortedArrayStringMap(4);
        IdFields.put(span, ThreadContext::containsKey, ids::putValue);
        if (ids.size() < ALL_IDS) {
            ids.putValue(
                    SPAN,
                    span.getTraceId()
                            + '-'
                            + span.getSpanId()
                            + '-'
                            + span.getTraceFlags().asHex());
        }
        return ids;
    }

    @Override
    public Map<String, String> supplyContextData() {
        return supplyStringMap().toMap();
    }
}
