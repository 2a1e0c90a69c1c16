// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.config;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Headers as users write them: {@code name=value,…} with percent-encoded values. What passes can be sent: names are
 * tokens and values are field values of RFC 9110. Shows no value in any message.
 */
public final class HeaderText {

    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9a-z-]+");

    private static final String ALLOWED = "text without control characters";

    private HeaderText() {}

    /**
     * The headers of {@code text}, names in lower case, as W3C baggage without properties.
     *
     * @param setting the name for messages
     * @throws IllegalArgumentException when it is not of that form
     */
    public static Map<String, String> parse(String setting, String text) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (String pair : text.split(",", -1)) {
            if (pair.isBlank()) {
                continue;
            }
            int equals = pair.indexOf('=');
            if (equals <= 0) {
                throw new IllegalArgumentException(setting + " is \"***\", allowed: name=value,…");
            }
            String name = name(setting, pair.substring(0, equals));
            String value = pair.substring(equals + 1).trim();
            try {
                value = decoded(value);
            } catch (CharacterCodingException e) {
                throw invalid(setting, name, "percent-encoded UTF-8");
            }
            headers.put(name, value(setting, name, value));
        }
        return headers;
    }

    /**
     * {@code headers} with names in lower case.
     *
     * @param setting the name for messages
     * @throws IllegalArgumentException when one of them cannot be sent
     * @throws NullPointerException for a null name or value
     */
    public static Map<String, String> check(String setting, Map<String, String> headers) {
        Map<String, String> checked = new LinkedHashMap<>();
        headers.forEach((name, value) -> {
            String lower = name(setting, Objects.requireNonNull(name, () -> setting + ": the name of a header"));
            checked.put(lower, value(setting, lower, Objects.requireNonNull(value, () -> setting + ": " + lower)));
        });
        return checked;
    }

    private static String name(String setting, String name) {
        String lower = name.trim().toLowerCase(Locale.ROOT);
        if (!TOKEN.matcher(lower).matches()) {
            throw new IllegalArgumentException(setting + " has the header name \"" + name.trim()
                    + "\", allowed: letters, digits and !#$%&'*+-.^_`|~");
        }
        return lower;
    }

    /** Without the blanks at its ends, which are no part of a field's value. */
    private static String value(String setting, String name, String value) {
        int start = 0;
        int end = value.length();
        while (start < end && isBlank(value.charAt(start))) {
            start++;
        }
        while (end > start && isBlank(value.charAt(end - 1))) {
            end--;
        }
        for (int i = start; i < end; i++) {
            char c = value.charAt(i);
            if (c < ' ' && c != '\t' || c == 0x7f) {
                throw invalid(setting, name, ALLOWED);
            }
        }
        // Netty writes a byte for each character.
        return new String(value.substring(start, end).getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private static String decoded(String value) throws CharacterCodingException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) != '%') {
                int next = value.offsetByCodePoints(i, 1);
                bytes.writeBytes(value.substring(i, next).getBytes(StandardCharsets.UTF_8));
                i = next - 1;
                continue;
            }
            int high = i + 1 < value.length() ? Character.digit(value.charAt(i + 1), 16) : -1;
            int low = i + 2 < value.length() ? Character.digit(value.charAt(i + 2), 16) : -1;
            if (high < 0 || low < 0) {
                throw new CharacterCodingException();
            }
            bytes.write(high << 4 | low);
            i += 2;
        }
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes.toByteArray()))
                .toString();
    }

    private static IllegalArgumentException invalid(String setting, String name, String allowed) {
        return new IllegalArgumentException(setting + ": the value of " + name + " is \"***\", allowed: " + allowed);
    }
}
