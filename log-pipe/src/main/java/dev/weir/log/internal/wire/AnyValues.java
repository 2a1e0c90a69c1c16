// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.wire;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.common.ValueType;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Any value as the content of an OTLP {@code AnyValue}: arrays and collections as arrays, maps as lists of keys and
 * values with each key once (the last one wins), {@code byte[]} as bytes, values of OpenTelemetry as what they are,
 * anything else as its text. Null stays in its place, as an empty value.
 *
 * <p>One value, one thread. Bounds: what does not fit into the given number of bytes is left out, and so is what is
 * nested deeper than {@value #MAX_DEPTH} arrays and maps or than a receiver reads; what contains itself is not entered
 * again. Not for hot paths: it allocates. What the value's own code throws comes out.
 */
public final class AnyValues {

    /** As in exporters-otlp: a value is the same whichever way it goes. */
    public static final int MAX_DEPTH = 32;
    /** How many messages the value of an attribute is in, at most: that of an exemplar in a request of metrics. */
    public static final int IN_ATTRIBUTE = 8;
    /** How many messages the body of a log record is in. */
    public static final int IN_BODY = 4;

    /** The official Java classes refuse a request with a message that is in more than this many others. */
    private static final int MAX_MESSAGES = 100;

    private static final int STRING = 1 << 3 | 2;
    private static final int BOOL = 2 << 3;
    private static final int INT = 3 << 3;
    private static final int DOUBLE = 4 << 3 | 1;
    private static final int ARRAY = 5 << 3 | 2;
    private static final int KVLIST = 6 << 3 | 2;
    private static final int BYTES = 7 << 3 | 2;
    private static final int ENTRY = 1 << 3 | 2;
    private static final int KEY = 1 << 3 | 2;
    private static final int VALUE = 2 << 3 | 2;

    /** The most that a number takes, with its tag. */
    private static final int NUMBER = 11;
    /** The least that a field takes whose length is not known. */
    private static final int FIELD = 4;
    /** What an element must have room for, so that a number is never missing from it. */
    private static final int ELEMENT = NUMBER + FIELD;

    private static final String CIRCULAR = "[CIRCULAR REFERENCE]";

    /** Looks at each text before it is written. */
    @FunctionalInterface
    public interface Texts {

        /** Every text as it is. */
        Texts ALL = (key, text) -> text;

        /**
         * @param key that of the innermost map the text is in; null when it is in none
         * @return what to write instead; null to leave it out
         */
        @Nullable
        CharSequence text(@Nullable String key, CharSequence text);
    }

    private final int limit;
    private final int chars;
    private final Texts texts;
    private final @Nullable Object[] path = new @Nullable Object[MAX_DEPTH];
    private byte[] bytes = new byte[128];
    private int at;
    /** Messages that are begun and not ended: the length of each may yet take two bytes more. */
    private int open;

    private boolean cut;
    private boolean leftOut;

    private AnyValues(int limit, int chars, Texts texts) {
        this.limit = limit;
        this.chars = chars;
        this.texts = texts;
    }

    /**
     * @param messages how many messages it will be in
     * @param limit in bytes
     * @param chars how many characters of each text are kept, and how many bytes of each {@code byte[]}
     */
    public static AnyValues of(Object value, int messages, int limit, int chars, Texts texts) {
        AnyValues encoded = new AnyValues(limit, chars, texts);
        encoded.leftOut = !encoded.value(null, value, 0, messages);
        return encoded;
    }

    /** The message {@code Resource}; what has no key is left out and counted. */
    public static byte[] resource(Attributes attributes) {
        AnyValues message = new AnyValues(Integer.MAX_VALUE, Integer.MAX_VALUE, Texts.ALL);
        int[] dropped = new int[1];
        attributes.forEach((key, value) -> {
            if (key == null || key.getKey().isEmpty()) {
                dropped[0]++;
            } else {
                message.entry(key.getKey(), value, 0, IN_ATTRIBUTE);
            }
        });
        if (dropped[0] > 0) {
            message.ensure(NUMBER);
            message.bytes[message.at++] = 2 << 3;
            message.varint(dropped[0]);
        }
        return Arrays.copyOf(message.bytes, message.at);
    }

    /** {@code value.toString()}; what that throws is the text. */
    public static String textOf(Object value) {
        try {
            return String.valueOf((Object) value.toString());
        } catch (Throwable userCode) {
            return StackTraces.textOf(userCode);
        }
    }

    /** Holds {@link #length()} bytes. Not to be written to. */
    byte[] bytes() {
        return bytes;
    }

    int length() {
        return at;
    }

    /** Whether something of it is missing because there was no room. */
    public boolean isCut() {
        return cut;
    }

    /** Whether the whole value was a text that is not to be written. */
    public boolean isLeftOut() {
        return leftOut;
    }

    /** @return false when it was a text that is not to be written */
    private boolean value(@Nullable String key, @Nullable Object value, int depth, int messages) {
        if (value instanceof Value<?> typed) {
            return typed(key, typed, depth, messages);
        }
        if (value instanceof Boolean flag) {
            number(BOOL, flag ? 1 : 0);
        } else if (value instanceof Long
                || value instanceof Integer
                || value instanceof Short
                || value instanceof Byte) {
            number(INT, ((Number) value).longValue());
        } else if (value instanceof Double || value instanceof Float) {
            fixed64(Double.doubleToRawLongBits(((Number) value).doubleValue()));
        } else if (value instanceof byte[] content) {
            raw(ByteBuffer.wrap(content));
        } else if (value instanceof Collection<?> collection) {
            array(key, collection, depth, messages);
        } else if (value instanceof Map<?, ?> map) {
            map(map, entries(map), depth, messages);
        } else if (value != null && value.getClass().isArray()) {
            array(key, value, depth, messages);
        } else if (value != null) {
            return text(key, value instanceof CharSequence text ? text : textOf(value));
        }
        return true;
    }

    private boolean typed(@Nullable String key, Value<?> value, int depth, int messages) {
        Object content = value.getValue();
        if (value.getType() == ValueType.KEY_VALUE_LIST) {
            map(value, pairs((List<?>) content), depth, messages);
        } else if (content instanceof ByteBuffer buffer) {
            raw(buffer.duplicate());
        } else if (content instanceof String
                || content instanceof Number
                || content instanceof Boolean
                || content instanceof List<?>) {
            return value(key, content, depth, messages);
        }
        // What is left is the empty value, which has a name only in newer versions of the API.
        return true;
    }

    private void array(@Nullable String key, Object array, int depth, int messages) {
        if (!enters(key, array, depth, messages + 2)) {
            return;
        }
        int begun = begin(ARRAY);
        if (array instanceof Collection<?> collection) {
            for (Object element : collection) {
                if (!element(key, element, depth + 1, messages + 2)) {
                    break;
                }
            }
        } else {
            int length = Array.getLength(array);
            int i = 0;
            while (i < length && element(key, Array.get(array, i), depth + 1, messages + 2)) {
                i++;
            }
        }
        end(begun);
    }

    /** @return false when there is no room for it */
    private boolean element(@Nullable String key, @Nullable Object element, int depth, int messages) {
        if (!hasRoom(ELEMENT)) {
            return false;
        }
        int begun = begin(ENTRY);
        value(key, element, depth, messages);
        end(begun);
        return true;
    }

    private void map(Object map, Map<String, @Nullable Object> entries, int depth, int messages) {
        if (!enters(null, map, depth, messages + 3)) {
            return;
        }
        int begun = begin(KVLIST);
        for (Map.Entry<String, @Nullable Object> entry : entries.entrySet()) {
            if (!hasRoom(ELEMENT + 2 * FIELD + 3 * entry.getKey().length())) {
                break;
            }
            entry(entry.getKey(), entry.getValue(), depth + 1, messages + 3);
        }
        end(begun);
    }

    private void entry(String key, @Nullable Object value, int depth, int messages) {
        int before = at;
        int entry = begin(ENTRY);
        utf8(KEY, key, key.length());
        int content = begin(VALUE);
        boolean written = value(key, value, depth, messages);
        end(content);
        end(entry);
        if (!written) {
            at = before;
        }
    }

    /** Whether a container may be written; otherwise a word for it is, or nothing. */
    private boolean enters(@Nullable String key, Object container, int depth, int messages) {
        if (depth >= MAX_DEPTH || messages > MAX_MESSAGES || !hasRoom(FIELD)) {
            return false;
        }
        for (int i = 0; i < depth; i++) {
            if (path[i] == container) {
                text(key, CIRCULAR);
                return false;
            }
        }
        path[depth] = container;
        return true;
    }

    /** Of no more entries than have room. */
    private Map<String, @Nullable Object> entries(Map<?, ?> map) {
        Map<String, @Nullable Object> entries = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (isFull(entries)) {
                break;
            }
            Object key = entry.getKey();
            entries.put(key == null ? "null" : textOf(key), entry.getValue());
        }
        return entries;
    }

    private Map<String, @Nullable Object> pairs(List<?> pairs) {
        Map<String, @Nullable Object> entries = new LinkedHashMap<>();
        for (Object element : pairs) {
            if (isFull(entries)) {
                break;
            }
            KeyValue pair = (KeyValue) element;
            entries.put(pair.getKey(), pair.getValue());
        }
        return entries;
    }

    private boolean isFull(Map<?, ?> entries) {
        boolean full = entries.size() >= limit / ELEMENT;
        cut |= full;
        return full;
    }

    private boolean text(@Nullable String key, CharSequence text) {
        CharSequence written = texts.text(key, text);
        if (written == null) {
            return false;
        }
        utf8(STRING, written, Utf8.end(written, chars));
        return true;
    }

    /** The first {@code length} characters of {@code text}, or as many as there is room for. */
    private void utf8(int tag, CharSequence text, int length) {
        if (!hasRoom(FIELD)) {
            return;
        }
        int begun = begin(tag);
        long most = length * 3L;
        int limited = (int) Math.min(most, room());
        ensure(limited);
        int written = Utf8.write(text, length, bytes, at, limited);
        cut |= limited < most && (length > limited || !Utf8.isWhole(text, length, written));
        at += written;
        end(begun);
    }

    private void raw(ByteBuffer content) {
        int length = Math.min(content.remaining(), chars);
        if (hasRoom(FIELD)) {
            int begun = begin(BYTES);
            int written = Math.min(length, room());
            cut |= written < length;
            ensure(written);
            content.get(bytes, at, written);
            at += written;
            end(begun);
        }
    }

    private void number(int tag, long value) {
        if (hasRoom(NUMBER)) {
            ensure(NUMBER);
            bytes[at++] = (byte) tag;
            varint(value);
        }
    }

    private void fixed64(long bits) {
        if (hasRoom(NUMBER)) {
            ensure(NUMBER);
            bytes[at++] = DOUBLE;
            ByteBuffer.wrap(bytes, at, 8).order(ByteOrder.LITTLE_ENDIAN).putLong(bits);
            at += 8;
        }
    }

    private int room() {
        return Math.max(0, limit - at - 2 * open);
    }

    private boolean hasRoom(int more) {
        boolean room = room() >= more;
        cut |= !room;
        return room;
    }

    /** A field whose length is not known yet. */
    private int begin(int tag) {
        ensure(2);
        open++;
        bytes[at++] = (byte) tag;
        return at++;
    }

    private void end(int lengthAt) {
        open--;
        int length = at - lengthAt - 1;
        int size = Varint.size(length);
        if (size > 1) {
            ensure(size);
            System.arraycopy(bytes, lengthAt + 1, bytes, lengthAt + size, length);
        }
        at = lengthAt;
        varint(length);
        at += length;
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[at++] = (byte) (rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        bytes[at++] = (byte) rest;
    }

    private void ensure(int more) {
        if (at + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, at + more));
        }
    }
}
