// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.logback;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import dev.weir.core.CurrentSpan;
import dev.weir.core.HexIds;
import dev.weir.core.Registration;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.spi.MDCAdapter;

/**
 * Shows the ids of the current span in the MDC of an event, looked up when somebody asks the event for its MDC and not when a
 * span becomes current. What the application put into the MDC stays where it is and wins. Thread-safe.
 */
final class SpanMdcAdapter extends LogbackMDCAdapter {

    static final String TRACE_ID = "trace_id";
    static final String SPAN_ID = "span_id";
    static final String TRACE_FLAGS = "trace_flags";

    private final MDCAdapter application;

    private SpanMdcAdapter(MDCAdapter application) {
        this.application = application;
    }

    /** Puts one in front of the context's adapter, once. */
    static Registration install(LoggerContext context) {
        MDCAdapter before = context.getMDCAdapter();
        if (before == null || before instanceof SpanMdcAdapter) {
            return Registration.NONE;
        }
        SpanMdcAdapter adapter = new SpanMdcAdapter(before);
        context.setMDCAdapter(adapter);
        return () -> {
            if (context.getMDCAdapter() == adapter) {
                context.setMDCAdapter(before);
            }
        };
    }

    @Override
    public @Nullable Map<String, String> getPropertyMap() {
        Map<String, String> own = application instanceof LogbackMDCAdapter logback
                ? logback.getPropertyMap()
                : application.getCopyOfContextMap();
        CurrentSpan span = CurrentSpan.get();
        if (!span.isValid() || (own != null && own.containsKey(TRACE_ID))) {
            return own;
        }
        Map<String, String> all = own == null ? new HashMap<>(8) : new HashMap<>(own);
        all.put(TRACE_ID, HexIds.traceId(span.traceIdHigh(), span.traceIdLow()));
        all.put(SPAN_ID, HexIds.spanId(span.spanId()));
        all.put(TRACE_FLAGS, span.isSampled() ? "01" : "00");
        return all;
    }

    @Override
    public @Nullable Map<String, String> getCopyOfContextMap() {
        return getPropertyMap();
    }

    @Override
    public void put(String key, @Nullable String value) {
        application.put(key, value);
    }

    @Override
    public @Nullable String get(String key) {
        return application.get(key);
    }

    @Override
    public void remove(String key) {
        application.remove(key);
    }

    @Override
    public void clear() {
        application.clear();
    }

    @Override
    @SuppressWarnings({"rawtypes", "unchecked"})
    public void setContextMap(Map contextMap) {
        application.setContextMap(contextMap);
    }

    @Override
    public void pushByKey(String key, @Nullable String value) {
        application.pushByKey(key, value);
    }

    @Override
    public @Nullable String popByKey(String key) {
        return application.popByKey(key);
    }

    @Override
    public @Nullable Deque<String> getCopyOfDequeByKey(String key) {
        return application.getCopyOfDequeByKey(key);
    }

    @Override
    public void clearDequeByKey(String key) {
        application.clearDequeByKey(key);
    }
}
