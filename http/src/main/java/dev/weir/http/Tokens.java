// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import java.util.Collection;
import java.util.List;

/** Checks names of headers and methods: tokens of RFC 9110. */
final class Tokens {

    private static final String MARKS = "!#$%&'*+-.^_`|~";

    private Tokens() {}

    static List<String> require(String what, Collection<String> texts) {
        texts.forEach(text -> require(what, text));
        return List.copyOf(texts);
    }

    static String require(String what, String text) {
        boolean valid = !text.isEmpty();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            valid &= c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || MARKS.indexOf(c) >= 0;
        }
        if (!valid) {
            throw new IllegalArgumentException(
                    what + " must consist of letters, digits and " + MARKS + ", was \"" + text + '"');
        }
        return text;
    }
}
