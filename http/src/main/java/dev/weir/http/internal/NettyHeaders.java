// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import io.netty.handler.codec.http.HttpHeaders;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapSetter;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Netty's headers as the carrier of propagators. Stateless. */
public enum NettyHeaders implements TextMapGetter<HttpHeaders>, TextMapSetter<HttpHeaders> {
    CARRIER;

    @Override
    @SuppressWarnings("deprecation") // abstract in older versions
    public Iterable<String> keys(HttpHeaders headers) {
        return List.copyOf(headers.names());
    }

    @Override
    public @Nullable String get(@Nullable HttpHeaders headers, String name) {
        return headers == null ? null : headers.get(name);
    }

    /** In the order in which they came; Netty's own iterators go backwards. */
    @Override
    public Iterator<String> getAll(@Nullable HttpHeaders headers, String name) {
        // Most headers are absent: then no list is made.
        return headers == null || !headers.contains(name)
                ? Collections.emptyIterator()
                : headers.getAll(name).iterator();
    }

    /** Replaces the header: one that the application copied must not be sent in addition to ours. */
    @Override
    public void set(@Nullable HttpHeaders headers, String name, String value) {
        if (headers != null) {
            headers.set(name, value);
        }
    }
}
