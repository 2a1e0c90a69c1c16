// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import java.util.Set;

/**
 * Takes secrets out of URLs: the user and password before the host, and the values of the query parameters that are named.
 * Immutable. What has neither {@code @} nor {@code ?} is returned as it is, without a copy.
 */
public final class Redaction {

    private static final String REDACTED = "REDACTED";

    private final Set<String> parameters;

    /** @param parameters names of query parameters, compared case-sensitively */
    public Redaction(Set<String> parameters) {
        this.parameters = Set.copyOf(parameters);
    }

    /** A whole URL. */
    public String url(String url) {
        String safe = userInfo(url);
        int question = safe.indexOf('?');
        if (question < 0 || parameters.isEmpty()) {
            return safe;
        }
        int hash = safe.indexOf('#', question);
        String query = safe.substring(question + 1, hash < 0 ? safe.length() : hash);
        String cleaned = query(query);
        if (cleaned == query) {
            return safe;
        }
        return safe.substring(0, question + 1) + cleaned + (hash < 0 ? "" : safe.substring(hash));
    }

    private static String userInfo(String url) {
        int at = url.indexOf('@');
        if (at < 0) {
            return url;
        }
        int scheme = url.indexOf("://");
        if (scheme < 0) {
            return url;
        }
        int start = scheme + 3;
        int end = start;
        while (end < url.length() && "/?#".indexOf(url.charAt(end)) < 0) {
            end++;
        }
        at = url.lastIndexOf('@', end - 1);
        if (at < start) {
            return url;
        }
        boolean password = url.indexOf(':', start) >= 0 && url.indexOf(':', start) < at;
        return url.substring(0, start) + (password ? REDACTED + ':' + REDACTED : REDACTED) + url.substring(at);
    }

    /** A query without its question mark. */
    public String query(String query) {
        if (parameters.isEmpty() || query.indexOf('=') < 0) {
            return query;
        }
        StringBuilder cleaned = null;
        int copied = 0;
        int start = 0;
        while (start < query.length()) {
            int end = query.indexOf('&', start);
            if (end < 0) {
                end = query.length();
            }
            int equals = query.indexOf('=', start);
            if (equals >= 0 && equals < end && parameters.contains(query.substring(start, equals))) {
                if (cleaned == null) {
                    cleaned = new StringBuilder(query.length());
                }
                cleaned.append(query, copied, equals + 1).append(REDACTED);
                copied = end;
            }
            start = end + 1;
        }
        return cleaned == null
                ? query
                : cleaned.append(query, copied, query.length()).toString();
    }
}
