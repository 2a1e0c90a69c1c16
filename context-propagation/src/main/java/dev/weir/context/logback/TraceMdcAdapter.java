// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.logback;

import ch.qos.logback.classic.util.LogbackMDCAdapter;
import dev.weir.context.log.LogFields;
import java.util.Deque;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.spi.MDCAdapter;

/** The adapter that was there, with the fields of the trace over what it holds. */
final class TraceMdcAdapter extends LogbackMDCAdapter {

    private final MDCAdapter delegate;

    TraceMdcAdapter(MDCAdapter delegate) {
        this.delegate = delegate;
    }

    /** What an event takes; not a copy, as Logback's own. */
    @Override
    public Map<String, String> getPropertyMap() {
        Map<String, String> own = delegate instanceof LogbackMDCAdapter logback
                ? logback.getPropertyMap()
                : delegate.getCopyOfContextMap();
        return LogFields.over(own == null ? Map.of() : own);
    }

    @Override
    public Map<String, String> getCopyOfContextMap() {
        return getPropertyMap();
    }

    @Override
    public @Nullable String get(String key) {
        String field = LogFields.get(key);
        return field == null ? delegate.get(key) : field;
    }

    @Override
    public void put(String key, @Nullable String value) {
        delegate.put(key, value);
    }

    @Override
    public void remove(String key) {
        delegate.remove(key);
    }

    @Override
    public void clear() {
        delegate.clear();
    }

    @Override
    @SuppressWarnings({"rawtypes", "unchecked"}) // the signature is Logback's
    public void setContextMap(Map contextMap) {
        delegate.setContextMap(contextMap);
    }

    @Override
    public void pushByKey(String key, String value) {
        delegate.pushByKey(key, value);
    }

    @Override
    public @Nullable String popByKey(String key) {
        return delegate.popByKey(key);
    }

    @Override
    public @Nullable Deque<String> getCopyOfDequeByKey(String key) {
        return delegate.getCopyOfDequeByKey(key);
    }

    @Override
    public void clearDequeByKey(String key) {
        delegate.clearDequeByKey(key);
    }
}
