// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * Takes secrets out of URLs and out of text that may have URLs in it: the user and password before a host, and the values of
 * query parameters that are named. Every field that telemetry writes goes through here, so what one field hides no other one
 * shows.
 *
 * <p>Immutable and thread-safe. Work is linear in the length of the text. What has nothing to hide is returned as it is, without
 * a copy. Where a text is ambiguous, more is hidden rather than less.
 */
public final class UrlRedactor {

    /** Query parameters whose values are secrets, by the semantic conventions of {@code url.full}; compared case-sensitively. */
    public static final Set<String> SENSITIVE_PARAMETERS = Set.of(
            "AWSAccessKeyId",
            "Signature",
            "sig",
            "X-Amz-Credential",
            "X-Amz-Security-Token",
            "X-Amz-Signature",
            "X-Goog-Signature");

    /** What stands for a secret. */
    public static final String REDACTED = "REDACTED";

    private static final UrlRedactor STANDARD = new UrlRedactor(SENSITIVE_PARAMETERS);
    private static final String USER_AND_PASSWORD = REDACTED + ':' + REDACTED;

    /** What cannot be part of a URL in a text, or a user's name: it ends the one and begins the other. */
    private static final String SEPARATORS = "\"'`<>(){}[],;|\\";

    /** A shorter secret is found in too many innocent words. */
    private static final int SHORTEST_KNOWN_SECRET = 4;

    private final Set<String> parameters;

    /** @param parameters names of query parameters */
    public UrlRedactor(Set<String> parameters) {
        this.parameters = Set.copyOf(parameters);
    }

    /** With {@link #SENSITIVE_PARAMETERS}. */
    public static UrlRedactor standard() {
        return STANDARD;
    }

    /** Whether the value of a header is a secret because that of a parameter of this name is one; without regard to case. */
    public boolean isSensitiveHeader(String name) {
        return parameters.stream().anyMatch(name::equalsIgnoreCase);
    }

    /** A whole URL. */
    public String url(String url) {
        String safe = withoutUser(url);
        if (safe.indexOf('=') < 0 && safe.indexOf("://", safe.indexOf("://") + 1) < 0) {
            return safe;
        }
        int question = safe.indexOf('?');
        if (question < 0) {
            return path(safe);
        }
        int hash = safe.indexOf('#', question);
        int end = hash < 0 ? safe.length() : hash;
        String path = safe.substring(0, question);
        String query = safe.substring(question + 1, end);
        String cleanPath = path(path);
        String cleanQuery = query(query);
        return cleanPath.equals(path) && cleanQuery.equals(query)
                ? safe
                : cleanPath + '?' + cleanQuery + safe.substring(end);
    }

    /** The path of a URL: a URL that is a part of it may have a user, a segment may have parameters. */
    public String path(String path) {
        return withoutParameters(withoutUsersOfUrls(path));
    }

    /** As {@link #withoutUser}, for each URL in a part of another one, or in a text, by the grammar alone. */
    private static String withoutUsersOfUrls(String part) {
        int scheme = part.indexOf("://");
        if (scheme < 0) {
            return part;
        }
        StringBuilder cleaned = new StringBuilder(part.length());
        int copied = 0;
        while (scheme >= 0) {
            int start = scheme + 3;
            int end = start;
            int at = -1;
            while (end < part.length() && "/?#&".indexOf(part.charAt(end)) < 0 && !isSeparator(part.charAt(end))) {
                at = part.charAt(end) == '@' ? end : at;
                end++;
            }
            if (at > start) {
                cleaned.append(part, copied, start).append(replacement(part, start, at));
                copied = at;
            }
            scheme = part.indexOf("://", end);
        }
        return copied == 0 ? part : cleaned.append(part, copied, part.length()).toString();
    }

    private static String withoutUser(String url) {
        int scheme = url.indexOf("://");
        int at = scheme < 0 ? -1 : endOfUser(url, scheme + 3, url.length());
        return at < 0 ? url : url.substring(0, scheme + 3) + replacement(url, scheme + 3, at) + url.substring(at);
    }

    /** A query without its question mark. */
    public String query(String query) {
        return withoutQueryParameters(withoutUsersOfUrls(query));
    }

