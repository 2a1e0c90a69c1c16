// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/** Copies a fixed list of headers into span attributes. Immutable. */
public final class HeaderCapture {

    private static final HeaderCapture NOTHING = new HeaderCapture(new AsciiString[0], List.of());

    private final AsciiString[] names;
    private final List<AttributeKey<List<String>>> keys;

    private HeaderCapture(AsciiString[] names, List<AttributeKey<List<String>>> keys) {
        this.names = names;
        this.keys = keys;
    }

    /** Captures {@code headers} under the keys that {@code key} makes of them. */
    public static HeaderCapture of(Collection<String> headers, Function<String, AttributeKey<List<String>>> key) {
        if (headers.isEmpty()) {
            return NOTHING;
        }
        return new HeaderCapture(
                headers.stream().map(AsciiString::of).toArray(AsciiString[]::new),
                headers.stream().map(key).toList());
    }

    /** Writes the values that are present; a header that is absent leaves no attribute. */
    public void write(HttpHeaders headers, Span span) {
        for (int i = 0; i < names.length; i++) {
            List<String> values = headers.getAll(names[i]);
            if (!values.isEmpty()) {
                span.setAttribute(keys.get(i), values);
            }
        }
    }
}
