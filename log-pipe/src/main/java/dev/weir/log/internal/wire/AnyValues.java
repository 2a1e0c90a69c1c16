// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.wire;

import io.opentelemetry.api.common.AttributeType;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Resources, lists and maps as OTLP messages. Not for hot paths: it allocates. Stateless. */
public final class AnyValues {

    private static final byte[] NOTHING = {};
    /** Receivers refuse messages that are nested deeper than 100; each level here takes up to three. */
    private static final int MAX_DEPTH = 24;

    private AnyValues() {}

    /** The message {@code Resource}. */
    public static byte[] resource(Attributes attributes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        attributes.forEach((key, value) -> {
            ByteArrayOutputStream keyValue = new ByteArrayOutputStream();
            field(keyValue, 1, key.getKey().getBytes(StandardCharsets.UTF_8));
            field(keyValue, 2, anyValue(key.getType(), value));
            field(out, 1, keyValue.toByteArray());
        });
        return out.toByteArray();
    }

    /** The message {@code AnyValue} for the value of an attribute. */
    public static byte[] anyValue(AttributeType type, Object value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        switch (type) {
            case BOOLEAN -> {
                out.write(2 << 3);
                out.write(Boolean.TRUE.equals(value) ? 1 : 0);
            }
            case LONG -> {
                out.write(3 << 3);
                varint(out, (Long) value);
            }
            case DOUBLE -> {
                out.write(4 << 3 | 1);
                byte[] bits = new byte[8];
                ByteBuffer.wrap(bits).order(ByteOrder.LITTLE_ENDIAN).putDouble((Double) value);
                out.writeBytes(bits);
            }
            case STRING_ARRAY -> array(out, AttributeType.STRING, value);
            case BOOLEAN_ARRAY -> array(out, AttributeType.BOOLEAN, value);
            case LONG_ARRAY -> array(out, AttributeType.LONG, value);
            case DOUBLE_ARRAY -> array(out, AttributeType.DOUBLE, value);
            default -> field(out, 1, String.valueOf(value).getBytes(StandardCharsets.UTF_8));
        }
        return out.toByteArray();
    }

    /** The message {@code AnyValue} for a value; what is nested deeper than {@value #MAX_DEPTH} levels is left out. */
    public static byte[] anyValue(Value<?> value) {
        return anyValue(value, 0);
    }

    private static byte[] anyValue(Value<?> value, int depth) {
        if (depth > MAX_DEPTH) {
            return NOTHING;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        switch (value.getType()) {
            case STRING -> field(out, 1, value.asString().getBytes(StandardCharsets.UTF_8));
            case BOOLEAN -> out.writeBytes(anyValue(AttributeType.BOOLEAN, value.getValue()));
            case LONG -> out.writeBytes(anyValue(AttributeType.LONG, value.getValue()));
            case DOUBLE -> out.writeBytes(anyValue(AttributeType.DOUBLE, value.getValue()));
            case BYTES -> {
                ByteBuffer bytes = ((ByteBuffer) value.getValue()).duplicate();
                byte[] copy = new byte[bytes.remaining()];
                bytes.get(copy);
                field(out, 7, copy);
            }
            case ARRAY -> {
                ByteArrayOutputStream array = new ByteArrayOutputStream();
                for (Object element : (List<?>) value.getValue()) {
                    field(array, 1, anyValue((Value<?>) element, depth + 1));
                }
                field(out, 5, array.toByteArray());
            }
            case KEY_VALUE_LIST -> {
                ByteArrayOutputStream list = new ByteArrayOutputStream();
                for (Object element : (List<?>) value.getValue()) {
                    KeyValue pair = (KeyValue) element;
                    ByteArrayOutputStream keyValue = new ByteArrayOutputStream();
                    field(keyValue, 1, pair.getKey().getBytes(StandardCharsets.UTF_8));
                    field(keyValue, 2, anyValue(pair.getValue(), depth + 1));
                    field(list, 1, keyValue.toByteArray());
                }
                field(out, 6, list.toByteArray());
            }
            default -> {
                // An empty value is an AnyValue without a field.
            }
        }
        return out.toByteArray();
    }

    private static void array(ByteArrayOutputStream out, AttributeType type, Object values) {
        ByteArrayOutputStream array = new ByteArrayOutputStream();
        for (Object value : (List<?>) values) {
            // Null stays in its place: an AnyValue without a field.
            field(array, 1, value == null ? NOTHING : anyValue(type, value));
        }
        field(out, 5, array.toByteArray());
    }

    private static void field(ByteArrayOutputStream out, int number, byte[] bytes) {
        out.write(number << 3 | 2);
        varint(out, bytes.length);
        out.writeBytes(bytes);
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
