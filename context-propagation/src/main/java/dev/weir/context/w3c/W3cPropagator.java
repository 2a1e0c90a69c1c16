// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.w3c;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.context.propagation.TextMapSetter;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * W3C Trace Context, levels 1 and 2: the headers {@code traceparent} and {@code tracestate}.
 *
 * <p>Reads strictly: a {@code traceparent} that is malformed or there twice starts a new trace; a {@code tracestate} that
 * breaks a rule is dropped; several {@code tracestate} headers are one list. That needs a {@link TextMapGetter} whose
 * {@code getAll} answers all values of a header; with one that only knows the first value the rest is as strict.
 *
 * <p>Stateless and thread-safe. Never throws, whatever a header holds.
 *
 * @since 0.1
 */
public final class W3cPropagator implements TextMapPropagator {

    static final String TRACEPARENT = "traceparent";
    static final String TRACESTATE = "tracestate";

    /** 32 members of the largest size, and as much again for blanks: what is longer cannot be valid. */
    private static final int MAX_STATE =
            2 * RawTraceState.MAX_MEMBERS * (RawTraceState.MAX_KEY + RawTraceState.MAX_VALUE + 2);

    private static final W3cPropagator INSTANCE = new W3cPropagator();
    private static final List<String> FIELDS = List.of(TRACEPARENT, TRACESTATE);

    private W3cPropagator() {}

    /** {@return the one instance} */
    public static W3cPropagator instance() {
        return INSTANCE;
    }

    @Override
    public Collection<String> fields() {
        return FIELDS;
    }

    @Override
    public <C> void inject(Context context, @Nullable C carrier, TextMapSetter<C> setter) {
        if (context == null || setter == null) {
            return;
        }
        SpanContext span = Span.fromContext(context).getSpanContext();
        if (!span.isValid()) {
            return;
        }
        setter.set(carrier, TRACEPARENT, TraceParent.format(span));
        TraceState state = span.getTraceState();
        if (!state.isEmpty()) {
            setter.set(carrier, TRACESTATE, RawTraceState.format(state));
        }
    }

    @Override
    public <C> Context extract(Context context, @Nullable C carrier, TextMapGetter<C> getter) {
        if (context == null) {
            return Context.root();
        }
        if (getter == null) {
            return context;
        }
        // Nearly all requests have none or one of each; asking for all of them costs an iterator.
        String parent = getter.get(carrier, TRACEPARENT);
        if (parent == null || isRepeated(getter.getAll(carrier, TRACEPARENT))) {
            return context;
        }
        String state = getter.get(carrier, TRACESTATE);
        RemoteSpan remote =
                TraceParent.parse(parent, state == null ? null : joined(getter.getAll(carrier, TRACESTATE)));
        return remote == null ? context : context.with(Span.wrap(remote));
    }

    private static boolean isRepeated(Iterator<String> values) {
        if (!values.hasNext()) {
            return false;
        }
        values.next();
        return values.hasNext();
    }

    private static @Nullable String joined(Iterator<String> values) {
        String first = values.hasNext() ? values.next() : null;
        if (first == null || first.length() > MAX_STATE) {
            return null;
        }
        if (!values.hasNext()) {
            return first.isEmpty() ? null : first;
        }
        StringBuilder all = new StringBuilder(first);
        while (values.hasNext()) {
            all.append(',').append(values.next());
            if (all.length() > MAX_STATE) {
                return null;
            }
        }
        return all.toString();
    }

    @Override
    public String toString() {
        return "W3cPropagator";
    }
}
