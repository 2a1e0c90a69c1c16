// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import io.opentelemetry.api.trace.SpanContext;
import java.util.AbstractMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one log line, three layers as one map: what the application put on the trace, over what it put on the thread, over
 * the ids of the span. Looking up one field copies nothing. It reads the layers and must not outlive a change of them. Thread-safe
 * as long as they do not change.
 */
public final class LineFields extends AbstractMap<String, String> {

    private final Map<String, String> ofTrace;
    private final Map<String, String> ofThread;
    private final SpanContext span;

    /** All layers in one, made when more than one field is asked for. */
    private volatile @Nullable Map<String, String> merged;

    private LineFields(Map<String, String> ofTrace, Map<String, String> ofThread, SpanContext span) {
        this.ofTrace = ofTrace;
        this.ofThread = ofThread;
        this.span = span;
    }

    /** The three layers; {@code ofThread} itself when the others are empty. */
    public static Map<String, String> of(Map<String, String> ofTrace, Map<String, String> ofThread, SpanContext span) {
        return ofTrace.isEmpty() && !span.isValid() ? ofThread : new LineFields(ofTrace, ofThread, span);
    }

    @Override
    public @Nullable String get(@Nullable Object key) {
        if (key == null) {
            return null;
        }
        String own = ofTrace.get(key);
        if (own == null) {
            own = ofThread.get(key);
        }
        return own == null ? IdFields.get(span, key) : own;
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
            all = new HashMap<>(ofThread);
            all.putAll(ofTrace);
            if (span.isValid()) {
                IdFields.put(span, all::containsKey, all::put);
            }
            merged = all;
        }
        return all;
    }
}
