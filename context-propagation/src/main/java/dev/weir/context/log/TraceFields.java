// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.log;

import io.opentelemetry.api.trace.SpanContext;
import java.util.AbstractMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Three layers as one map: the span's ids over the trace's fields over the thread's. Looking up one field copies nothing. */
final class TraceFields extends AbstractMap<String, String> {

    private final Map<String, String> base;
    private final Map<String, String> fields;
    private final SpanContext span;

    /** All layers in one, once somebody asked for more than a field. */
    private @Nullable Map<String, String> merged;

    TraceFields(Map<String, String> base, Map<String, String> fields, SpanContext span) {
        this.base = base;
        this.fields = fields;
        this.span = span;
    }

    @Override
    public @Nullable String get(@Nullable Object key) {
        String own = LogFields.of(span, key);
        if (own != null || key == null) {
            return own;
        }
        String field = fields.get(key);
        return field == null ? base.get(key) : field;
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        return get(key) != null;
    }

    @Override
    public Set<Entry<String, String>> entrySet() {
        return merged().entrySet();
    }

    @Override
    public int size() {
        return merged().size();
    }

    private Map<String, String> merged() {
        Map<String, String> all = merged;
        if (all == null) {
            all = new HashMap<>(base);
            all.putAll(fields);
            if (span.isValid()) {
                all.put(LogFields.TRACE_ID, span.getTraceId());
                all.put(LogFields.SPAN_ID, span.getSpanId());
                all.put(LogFields.TRACE_FLAGS, span.getTraceFlags().asHex());
            }
            merged = all;
        }
        return all;
    }
}
