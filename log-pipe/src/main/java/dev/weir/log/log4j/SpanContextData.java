// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.log4j;

import dev.weir.core.internal.CurrentSpan;
import dev.weir.core.internal.HexIds;
import dev.weir.core.internal.IdFields;
import dev.weir.core.internal.OwnWork;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.logging.log4j.core.util.ContextDataProvider;
import org.apache.logging.log4j.util.ReadOnlyStringMap;
import org.apache.logging.log4j.util.SortedArrayStringMap;
import org.apache.logging.log4j.util.StringMap;
import org.jspecify.annotations.Nullable;

/**
 * Puts the ids of the current span into the context data of an event when it is made, on the thread that logs: there they
 * survive asynchronous loggers. Found by Log4j; does nothing until a capture is installed. Thread-safe.
 *
 * <p>They win over what the application put under the same names: the file that names this provider names Log4j's own before it.
 */
public final class SpanContextData implements ContextDataProvider {

    /** Tells an appender on another thread what {@link OwnWork} said on the one that logged. */
    private static final String OWN_WORK = "weir.own";

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
        return IdFields.isId(key) || key.equals(OWN_WORK);
    }

    /** The text under {@code key}; null when there is none. */
    static @Nullable String text(ReadOnlyStringMap context, String key) {
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
        try {
            CurrentSpan span = CurrentSpan.get();
            return span.isValid() ? idsOf(span) : NOTHING;
        } catch (Throwable foreignStorage) {
            // The application's log call must not meet what a span of another library throws.
            return NOTHING;
        }
    }

    private static void runBefore() {
        Runnable task = BEFORE_NEXT.poll();
        if (task != null) {
            task.run();
        }
    }

    private static StringMap idsOf(CurrentSpan span) {
        StringMap ids = new SortedArrayStringMap(4);
        ids.putValue(IdFields.SPAN_ID, HexIds.spanId(span.spanId()));
        ids.putValue(IdFields.TRACE_FLAGS, IdFields.flags(span));
        ids.putValue(IdFields.TRACE_ID, HexIds.traceId(span.traceIdHigh(), span.traceIdLow()));
        return ids;
    }

    @Override
    public Map<String, String> supplyContextData() {
        return supplyStringMap().toMap();
    }
}
