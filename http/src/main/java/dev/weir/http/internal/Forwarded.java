// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * What proxies say about the original request: the first element of each header counts. Most requests have none of the headers, which
 * {@link #of} finds out once.
 */
public final class Forwarded {

    private static final AsciiString FORWARDED = AsciiString.cached("forwarded");
    private static final AsciiString FOR = AsciiString.cached("x-forwarded-for");
    private static final AsciiString HOST = AsciiString.cached("x-forwarded-host");
    private static final AsciiString PROTO = AsciiString.cached("x-forwarded-proto");

    private final @Nullable String client;
    private final @Nullable String host;
    private final @Nullable String proto;

    private Forwarded(@Nullable String forwarded, HttpHeaders headers) {
        client = value(forwarded, "for", headers.get(FOR));
        host = value(forwarded, "host", headers.get(HOST));
        proto = value(forwarded, "proto", headers.get(PROTO));
    }

    /** What {@code headers} say; null when they have nothing of the kind. */
    public static @Nullable Forwarded of(HttpHeaders headers) {
        String forwarded = headers.get(FORWARDED);
        return forwarded != null || headers.contains(FOR) || headers.contains(HOST) || headers.contains(PROTO)
                ? new Forwarded(forwarded, headers)
                : null;
    }

    /** The client's address without a port; null when nobody said. */
    public @Nullable String client() {
        return client == null ? null : withoutPort(client);
    }

    /** The host that the client asked for; null when nobody said. */
    public @Nullable String host() {
        return host;
    }

    /** The scheme that the client used, {@code http} or {@code https}; null when nobody said or it is another one. */
    public @Nullable String scheme() {
        if (proto == null) {
            return null;
        }
        if (proto.equalsIgnoreCase("https")) {
            return "https";
        }
        return proto.equalsIgnoreCase("http") ? "http" : null;
    }

    private static @Nullable String value(@Nullable String forwarded, String name, @Nullable String list) {
        String said = forwarded == null ? null : element(forwarded, name);
        return said != null ? said : first(list);
    }

    private static @Nullable String element(String forwarded, String name) {
        int end = forwarded.indexOf(',');
        String first = end < 0 ? forwarded : forwarded.substring(0, end);
        int start = 0;
        while (start < first.length()) {
            int semicolon = first.indexOf(';', start);
            int stop = semicolon < 0 ? first.length() : semicolon;
            int equals = first.indexOf('=', start);
            if (equals >= 0
                    && equals < stop
                    && first.substring(start, equals).trim().equalsIgnoreCase(name)) {
                return unquote(first.substring(equals + 1, stop).trim());
            }
            start = stop + 1;
        }
        return null;
    }

    private static @Nullable String first(@Nullable String list) {
        if (list == null) {
            return null;
        }
        int comma = list.indexOf(',');
        return unquote((comma < 0 ? list : list.substring(0, comma)).trim());
    }

    private static @Nullable String unquote(String value) {
        String bare = value.length() >= 2 && value.charAt(0) == '"' && value.endsWith("\"")
                ? value.substring(1, value.length() - 1)
                : value;
        return bare.isEmpty() ? null : bare;
    }

    private static @Nullable String withoutPort(String address) {
        if (address.charAt(0) == '[') {
            int bracket = address.indexOf(']');
            return bracket < 2 ? null : address.substring(1, bracket);
        }
        int colon = address.indexOf(':');
        return colon < 0 || address.indexOf(':', colon + 1) >= 0
                ? address
                : colon == 0 ? null : address.substring(0, colon);
    }
}
