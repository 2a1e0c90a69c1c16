// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The original request by the headers of proxies: {@code Forwarded} before {@code X-Forwarded-*}. The first element of
 * each counts, which the proxy next to the client wrote. Most requests have none of these headers; {@link #of} checks
 * that once. Immutable.
 */
public final class Forwarded {

    private static final AsciiString FORWARDED = AsciiString.cached("forwarded");
    private static final AsciiString FOR = AsciiString.cached("x-forwarded-for");
    private static final AsciiString HOST = AsciiString.cached("x-forwarded-host");
    private static final AsciiString PROTO = AsciiString.cached("x-forwarded-proto");

    /** No host name is longer (RFC 1035), and no address. */
    private static final int MAX_NAME = 255;

    private final @Nullable String client;
    private final @Nullable String host;
    private final @Nullable String scheme;

    private Forwarded(@Nullable ForwardedElement element, HttpHeaders headers) {
        client = node(element != null && element.client != null ? element.client : first(headers, FOR));
        host = host(element != null && element.host != null ? element.host : first(headers, HOST));
        scheme = scheme(element != null && element.proto != null ? element.proto : first(headers, PROTO));
    }

    /** Reads {@code headers}; null when none of them is of a proxy. */
    public static @Nullable Forwarded of(HttpHeaders headers) {
        boolean standard = headers.contains(FORWARDED);
        return standard || headers.contains(FOR) || headers.contains(HOST) || headers.contains(PROTO)
                ? new Forwarded(standard ? ForwardedElement.first(headers.getAll(FORWARDED)) : null, headers)
                : null;
    }

    /**
     * The client's address without a port; null when no proxy sent it: {@code unknown} and hidden names are no
     * addresses.
     */
    public @Nullable String client() {
        return client;
    }

    /** The host that the client asked for, with its port; null when no proxy sent it. */
    public @Nullable String host() {
        return host;
    }

    /**
     * The scheme that the client used, {@code http} or {@code https}; null when no proxy sent it or it is another one.
     */
    public @Nullable String scheme() {
        return scheme;
    }

    /** {@code http} or {@code https} for these and for the websocket schemes, in any case; null for any other text. */
    public static @Nullable String scheme(@Nullable String name) {
        if (name == null) {
            return null;
        }
        if (name.equalsIgnoreCase("https") || name.equalsIgnoreCase("wss")) {
            return "https";
        }
        return name.equalsIgnoreCase("http") || name.equalsIgnoreCase("ws") ? "http" : null;
    }

    private static @Nullable String first(HttpHeaders headers, AsciiString name) {
        List<String> fields = headers.contains(name) ? headers.getAll(name) : List.of();
        for (String field : fields) {
            for (int start = 0; start <= field.length(); ) {
                int comma = field.indexOf(',', start);
                int end = comma < 0 ? field.length() : comma;
                String value = unquote(field.substring(start, end).trim());
                if (!value.isEmpty()) {
                    return value;
                }
                start = end + 1;
            }
        }
        return null;
    }

    private static String unquote(String value) {
        return value.length() >= 2 && value.charAt(0) == '"' && value.endsWith("\"")
                ? value.substring(1, value.length() - 1).trim()
                : value;
    }

    /** A node of RFC 7239, section 6, without its port; null for one that has no address. */
    private static @Nullable String node(@Nullable String node) {
        if (node == null) {
            return null;
        }
        String name = withoutPort(node);
        return name == null || name.equalsIgnoreCase("unknown") || name.charAt(0) == '_' || !isName(name) ? null : name;
    }

    private static @Nullable String withoutPort(String node) {
        if (node.charAt(0) == '[') {
            int bracket = node.indexOf(']');
            return bracket < 2 ? null : node.substring(1, bracket);
        }
        int colon = node.indexOf(':');
        return colon < 0 || node.indexOf(':', colon + 1) >= 0 ? node : colon == 0 ? null : node.substring(0, colon);
    }

    /** The name with its port; without the port when it is not a number. */
    private static @Nullable String host(@Nullable String host) {
        String name = host == null ? null : withoutPort(host);
        if (host == null || name == null || !isName(name)) {
            return null;
        }
        int end = host.charAt(0) == '[' ? name.length() + 2 : name.length();
        return isPort(host, end) ? host : host.substring(0, end);
    }

    private static boolean isPort(String host, int from) {
        for (int i = from + 1; i < host.length(); i++) {
            if (host.charAt(i) < '0' || host.charAt(i) > '9') {
                return false;
            }
        }
        return from == host.length() || host.charAt(from) == ':';
    }

    /** Whether the text may be a host name or an address, a zone included. */
    private static boolean isName(String text) {
        if (text.length() > MAX_NAME) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean allowed = Character.isLetterOrDigit(c) || c == '.' || c == ':' || c == '-' || c == '_' || c == '%';
            if (!allowed) {
                return false;
            }
        }
        return true;
    }
}
