// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.log.internal.wire.AnyValues;
import dev.weir.log.internal.wire.StackTraces;
import io.opentelemetry.api.common.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Copies of values of the application that run no code of it: encoding them cannot log. Made before the record is
 * begun. Stateless; never throws.
 *
 * @since 0.1
 */
public final class PlainValue {

    /** The copy of each that holds others, so that what contains itself does so afterwards. */
    private final IdentityHashMap<Object, Object> copies = new IdentityHashMap<>();

    /** How many more values are read of one that holds others. */
    private int left;

    private PlainValue(int most) {
        this.left = most;
    }

    /**
     * Copies a value of the application.
     *
     * @param pipe limits how much of a value is copied
     * @param value null stays null
     * @return {@code value} itself when it has no code of its own, otherwise its text; collections, arrays and maps as
     *     copies of which the same is true
     */
    public static @Nullable Object of(LogPipe pipe, @Nullable Object value) {
        if (value == null || isPlain(value)) {
            return value;
        }
        try {
            return new PlainValue(pipe.limits().value()).copy(value, 0);
        } catch (Throwable userCode) {
            return StackTraces.textOf(userCode);
        }
    }

    private static boolean isPlain(Object value) {
        return value instanceof String
                || value instanceof Boolean
                || value instanceof Long
                || value instanceof Integer
                || value instanceof Short
                || value instanceof Byte
                || value instanceof Double
                || value instanceof Float
                || value instanceof Value<?>
                || (value.getClass().isArray() && !(value instanceof Object[]));
    }

    private @Nullable Object copy(@Nullable Object value, int depth) {
        if (value == null || isPlain(value)) {
            return value;
        }
        Object copied = copies.get(value);
        if (copied != null) {
            return copied;
        }
        boolean holds = value instanceof Object[] || value instanceof Collection<?> || value instanceof Map<?, ?>;
        if (!holds) {
            return AnyValues.textOf(value);
        }
        if (depth >= AnyValues.MAX_DEPTH) {
            return null;
        }
        if (value instanceof Map<?, ?> map) {
            return entries(map, depth);
        }
        return elements(value, value instanceof Object[] array ? Arrays.asList(array) : (Collection<?>) value, depth);
    }

    private List<@Nullable Object> elements(Object of, Collection<?> elements, int depth) {
        List<@Nullable Object> plain = new ArrayList<>();
        copies.put(of, plain);
        for (Object element : elements) {
            if (--left < 0) {
                break;
            }
            plain.add(copy(element, depth + 1));
        }
        return plain;
    }

    private Map<String, @Nullable Object> entries(Map<?, ?> map, int depth) {
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        copies.put(map, plain);
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (--left < 0) {
                break;
            }
            Object key = entry.getKey();
            plain.put(key == null ? "null" : AnyValues.textOf(key), copy(entry.getValue(), depth + 1));
        }
        return plain;
    }
}
