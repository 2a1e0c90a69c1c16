// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The first element of a {@code Forwarded} field by the grammar of RFC 7239, section 4: pairs of a token and a token or
 * quoted-string, between semicolons; elements between commas; names in any case. A value without the quotes that it
 * needs, such as {@code for=[2001:db8::1]:80}, is accepted: many proxies send it.
 *
 * <p>An element that breaks the grammar, for example with a quote that never closes, is ignored: the text behind the
 * break may belong to another element. Every character is read once, and at most {@value #MAX_LENGTH} of them.
 */
final class ForwardedElement {

    /** No proxy sends longer fields. */
    static final int MAX_LENGTH = 8192;

    private final String text;
    private int at;
    private boolean broken;

    @Nullable
    String client;

    @Nullable
    String host;

    @Nullable
    String proto;

    private ForwardedElement(String text) {
        this.text = text;
    }

    /**
     * The first element of the fields taken together that is not empty; null when it breaks the grammar or there is
     * none.
     */
    static @Nullable ForwardedElement first(List<String> fields) {
        for (String field : fields) {
            if (field.length() > MAX_LENGTH) {
                return null;
            }
            ForwardedElement element = new ForwardedElement(field);
            element.skipEmptyElements();
            if (element.at < field.length()) {
                element.read();
                return element.broken ? null : element;
            }
        }
        return null;
    }

    private void skipEmptyElements() {
        while (at < text.length() && (isBlank(text.charAt(at)) || text.charAt(at) == ',')) {
            at++;
        }
    }

    private void read() {
        while (!broken) {
            skipBlanks();
            if (!isAtEnd() && text.charAt(at) != ';') {
                pair();
                skipBlanks();
            }
            if (isAtEnd()) {
                return;
            }
            if (text.charAt(at) != ';') {
                broken = true;
                return;
            }
            at++;
        }
    }

    /** Behind the last character of the element. */
    private boolean isAtEnd() {
        return at >= text.length() || text.charAt(at) == ',';
    }

    private void pair() {
        int start = at;
        while (at < text.length() && isTokenCharacter(text.charAt(at))) {
            at++;
        }
        int end = at;
        skipBlanks();
        if (end == start || at >= text.length() || text.charAt(at) != '=') {
            broken = true;
            return;
        }
        at++;
        skipBlanks();
        String value = at < text.length() && text.charAt(at) == '"' ? quoted() : bare();
        if (broken || value.isEmpty()) {
            return;
        }
        // RFC 7239: no parameter more than once. The first one is the one that stands.
        if (is(start, end, "for")) {
            client = client == null ? value : client;
        } else if (is(start, end, "host")) {
            host = host == null ? value : host;
        } else if (is(start, end, "proto")) {
            proto = proto == null ? value : proto;
        }
    }

    private boolean is(int start, int end, String name) {
        return end - start == name.length() && text.regionMatches(true, start, name, 0, name.length());
    }

    private String bare() {
        int start = at;
        while (at < text.length() && ";,\" \t".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return text.substring(start, at);
    }

    private String quoted() {
        StringBuilder value = new StringBuilder();
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return value.toString().trim();
            }
            if (c == '\\') {
                at++;
                if (at == text.length()) {
                    break;
                }
                c = text.charAt(at);
            }
            value.append(c);
        }
        broken = true;
        return "";
    }

    private void skipBlanks() {
        while (at < text.length() && isBlank(text.charAt(at))) {
            at++;
        }
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    /** RFC 9110, section 5.6.2. */
    private static boolean isTokenCharacter(char c) {
        return c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c >= '0' && c <= '9'
                || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }
}