    private String withoutQueryParameters(String query) {
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

    /** Any text: the message of an exception, a line of a log, the value of a header. */
    public String text(String text) {
        return withoutParameters(withoutUsersOfUrls(withoutUsers(text)));
    }

    /** As {@link #text(String)}, for a text about {@code url}: what is a secret there is one here, also when it stands alone. */
    public String text(String text, String url) {
        String safe = text;
        for (String secret : secretsOf(url)) {
            if (safe.contains(secret)) {
                safe = safe.replace(secret, REDACTED);
            }
        }
        return text(safe);
    }

    private List<String> secretsOf(String url) {
        List<String> secrets = new ArrayList<>();
        int scheme = url.indexOf("://");
        int start = scheme + 3;
        int at = scheme < 0 ? -1 : endOfUser(url, start, url.length());
        if (at >= 0) {
            String user = url.substring(start, at);
            secrets.add(user);
            // A parser that follows the grammar of URLs reads this part as the host.
            secrets.add(user.substring(0, endOfAuthority(user, 0, user.length())));
            secrets.add(user.substring(user.indexOf(':') + 1));
        }
        int question = url.indexOf('?');
        for (int equals = url.indexOf('=', question + 1);
                question >= 0 && equals >= 0;
                equals = url.indexOf('=', equals + 1)) {
            if (parameters.contains(url.substring(startOfName(url, equals), equals))) {
                int end = equals + 1;
                while (end < url.length() && "&#".indexOf(url.charAt(end)) < 0) {
                    end++;
                }
                secrets.add(url.substring(equals + 1, end));
            }
        }
        secrets.removeIf(secret -> secret.length() < SHORTEST_KNOWN_SECRET);
        secrets.sort(Comparator.comparingInt(String::length).reversed());
        return secrets;
    }

    private static String withoutUsers(String text) {
        if (text.indexOf('@') < 0) {
            return text;
        }
        StringBuilder cleaned = new StringBuilder(text.length());
        int copied = 0;
        int first = text.indexOf('@');
        while (first >= 0) {
            int word = startOfWord(text, first, copied);
            int limit = endOfWord(text, first);
            int scheme = find("://", text, word, limit);
            int start = scheme >= 0 ? scheme + 3 : word;
            int end = scheme >= 0 ? endOfUser(text, start, limit) : endOfPassword(text, start, limit);
            if (end >= 0) {
                cleaned.append(text, copied, start).append(replacement(text, start, end));
                copied = end;
            }
            first = text.indexOf('@', limit);
        }
        return copied == 0 ? text : cleaned.append(text, copied, text.length()).toString();
    }

    /**
     * Where the {@code @} behind {@code name:password} is; -1 when there is none. What has only digits between the colon and a slash
     * is a host and its port.
     */
    private static int endOfPassword(String text, int start, int limit) {
        int at = text.lastIndexOf('@', limit - 1);
        int colon = find(":", text, start, at);
        if (colon < 0) {
            return -1;
        }
        int end = endOfAuthority(text, colon, at);
        return end == at || !isPort(text, colon + 1, end) ? at : -1;
    }

    private String withoutParameters(String text) {
        int equals = parameters.isEmpty() ? -1 : text.indexOf('=');
        if (equals < 0) {
            return text;
        }
        StringBuilder cleaned = new StringBuilder(text.length());
        int copied = 0;
        while (equals >= 0) {
            int end = equals + 1;
            if (parameters.contains(text.substring(startOfName(text, equals), equals))) {
                while (end < text.length()
                        && text.charAt(end) != '&'
                        && text.charAt(end) != '#'
                        && !isSeparator(text.charAt(end))) {
                    end++;
                }
                cleaned.append(text, copied, equals + 1).append(REDACTED);
                copied = end;
            }
            equals = text.indexOf('=', end);
        }
        return copied == 0 ? text : cleaned.append(text, copied, text.length()).toString();
    }

    /**
     * Where the {@code @} behind the user is; -1 when there is no user. What stands before the first slash is the whole authority,
     * unless it cannot be one: then the slash (or question mark, or hash) belongs to a password that was not encoded.
     */
    private static int endOfUser(String text, int start, int limit) {
        int end = endOfAuthority(text, start, limit);
        int at = text.lastIndexOf('@', end - 1);
        if (at > start) {
            return at;
        }
        at = text.lastIndexOf('@', limit - 1);
        return at > end && !isHostAndPort(text, start, end) ? at : -1;
    }

    private static int endOfAuthority(String text, int start, int limit) {
        int end = start;
        while (end < limit && "/?#".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        return end;
    }

    private static boolean isHostAndPort(String text, int start, int end) {
        int bracket = start < end && text.charAt(start) == '[' ? find("]", text, start, end) : start;
        int colon = bracket < 0 ? -1 : find(":", text, bracket, end);
        return colon < 0 || isPort(text, colon + 1, end);
    }

    private static boolean isPort(String text, int start, int end) {
        for (int i = start; i < end; i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return start < end;
    }

    private static String replacement(String text, int start, int at) {
        return find(":", text, start, at) < 0 ? REDACTED : USER_AND_PASSWORD;
    }

    /** As {@link String#indexOf(String, int)}, and no further than {@code end}: the work must stay linear. */
    private static int find(String what, String text, int start, int end) {
        for (int i = start; i <= end - what.length(); i++) {
            if (text.startsWith(what, i)) {
                return i;
            }
        }
        return -1;
    }

    private static int startOfWord(String text, int end, int limit) {
        int start = end;
        while (start > limit && !isSeparator(text.charAt(start - 1))) {
            start--;
        }
        return start;
    }

    private static int endOfWord(String text, int start) {
        int end = start;
        while (end < text.length() && !isSeparator(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static int startOfName(String text, int end) {
        int start = end;
        while (start > 0 && isOfName(text.charAt(start - 1))) {
            start--;
        }
        return start;
    }

    private static boolean isOfName(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.';
    }

    private static boolean isSeparator(char c) {
        return c <= ' ' || SEPARATORS.indexOf(c) >= 0;
    }
}
