// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import org.jspecify.annotations.Nullable;

/**
 * A host and a port, taken apart from {@code host:port}. Immutable; the source text is kept so that an equal one need
 * not be parsed again.
 *
 * @param source what it was parsed from
 * @param host IPv6 literals without their brackets
 * @param port 0 when none was given or it was not a number
 * @param number {@code port}, boxed
 */
public record Authority(String source, String host, int port, Long number) {

    private Authority(String source, String host, int port) {
        this(source, host, port, BoxedLongs.of(port));
    }

    /** {@link #port}, or the standard one of {@code scheme} where none was given. */
    public Long portFor(String scheme) {
        return port != 0 ? number : BoxedLongs.of(scheme.equals("https") ? 443 : 80);
    }

    /** Parses {@code text}; null when it is empty. */
    public static @Nullable Authority parse(String text) {
        String host = text.trim();
        if (host.isEmpty()) {
            return null;
        }
        if (host.charAt(0) == '[') {
            int bracket = host.indexOf(']');
            if (bracket < 0) {
                return new Authority(text, host, 0);
            }
            boolean port = host.startsWith(":", bracket + 1);
            return new Authority(text, host.substring(1, bracket), port ? port(host, bracket + 2) : 0);
        }
        int colon = host.indexOf(':');
        if (colon < 0 || host.indexOf(':', colon + 1) >= 0) {
            return new Authority(text, host, 0);
        }
        return new Authority(text, host.substring(0, colon), port(host, colon + 1));
    }

    /** Whether {@code url} begins with a scheme, by RFC 3986: a colon and two slashes may stand in a query, too. */
    public static boolean hasScheme(String url) {
        int end = url.indexOf("://");
        for (int i = 0; i < end; i++) {
            char c = url.charAt(i);
            boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            boolean later = c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.';
            if (!letter && (i == 0 || !later)) {
                return false;
            }
        }
        return end > 0;
    }

    /** The host and port within a URL; {@code source} is the URL up to the end of them. Null when it has none. */
    public static @Nullable Authority ofUrl(String url) {
        if (!hasScheme(url)) {
            return null;
        }
        int scheme = url.indexOf("://");
        int start = scheme + 3;
        int end = start;
        while (end < url.length() && !isEnd(url.charAt(end))) {
            end++;
        }
        int at = url.lastIndexOf('@', end);
        Authority parsed = parse(url.substring(Math.max(start, at + 1), end));
        return parsed == null ? null : new Authority(url.substring(0, end), parsed.host, parsed.port);
    }

    private static boolean isEnd(char c) {
        return c == '/' || c == '?' || c == '#';
    }

    private static int port(String text, int from) {
        int port = 0;
        for (int i = from; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9 || i - from > 4) {
                return 0;
            }
            port = port * 10 + digit;
        }
        return port > 65_535 ? 0 : port;
    }
}
