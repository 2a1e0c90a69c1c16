// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.w3c;

import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.baggage.BaggageBuilder;
import io.opentelemetry.api.baggage.BaggageEntryMetadata;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The text of the {@code baggage} header. Pure functions. */
final class BaggageText {

    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";
    private static final String HEX = "0123456789ABCDEF";

    private BaggageText() {}

    /**
     * Adds the members of one header to {@code target}.
     *
     * @param maxLength a member that ends beyond it is not read
     * @return how many were added, at most {@code maxEntries}
     */
    static int parse(String header, int maxLength, int maxEntries, BaggageBuilder target) {
        int added = 0;
        int length = header.length();
        for (int start = 0; start < length && added < maxEntries; ) {
            int comma = header.indexOf(',', start);
            int end = comma < 0 ? length : comma;
            if (end > maxLength) {
                break;
            }
            if (parseMember(header, start, end, target)) {
                added++;
            }
            start = end + 1;
        }
        return added;
    }

    private static boolean parseMember(String header, int start, int end, BaggageBuilder target) {
        int semicolon = header.indexOf(';', start);
        int valueEnd = semicolon < 0 || semicolon > end ? end : semicolon;
        int equals = header.indexOf('=', start);
        if (equals < 0 || equals >= valueEnd) {
            return false;
        }
        String key = header.substring(start, equals).strip();
        String value = decode(header.substring(equals + 1, valueEnd).strip());
        if (!isToken(key) || value == null) {
            return false;
        }
        if (valueEnd < end) {
            String metadata = header.substring(valueEnd + 1, end).strip();
            if (!isPrintable(metadata)) {
                return false;
            }
            target.put(key, value, BaggageEntryMetadata.create(metadata));
        } else {
            target.put(key, value);
        }
        return true;
    }

    /** The header for {@code baggage}, within the bounds; empty when nothing of it can be written. */
    static String format(Baggage baggage) {
        StringBuilder text = new StringBuilder(64);
        int[] entries = {0};
        baggage.forEach((key, entry) -> {
            if (entries[0] >= W3cBaggagePropagator.MAX_ENTRIES || !isToken(key)) {
                return;
            }
            int before = text.length();
            if (before > 0) {
                text.append(',');
            }
            text.append(key).append('=');
            encode(entry.getValue(), text);
            String metadata = entry.getMetadata().getValue();
            if (!metadata.isEmpty() && isPrintable(metadata) && metadata.indexOf(',') < 0) {
                text.append(';').append(metadata);
            }
            if (text.length() > W3cBaggagePropagator.MAX_BYTES) {
                text.setLength(before);
            } else {
                entries[0]++;
            }
        });
        return text.toString();
    }

    static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!isLetterOrDigit(c) && TOKEN_MARKS.indexOf(c) < 0) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    private static boolean isLetterOrDigit(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
    }

    private static boolean isPrintable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\t' && (c < ' ' || c > '~')) {
                return false;
            }
        }
        return true;
    }

    /** What the standard calls a baggage-octet: printable ASCII without blank, {@code " , ; \}. */
    private static boolean isPlain(int c) {
        return c > ' ' && c <= '~' && c != '"' && c != ',' && c != ';' && c != '\\';
    }

    /** Percent-decodes; null when the text breaks the grammar. */
    private static @Nullable String decode(String text) {
        boolean escaped = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!isPlain(c)) {
                return null;
            }
            escaped |= c == '%';
        }
        if (!escaped) {
            return text;
        }
        byte[] bytes = new byte[text.length()];
        int used = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                if (i + 2 >= text.length()) {
                    return null;
                }
                int high = Character.digit(text.charAt(i + 1), 16);
                int low = Character.digit(text.charAt(i + 2), 16);
                if (high < 0 || low < 0) {
                    return null;
                }
                bytes[used++] = (byte) (high << 4 | low);
                i += 2;
            } else {
                bytes[used++] = (byte) c;
            }
        }
        return new String(bytes, 0, used, StandardCharsets.UTF_8);
    }

    private static void encode(String value, StringBuilder target) {
        for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
            int c = b & 0xff;
            if (isPlain(c) && c != '%') {
                target.append((char) c);
            } else {
                target.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xf));
            }
        }
    }
}
