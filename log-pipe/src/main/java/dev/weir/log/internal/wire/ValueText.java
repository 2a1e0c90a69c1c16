// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.wire;

import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.common.ValueType;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;

/**
 * A value of OpenTelemetry as the JSON text that its specification has for it, bounded: {@link Value#asString} takes
 * ever longer for what is nested deep. One value, one thread.
 */
public final class ValueText {

    private final int limit;
    private final StringBuilder text = new StringBuilder(256);

    private ValueText(int limit) {
        this.limit = limit;
    }

    /** Ends once it has {@code limit} characters; what is nested deeper than {@link AnyValues#MAX_DEPTH} is null. */
    public static CharSequence of(Value<?> value, int limit) {
        ValueText to = new ValueText(limit);
        to.append(value, 0);
        return to.text;
    }

    private void append(Value<?> value, int depth) {
        Object content = value.getValue();
        if (content instanceof List<?> elements) {
            list(elements, value.getType() == ValueType.KEY_VALUE_LIST, depth);
        } else if (content instanceof String string) {
            string(string);
        } else if (content instanceof ByteBuffer buffer) {
            ByteBuffer some = buffer.duplicate();
            byte[] bytes = new byte[Math.min(limit, some.remaining())];
            some.get(bytes);
            string(Base64.getEncoder().encodeToString(bytes));
        } else if (content instanceof Double number && (number.isNaN() || number.isInfinite())) {
            string(number.toString());
        } else if (content instanceof Number || content instanceof Boolean) {
            text.append(content);
        } else {
            text.append("null");
        }
    }

    private void list(List<?> elements, boolean map, int depth) {
        if (depth >= AnyValues.MAX_DEPTH) {
            text.append("null");
            return;
        }
        text.append(map ? '{' : '[');
        String separator = "";
        for (Object element : elements) {
            if (text.length() >= limit) {
                break;
            }
            text.append(separator);
            separator = ",";
            if (element instanceof KeyValue pair) {
                string(pair.getKey());
                text.append(':');
                append(pair.getValue(), depth + 1);
            } else {
                append((Value<?>) element, depth + 1);
            }
        }
        text.append(map ? '}' : ']');
    }

    private void string(String string) {
        text.append('"');
        int end = Utf8.end(string, limit);
        for (int i = 0; i < end; i++) {
            char c = string.charAt(i);
            if (c < ' ') {
                text.append(String.format("\\u%04x", (int) c));
            } else {
                if (c == '"' || c == '\\') {
                    text.append('\\');
                }
                text.append(c);
            }
        }
        text.append('"');
    }
}
