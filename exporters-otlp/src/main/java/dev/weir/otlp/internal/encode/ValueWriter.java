// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import dev.weir.otlp.internal.proto.ProtoBuffer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Attributes and values of any type. Not thread-safe; not for attributes within attributes (there are none: nesting
 * happens in {@link Value}).
 */
final class ValueWriter {

    /**
     * Values nested deeper are written as empty values: receivers refuse or crash on what is nested without end. As in
     * log-pipe.
     */
    static final int MAX_DEPTH = 32;

    /** The official Java classes refuse a request with a message that is in more than this many others. */
    private static final int MAX_MESSAGES = 100;

    /** How many messages the value of an attribute is in, at most: that of an exemplar. */
    private static final int IN_ATTRIBUTE = 8;

    /** How many messages the body of a log record is in. */
    private static final int IN_BODY = 4;

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
    private int withoutKey;

    /**
     * All attributes as repeated field {@code tag}, except those without a key. They are read in the reverse of the
     * order in which {@code attributes} gives them, which has no meaning: to keep it, each would have to be put aside
     * first.
     *
     * @return how many have no key
     */
    int attributes(int tag, Attributes attributes, ProtoBuffer out) {
        if (attributes.isEmpty()) {
            return 0;
        }
        target = out;
        targetTag = tag;
        withoutKey = 0;
        attributes.forEach(writer);
        return withoutKey;
    }

    /**
     * As {@link #attributes(int, Attributes, ProtoBuffer)}, followed by field {@code droppedTag}: how many are not
     * there.
     *
     * @param dropped how many had been left out before; nothing if it is not positive
     */
    void attributes(int tag, Attributes attributes, int droppedTag, int dropped, ProtoBuffer out) {
        int before = out.size();
        if (dropped > 0) {
            out.uint(droppedTag, dropped);
        }
        int more = attributes(tag, attributes, out);
        if (more > 0) {
            out.rewind(before);
            out.uint(droppedTag, Math.max(0, dropped) + more);
            attributes(tag, attributes, out);
        }
    }

    private void attribute(@Nullable AttributeKey<?> attributeKey, Object value) {
        ProtoBuffer out = Objects.requireNonNull(target);
        String name = attributeKey == null ? "" : attributeKey.getKey();
        if (name.isEmpty()) {
            withoutKey++;
            return;
        }
        byte[] key = keys.field(name);
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
            value(nested, out, 0, IN_ATTRIBUTE);
        }
    }

    /** The content of the {@code AnyValue} that is the body of a log record. */
    void body(Value<?> value, ProtoBuffer out) {
        value(value, out, 0, IN_BODY);
    }

    private void value(@Nullable Value<?> value, ProtoBuffer out, int depth, int messages) {
        if (value == null) {
            return;
        }
        switch (value.getType()) {
            case STRING -> out.string(STRING, (String) value.getValue());
            case BOOLEAN -> booleanValue((Boolean) value.getValue(), out);
            case LONG -> longValue((Long) value.getValue(), out);
            case DOUBLE -> out.doubleField(DOUBLE, (Double) value.getValue());
            case ARRAY -> array((List<?>) value.getValue(), out, depth, messages);
            case KEY_VALUE_LIST -> keyValues((List<?>) value.getValue(), out, depth, messages);
            case BYTES -> {
                int before = out.size();
                out.raw((ByteBuffer) value.getValue());
                out.message(BYTES, before);
            }
            // The empty value has a name only in newer versions of the API.
            default -> {}
        }
    }

    private void array(List<?> values, ProtoBuffer out, int depth, int messages) {
        if (depth >= MAX_DEPTH || messages + 2 > MAX_MESSAGES) {
            return;
        }
        int before = out.size();
        for (int i = values.size() - 1; i >= 0; i--) {
            int beforeEntry = out.size();
            value((Value<?>) values.get(i), out, depth + 1, messages + 2);
            out.message(LIST_ENTRY, beforeEntry);
        }
        out.message(ARRAY, before);
    }

    /** Each key once: of several entries the last one. */
    private void keyValues(List<?> entries, ProtoBuffer out, int depth, int messages) {
        if (depth >= MAX_DEPTH || messages + 3 > MAX_MESSAGES) {
            return;
        }
        int before = out.size();
        Set<String> written = new HashSet<>();
        for (int i = entries.size() - 1; i >= 0; i--) {
            KeyValue entry = (KeyValue) entries.get(i);
            if (written.add(entry.getKey())) {
                int beforeEntry = out.size();
                value(entry.getValue(), out, depth + 1, messages + 3);
                out.message(KEY_VALUE_VALUE, beforeEntry);
                out.raw(keys.field(entry.getKey()));
                out.message(LIST_ENTRY, beforeEntry);
            }
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
