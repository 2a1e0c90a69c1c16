// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads a successful answer in JSON. Stateless; malformed answers never throw and count as a full success. */
final class JsonAnswers {

    private static final String[] REJECTED = {"rejectedSpans", "rejectedLogRecords", "rejectedDataPoints"};

    private JsonAnswers() {}

    static boolean isJson(@Nullable String contentType) {
        return contentType != null && contentType.contains("json");
    }

    /** A success; the body may contain a number of rejected records. */
    static SendResult partialSuccess(int status, byte[] body) {
        String text = new String(body, StandardCharsets.UTF_8);
        long rejected = 0;
        for (String field : REJECTED) {
            rejected = Math.max(rejected, number(text, valueOf(text, field)));
        }
        return SendResult.delivered(status, rejected, Answers.printable(string(text, valueOf(text, "errorMessage"))));
    }

    /** Where the value of a field begins; -1 when there is none. */
    private static int valueOf(String text, String field) {
        int name = text.indexOf('"' + field + '"');
        if (name < 0) {
            return -1;
        }
        int at = blanks(text, name + field.length() + 2);
        return at < text.length() && text.charAt(at) == ':' ? blanks(text, at + 1) : -1;
    }

    private static int blanks(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) <= ' ') {
            at++;
        }
        return at;
    }

    /** A number, with or without quotes as JSON of protobuf has it. */
    private static long number(String text, int from) {
        if (from < 0) {
            return 0;
        }
        int at = from < text.length() && text.charAt(from) == '"' ? from + 1 : from;
        long value = 0;
        for (int digits = 0; at < text.length() && digits < 18; at++, digits++) {
            char c = text.charAt(at);
            if (c < '0' || c > '9') {
                break;
            }
            value = value * 10 + (c - '0');
        }
        return value;
    }

    private static String string(String text, int from) {
        if (from < 0 || from >= text.length() || text.charAt(from) != '"') {
            return "";
        }
        StringBuilder value = new StringBuilder();
        for (int at = from + 1; at < text.length() && text.charAt(at) != '"'; at++) {
            char c = text.charAt(at);
            if (c == '\\' && at + 1 < text.length()) {
                c = text.charAt(++at);
            }
            value.append(c);
        }
        return value.toString();
    }
}
