// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import dev.weir.core.Signal;
import dev.weir.otlp.internal.proto.ProtoReader;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;

/**
 * Turns the protobuf body of an export request into the JSON of OTLP/HTTP: ids as hex digits, 64-bit numbers as texts,
 * enumerations as numbers. For the protocol {@code http/json}; speed was not a goal.
 *
 * <p>Stateless. Unknown fields are left out. Memory: the JSON, about three times the body.
 */
public final class OtlpJsonWriter {

    /** Deeper than {@link ValueWriter#MAX_DEPTH} can make it. */
    private static final int MAX_DEPTH = 128;

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private final byte[] body;
    private final ByteArrayOutputStream out;

    private OtlpJsonWriter(byte[] body) {
        this.body = body;
        this.out = new ByteArrayOutputStream(body.length * 3 + 16);
    }

    /**
     * The request as JSON in UTF-8.
     *
     * @param body a whole export request of {@code signal}
     * @throws IllegalArgumentException when it is not one
     */
    public static byte[] write(Signal signal, byte[] body) {
        OtlpJsonWriter writer = new OtlpJsonWriter(body);
        writer.message(JsonSchema.of(signal), 0, body.length, 0);
        return writer.out.toByteArray();
    }

    /** Walks the message once for each field that it may have: so repeated fields need not be neighbours. */
    private void message(JsonSchema schema, int from, int to, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("nested deeper than " + MAX_DEPTH);
        }
        out.write('{');
        boolean first = true;
        for (JsonSchema.Field field : schema.fields()) {
            boolean found =
                    field.repeated() ? repeated(field, from, to, depth, first) : single(field, from, to, depth, first);
            first &= !found;
        }
        out.write('}');
    }

    private boolean repeated(JsonSchema.Field field, int from, int to, int depth, boolean first) {
        boolean found = false;
        ProtoReader reader = new ProtoReader(body, from, to);
        while (reader.next()) {
            if (reader.field() == field.number() && reader.isMessage()) {
                if (found) {
                    out.write(',');
                } else {
                    name(field, first);
                    out.write('[');
                    found = true;
                }
                value(field, reader, depth);
            }
        }
        check(reader);
        if (found) {
            out.write(']');
        }
        return found;
    }

    /** Of several, the last counts. */
    private boolean single(JsonSchema.Field field, int from, int to, int depth, boolean first) {
        int at = -1;
        ProtoReader reader = new ProtoReader(body, from, to);
        while (reader.next()) {
            if (reader.field() == field.number()) {
                at = reader.fieldStart();
            }
        }
        check(reader);
        if (at < 0) {
            return false;
        }
        reader = new ProtoReader(body, at, to);
        reader.next();
        name(field, first);
        value(field, reader, depth);
        return true;
    }

    private void value(JsonSchema.Field field, ProtoReader reader, int depth) {
        switch (field.kind()) {
            case MESSAGE ->
                message(Objects.requireNonNull(field.message().get()), reader.start(), reader.fieldEnd(), depth + 1);
            case TEXT -> text(reader.start(), reader.fieldEnd());
            case ID -> hex(reader.start(), reader.fieldEnd());
            case BYTES -> {
                quote();
                byte[] content = java.util.Arrays.copyOfRange(body, reader.start(), reader.fieldEnd());
                out.writeBytes(Base64.getEncoder().encode(content));
                quote();
            }
            case BOOL -> ascii(Boolean.toString(reader.number() != 0));
            case NUMBER -> ascii(Long.toString(reader.number()));
            case ZIGZAG -> ascii(Long.toString(reader.number() >>> 1 ^ -(reader.number() & 1)));
            case SIGNED_LONG -> quoted(Long.toString(reader.number()));
            case UNSIGNED_LONG -> quoted(Long.toUnsignedString(reader.number()));
            case DOUBLE -> real(Double.longBitsToDouble(reader.number()));
            case PACKED_FIXED64, PACKED_DOUBLE, PACKED_VARINT -> packed(field.kind(), reader);
        }
    }

    private void packed(JsonSchema.Kind kind, ProtoReader reader) {
        ByteBuffer values = ByteBuffer.wrap(body, reader.start(), reader.fieldEnd() - reader.start())
                .order(ByteOrder.LITTLE_ENDIAN);
        out.write('[');
        for (boolean first = true; values.hasRemaining(); first = false) {
            if (!first) {
                out.write(',');
            }
            if (kind != JsonSchema.Kind.PACKED_VARINT && values.remaining() < Long.BYTES) {
                throw malformed();
            }
            switch (kind) {
                case PACKED_DOUBLE -> real(values.getDouble());
                case PACKED_FIXED64 -> quoted(Long.toUnsignedString(values.getLong()));
                default -> quoted(Long.toUnsignedString(varint(values)));
            }
        }
        out.write(']');
    }

    private static long varint(ByteBuffer values) {
        long result = 0;
        for (int shift = 0; shift < Long.SIZE && values.hasRemaining(); shift += 7) {
            byte b = values.get();
            result |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return result;
            }
        }
        throw malformed();
    }

    private void name(JsonSchema.Field field, boolean first) {
        if (!first) {
            out.write(',');
        }
        quoted(field.name());
        out.write(':');
    }

    private void text(int from, int to) {
        quote();
        for (int i = from; i < to; i++) {
            byte b = body[i];
            if (b == '"' || b == '\\') {
                out.write('\\');
                out.write(b);
            } else if (b >= 0 && b < ' ') {
                ascii("\\u00");
                out.write(HEX[b >>> 4]);
                out.write(HEX[b & 0xf]);
            } else {
                out.write(b);
            }
        }
        quote();
    }

    private void hex(int from, int to) {
        quote();
        for (int i = from; i < to; i++) {
            out.write(HEX[body[i] >>> 4 & 0xf]);
            out.write(HEX[body[i] & 0xf]);
        }
        quote();
    }

    private void real(double value) {
        if (Double.isFinite(value)) {
            ascii(Double.toString(value));
        } else {
            quoted(Double.toString(value));
        }
    }

    private void quoted(String text) {
        quote();
        ascii(text);
        quote();
    }

    private void ascii(String text) {
        out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    private void quote() {
        out.write('"');
    }

    private static void check(ProtoReader reader) {
        if (reader.malformed()) {
            throw malformed();
        }
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException("not an OTLP export request");
    }
}
