// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapSetter;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Netty's headers as the carrier of propagators. Stateless. */
public enum NettyHeaders implements TextMapGetter<HttpHeaders>, TextMapSetter<HttpHeaders> {
    CARRIER;

    private static final AsciiString TRACEPARENT = AsciiString.cached("traceparent");
    private static final AsciiString TRACESTATE = AsciiString.cached("tracestate");
    private static final AsciiString BAGGAGE = AsciiString.cached("baggage");

    /** The names that every request asks for in Netty's own form, which remembers its hash and is copied to the wire as it is. */
    private static CharSequence known(String name) {
        return switch (name) {
            case "traceparent" -> TRACEPARENT;
            case "tracestate" -> TRACESTATE;
            case "baggage" -> BAGGAGE;
            default -> name;
        };
    }

    @Override
    @SuppressWarnings("deprecation") // abstract in older versions
    public Iterable<String> keys(HttpHeaders headers) {
        return List.copyOf(headers.names());
    }

    @Override
    public @Nullable String get(@Nullable HttpHeaders headers, String name) {
        return headers == null ? null : headers.get(known(name));
    }

    /** In the order in which they came; Netty's own iterators go backwards. */
    @Override
    public Iterator<String> getAll(@Nullable HttpHeaders headers, String name) {
        if (headers == null) {
            return Collections.emptyIterator();
        }
        CharSequence known = known(name);
        // Most headers are absent or there once: then no list is made.
        Iterator<? extends CharSequence> values = headers.valueCharSequenceIterator(known);
        if (!values.hasNext()) {
            return Collections.emptyIterator();
        }
        String value = values.next().toString();
        return values.hasNext()
                ? headers.getAll(known).iterator()
                : List.of(value).iterator();
    }

    /** Replaces the header: one that the application copied must not be sent in addition to ours. */
    @Override
    public void set(@Nullable HttpHeaders headers, String name, String value) {
        if (headers != null) {
            headers.set(known(name), value);
        }
    }
}
