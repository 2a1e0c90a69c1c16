// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

/** Tokens of RFC 9110, section 5.6.2: names of headers and methods. Stateless. */
final class HttpTokens {

    /** The allowed values, for messages. */
    static final String ALLOWED = "letters, digits and !#$%&'*+-.^_`|~";

    private static final String MARKS = "!#$%&'*+-.^_`|~";

    private HttpTokens() {}

    /** Whether {@code text} is one token. */
    static boolean isToken(String text) {
        boolean valid = !text.isEmpty();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            valid &= c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || MARKS.indexOf(c) >= 0;
        }
        return valid;
    }
}
