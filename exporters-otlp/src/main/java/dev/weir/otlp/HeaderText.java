// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Headers as users write them: {@code name=value,…} with percent-encoded values. Shows no value in any message. */
final class HeaderText {

    private HeaderText() {}

    /**
     * The headers of {@code text}, names in lower case, as W3C baggage without properties.
     *
     * @param setting the name for messages
     * @throws IllegalArgumentException when it is not of that form
     */
    static Map<String, String> parse(String setting, String text) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (String pair : text.split(",", -1)) {
            if (pair.isBlank()) {
                continue;
            }
            int equals = pair.indexOf('=');
            if (equals <= 0) {
                throw new IllegalArgumentException(setting + " is \"***\", allowed: name=value,…");
            }
            String name = pair.substring(0, equals).trim();
            String value = pair.substring(equals + 1).trim();
            try {
                // A plus sign is a plus sign here.
                value = URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        setting + ": the value of " + name + " is \"***\", allowed: percent-encoded text", null);
            }
            headers.put(name(name), value(name, value));
        }
        return headers;
    }

    /**
     * A name in lower case.
     *
     * @throws IllegalArgumentException when no header can be called so
     */
    static String name(String name) {
        String lower = name.trim().toLowerCase(Locale.ROOT);
        if (!lower.matches("[!#$%&'*+.^_`|~0-9a-z-]+")) {
            throw new IllegalArgumentException("not a header name: \"" + name + '"');
        }
        return lower;
    }

    /**
     * The value itself.
     *
     * @throws IllegalArgumentException when it would end the header
     */
    static String value(String name, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\r' || c == '\n' || c == 0) {
                throw new IllegalArgumentException("the value of header " + name + " contains a line break");
            }
        }
        return value;
    }
}
