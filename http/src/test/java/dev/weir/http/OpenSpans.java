// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The spans of the instrumentation that have begun and not ended. Thread-safe. */
final class OpenSpans implements SpanProcessor {

    private final String scopeOfTheTest;
    private final Map<String, String> names = new ConcurrentHashMap<>();

    /** @param scopeOfTheTest its spans are not watched */
    OpenSpans(String scopeOfTheTest) {
        this.scopeOfTheTest = scopeOfTheTest;
    }

    /** The names of the open spans by their ids. */
    Map<String, String> names() {
        return names;
    }

    @Override
    public void onStart(Context parent, ReadWriteSpan span) {
        if (!span.getInstrumentationScopeInfo().getName().equals(scopeOfTheTest)) {
            names.put(span.getSpanContext().getSpanId(), span.getName());
        }
    }

    @Override
    public boolean isStartRequired() {
        return true;
    }

    @Override
    public void onEnd(ReadableSpan span) {
        names.remove(span.getSpanContext().getSpanId());
    }

    @Override
    public boolean isEndRequired() {
        return true;
    }
}
