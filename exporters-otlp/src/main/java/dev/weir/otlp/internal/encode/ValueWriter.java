// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Attributes and values of any type. Not thread-safe; not for attributes within attributes (there are none: nesting
 * happens in {@link Value}).
 */
final class ValueWriter {

    /** Values nested deeper are written as empty values: receivers refuse or crash on what is nested without end. */
    static final int MAX_DEPTH = 32;

    private static final int KEY_VALUE_VALUE = 2 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int STRING = 1 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int BOOL = 2 << 3;
    private static final int INT = 3 << 3;
    private static final int DOUBLE = 4 << 3 | 1;
    private static final int ARRAY = 5 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int KVLIST = 6 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int BYTES = 7 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int LIST_ENTRY = 1 << 3 | ProtoBuffer.LENGTH_DELIMITED;

    private final KeyCache keys = new KeyCache();
    private final BiConsumer<AttributeKey<?>, Object> writer = this::attribute;
    private @Nullable ProtoBuffer target;
    private int targetTag;

    /**
     * All attributes as repeated field {@code tag}. They are read in the reverse of the order in which {@code attributes}
     * gives them, which has no meaning: to keep it, each would have to be put aside first.
     */
    void attributes(int tag, Attributes attributes, ProtoBuffer out) {
        if (!attributes.isEmpty()) {
            target = out;
            targetTag = tag;
            attributes.forEach(writer);
        }
    }

    private void attribute(AttributeKey<?> attributeKey, Object value) {
        ProtoBuffer out = Objects.requireNonNull(target);
        byte[] key = keys.field(attributeKey.getKey());
        if (value instanceof String text) {
            out.textAttribute(targetTag, key, text);
        } else if (value instanceof Long number) {
            out.numberAttribute(targetTag, key, number);
        } else {
            int before = out.size();
            attributeValue(value, out);
            out.message(KEY_VALUE_VALUE, before);
            out.raw(key);
            out.message(targetTag, before);
        }
    }

    private void attributeValue(@Nullable Object value, ProtoBuffer out) {
        if (value instanceof String text) {
            out.string(STRING, text);
        } else if (value instanceof Long number) {
            longValue(number, out);
        } else if (value instanceof Boolean truth) {
            booleanValue(truth, out);
        } else if (value instanceof Double number) {
            out.doubleField(DOUBLE, number);
        } else if (value instanceof List<?> list) {
            int before = out.size();
            for (int i = list.size() - 1; i >= 0; i--) {
                int beforeEntry = out.size();
                attributeValue(list.get(i), out);
                out.message(LIST_ENTRY, beforeEntry);
            }
            out.message(ARRAY, before);
        } else if (value instanceof Value<?> nested) {
            value(nested, out, 0);
        }
    }

    /** The content of an {@code AnyValue}. */
    void value(Value<?> value, ProtoBuffer out) {
        value(value, out, 0);
    }

    private void value(Value<?> value, ProtoBuffer out, int depth) {
        switch (value.getType()) {
            case STRING -> out.string(STRING, (String) value.getValue());
            case BOOLEAN -> booleanValue((Boolean) value.getValue(), out);
            case LONG -> longValue((Long) value.getValue(), out);
            case DOUBLE -> out.doubleField(DOUBLE, (Double) value.getValue());
            case ARRAY -> array((List<?>) value.getValue(), out, depth);
            case KEY_VALUE_LIST -> keyValues((List<?>) value.getValue(), out, depth);
            case BYTES -> {
                int before = out.size();
                out.raw((ByteBuffer) value.getValue());
                out.message(BYTES, before);
            }
            // The empty value has a name only in newer versions of the API.
            default -> {}
        }
    }

    private void array(List<?> values, ProtoBuffer out, int depth) {
        if (depth >= MAX_DEPTH) {
            return;
        }
        int before = out.size();
        for (int i = values.size() - 1; i >= 0; i--) {
            int beforeEntry = out.size();
            value((Value<?>) values.get(i), out, depth + 1);
            out.message(LIST_ENTRY, beforeEntry);
        }
        out.message(ARRAY, before);
    }

    private void keyValues(List<?> entries, ProtoBuffer out, int depth) {
        if (depth >= MAX_DEPTH) {
            return;
        }
        int before = out.size();
        for (int i = entries.size() - 1; i >= 0; i--) {
            KeyValue entry = (KeyValue) entries.get(i);
            int beforeEntry = out.size();
            value(entry.getValue(), out, depth + 1);
            out.message(KEY_VALUE_VALUE, beforeEntry);
            out.raw(keys.field(entry.getKey()));
            out.message(LIST_ENTRY, beforeEntry);
        }
        out.message(KVLIST, before);
    }

    private static void longValue(long number, ProtoBuffer out) {
        out.varint(number);
        out.tag(INT);
    }

    private static void booleanValue(boolean truth, ProtoBuffer out) {
        out.uint(BOOL, truth ? 1 : 0);
    }
}
