// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import dev.weir.core.internal.UrlRedactor;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/** Copies a fixed list of headers into span attributes. Immutable. */
public final class HeaderCapture {

    private static final HeaderCapture NOTHING =
            new HeaderCapture(new AsciiString[0], List.of(), new UrlRedactor(Set.of()));

    /** Their values are a scheme and credentials: {@code Basic} has the user and the password that a URL would have. */
    private static final Set<String> CREDENTIALS = Set.of("authorization", "proxy-authorization");

    private final AsciiString[] names;
    private final List<AttributeKey<List<String>>> keys;
    private final UrlRedactor redactor;

    private HeaderCapture(AsciiString[] names, List<AttributeKey<List<String>>> keys, UrlRedactor redactor) {
        this.names = names;
        this.keys = keys;
        this.redactor = redactor;
    }

    /**
     * Captures {@code headers} under the keys that {@code key} makes of them; {@code redactor} removes secrets from
     * their values.
     */
    static HeaderCapture of(
            Collection<String> headers, Function<String, AttributeKey<List<String>>> key, UrlRedactor redactor) {
        if (headers.isEmpty()) {
            return NOTHING;
        }
        return new HeaderCapture(
                headers.stream().map(AsciiString::of).toArray(AsciiString[]::new),
                headers.stream().map(key).toList(),
                redactor);
    }

    /** Writes the values that are present; a header that is absent leaves no attribute. */
    public void write(HttpHeaders headers, Span span) {
        for (int i = 0; i < names.length; i++) {
            List<String> values = headers.getAll(names[i]);
            if (!values.isEmpty()) {
                span.setAttribute(keys.get(i), safe(names[i].toString(), values));
            }
        }
    }

    private List<String> safe(String name, List<String> values) {
        List<String> safe = new ArrayList<>(values.size());
        for (String value : values) {
            safe.add(safe(name, value));
        }
        return safe;
    }

    private String safe(String name, String value) {
        if (redactor.isSensitiveHeader(name)) {
            return UrlRedactor.REDACTED;
        }
        if (CREDENTIALS.contains(name.toLowerCase(Locale.ROOT))) {
            int space = value.indexOf(' ');
            return value.substring(0, space + 1) + UrlRedactor.REDACTED;
        }
        return redactor.text(value);
    }
}
