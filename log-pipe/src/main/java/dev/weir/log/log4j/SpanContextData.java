// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.log4j;

import dev.weir.core.CurrentSpan;
import dev.weir.core.HexIds;
import dev.weir.core.OwnWork;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.logging.log4j.core.util.ContextDataProvider;
import org.apache.logging.log4j.util.ReadOnlyStringMap;
import org.apache.logging.log4j.util.SortedArrayStringMap;
import org.apache.logging.log4j.util.StringMap;

/**
 * Puts the ids of the current span into the context data of an event when it is made, on the thread that logs: there they
 * survive asynchronous loggers. Found by Log4j; does nothing until a capture is installed. Thread-safe.
 */
public final class SpanContextData implements ContextDataProvider {

    static final String TRACE_ID = "trace_id";
    static final String SPAN_ID = "span_id";
    static final String TRACE_FLAGS = "trace_flags";

    /** Tells an appender on another thread what {@link OwnWork} said on the one that logged. */
    private static final String OWN_WORK = "weir.own";

    private static final AtomicInteger USERS = new AtomicInteger();
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

    @Override
    public StringMap supplyStringMap() {
        if (USERS.get() == 0) {
            return NOTHING;
        }
        if (OwnWork.isRunning()) {
            return OWN;
        }
        CurrentSpan span = CurrentSpan.get();
        if (!span.isValid()) {
            return NOTHING;
        }
        StringMap ids = new SortedArrayStringMap(4);
        ids.putValue(SPAN_ID, HexIds.spanId(span.spanId()));
        ids.putValue(TRACE_FLAGS, span.isSampled() ? "01" : "00");
        ids.putValue(TRACE_ID, HexIds.traceId(span.traceIdHigh(), span.traceIdLow()));
        return ids;
    }

    @Override
    public Map<String, String> supplyContextData() {
        return supplyStringMap().toMap();
    }
}
