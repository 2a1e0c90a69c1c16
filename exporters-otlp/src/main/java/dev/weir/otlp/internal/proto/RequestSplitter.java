// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.proto;

import dev.weir.core.Signal;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the body of an export request in two by its records, without decoding them: the three requests have the same
 * shape, resources that hold scopes that hold records. Stateless.
 */
public final class RequestSplitter {

    /** One half. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Half(byte[] body, int records) {}

    private static final int RESOURCES = 1;
    private static final int SCOPES = 2;
    private static final int RECORDS = 2;

    private RequestSplitter() {}

    /**
     * The two halves, or null when there is only one record, one metric, or the body is malformed.
     *
     * @return an array of two
     */
    public static Half @Nullable [] halves(Signal signal, byte[] body) {
        int items = countItems(body);
        if (items < 2) {
            return null;
        }
        int first = items / 2;
        return new Half[] {part(signal, body, 0, first), part(signal, body, first, items)};
    }

    /** Spans, log records or metrics; -1 when malformed. */
    private static int countItems(byte[] body) {
        int items = 0;
        ProtoReader request = new ProtoReader(body, 0, body.length);
        while (request.next()) {
            if (request.field() != RESOURCES) {
                continue;
            }
            ProtoReader resource = request.message();
            while (resource.next()) {
                if (resource.field() != SCOPES) {
                    continue;
                }
                ProtoReader scope = resource.message();
                while (scope.next()) {
                    items += scope.field() == RECORDS ? 1 : 0;
                }
                if (scope.malformed()) {
                    return -1;
                }
            }
            if (resource.malformed()) {
                return -1;
            }
        }
        return request.malformed() ? -1 : items;
    }

    /** A request of the items from {@code from} to before {@code to}, with the resources and scopes that they need. */
    private static Half part(Signal signal, byte[] body, int from, int to) {
        Out out = new Out();
        int index = 0;
        int records = 0;
        ProtoReader request = new ProtoReader(body, 0, body.length);
        while (request.next()) {
            if (request.field() != RESOURCES) {
                continue;
            }
            Out newResource = new Out();
            boolean resourceUsed = false;
            ProtoReader resource = request.message();
            while (resource.next()) {
                if (resource.field() != SCOPES) {
                    newResource.copy(body, resource);
                    continue;
                }
                Out newScope = new Out();
                boolean scopeUsed = false;
                ProtoReader scope = resource.message();
                while (scope.next()) {
                    if (scope.field() != RECORDS) {
                        newScope.copy(body, scope);
                        continue;
                    }
                    if (index >= from && index < to) {
                        newScope.copy(body, scope);
                        records += signal == Signal.METRICS ? points(scope.message()) : 1;
                        scopeUsed = true;
                    }
                    index++;
                }
                if (scopeUsed) {
                    newResource.message(SCOPES, newScope);
                    resourceUsed = true;
                }
            }
            if (resourceUsed) {
                out.message(RESOURCES, newResource);
            }
        }
        return new Half(out.bytes(), records);
    }

    /**
     * The data points of one metric: gauge 5, sum 7, histogram 9, exponential histogram 10, summary 11, each in field
     * 1.
     */
    private static int points(ProtoReader metric) {
        int points = 0;
        while (metric.next()) {
            int field = metric.field();
            if (metric.isMessage() && (field == 5 || field == 7 || field >= 9 && field <= 11)) {
                ProtoReader data = metric.message();
                while (data.next()) {
                    points += data.field() == 1 && data.isMessage() ? 1 : 0;
                }
            }
        }
        return points;
    }

    private static final class Out {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        /** Copies the field at which {@code reader} stands. */
        void copy(byte[] from, ProtoReader reader) {
            bytes.write(from, reader.fieldStart(), reader.fieldEnd() - reader.fieldStart());
        }

        void message(int field, Out content) {
            varint(field << 3 | 2);
            varint(content.bytes.size());
            bytes.writeBytes(content.bytes.toByteArray());
        }

        private void varint(int value) {
            int rest = value;
            while ((rest & ~0x7f) != 0) {
                bytes.write(rest & 0x7f | 0x80);
                rest >>>= 7;
            }
            bytes.write(rest);
        }

        byte[] bytes() {
            return bytes.toByteArray();
        }
    }
}
