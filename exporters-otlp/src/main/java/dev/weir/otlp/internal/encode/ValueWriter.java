// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Attributes and values of any type. Not thread-safe; not for attributes within attributes (there are none: nesting
 * happens in {@link Value}).
 */
final class ValueWriter {

    /** Values nested deeper are written as empty values: receivers refuse or crash on what is nested without end. */
    static final int MAX_DEPTH = 32;

    private static final int PAIRS_KEPT = 1024;

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
    private final BiConsumer<AttributeKey<?>, Object> collect = this::collect;
    private @Nullable Object[] pairs = new @Nullable Object[64];
    private int count;
    private int dirty;

    /** All attributes as repeated field {@code tag}. */
    void attributes(int tag, Attributes attributes, ProtoBuffer out) {
        if (attributes.isEmpty()) {
            return;
        }
        count = 0;
        attributes.forEach(collect);
        for (int i = count - 2; i >= 0; i -= 2) {
            int before = out.size();
            attributeValue(pairs[i + 1], out);
            out.message(KEY_VALUE_VALUE, before);
            keys.write(((AttributeKey<?>) java.util.Objects.requireNonNull(pairs[i])).getKey(), out);
            out.message(tag, before);
        }
    }

    private void collect(AttributeKey<?> key, Object value) {
        if (count == pairs.length) {
            pairs = Arrays.copyOf(pairs, count * 2);
        }
        pairs[count++] = key;
        pairs[count++] = value;
        dirty = Math.max(dirty, count);
    }

    /** Forgets the application's objects. */
    void release() {
        if (pairs.length > PAIRS_KEPT) {
            pairs = new @Nullable Object[64];
        } else {
            Arrays.fill(pairs, 0, dirty, null);
        }
        dirty = 0;
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
            keys.write(entry.getKey(), out);
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
