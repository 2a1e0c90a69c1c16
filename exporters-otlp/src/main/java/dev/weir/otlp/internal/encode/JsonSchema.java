// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import dev.weir.core.Signal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The messages of OTLP as far as Weir writes them: field numbers, names in JSON, and types. Immutable once built. */
final class JsonSchema {

    /** How a field is encoded and how JSON shows it. */
    enum Kind {
        MESSAGE,
        TEXT,
        /** Bytes as hex digits: trace and span ids. */
        ID,
        /** Bytes as base64. */
        BYTES,
        BOOL,
        /** 32 bits or an enumeration: a number. */
        NUMBER,
        ZIGZAG,
        /** 64 bits: a text of decimal digits. */
        SIGNED_LONG,
        UNSIGNED_LONG,
        DOUBLE,
        PACKED_FIXED64,
        PACKED_VARINT,
        PACKED_DOUBLE
    }

    record Field(int number, String name, Kind kind, boolean repeated, Supplier<@Nullable JsonSchema> message) {}

    private static final JsonSchema ANY_VALUE = new JsonSchema();
    private static final JsonSchema KEY_VALUE =
            new JsonSchema().with(1, "key", Kind.TEXT).message(2, "value", () -> ANY_VALUE);
    private static final JsonSchema ARRAY = new JsonSchema().repeated(1, "values", () -> ANY_VALUE);
    private static final JsonSchema KEY_VALUES = new JsonSchema().repeated(1, "values", () -> KEY_VALUE);

    static {
        ANY_VALUE
                .with(1, "stringValue", Kind.TEXT)
                .with(2, "boolValue", Kind.BOOL)
                .with(3, "intValue", Kind.SIGNED_LONG)
                .with(4, "doubleValue", Kind.DOUBLE)
                .message(5, "arrayValue", () -> ARRAY)
                .message(6, "kvlistValue", () -> KEY_VALUES)
                .with(7, "bytesValue", Kind.BYTES);
    }

    private static final JsonSchema EVENT = new JsonSchema()
            .with(1, "timeUnixNano", Kind.UNSIGNED_LONG)
            .with(2, "name", Kind.TEXT)
            .attributes(3, "attributes")
            .with(4, "droppedAttributesCount", Kind.NUMBER);
    private static final JsonSchema LINK = new JsonSchema()
            .with(1, "traceId", Kind.ID)
            .with(2, "spanId", Kind.ID)
            .with(3, "traceState", Kind.TEXT)
            .attributes(4, "attributes")
            .with(5, "droppedAttributesCount", Kind.NUMBER)
            .with(6, "flags", Kind.NUMBER);
    private static final JsonSchema STATUS =
            new JsonSchema().with(2, "message", Kind.TEXT).with(3, "code", Kind.NUMBER);
    private static final JsonSchema SPAN = new JsonSchema()
            .with(1, "traceId", Kind.ID)
            .with(2, "spanId", Kind.ID)
            .with(3, "traceState", Kind.TEXT)
            .with(4, "parentSpanId", Kind.ID)
            .with(16, "flags", Kind.NUMBER)
            .with(5, "name", Kind.TEXT)
            .with(6, "kind", Kind.NUMBER)
            .with(7, "startTimeUnixNano", Kind.UNSIGNED_LONG)
            .with(8, "endTimeUnixNano", Kind.UNSIGNED_LONG)
            .attributes(9, "attributes")
            .with(10, "droppedAttributesCount", Kind.NUMBER)
            .repeated(11, "events", () -> EVENT)
            .with(12, "droppedEventsCount", Kind.NUMBER)
            .repeated(13, "links", () -> LINK)
            .with(14, "droppedLinksCount", Kind.NUMBER)
            .message(15, "status", () -> STATUS);

    private static final JsonSchema LOG_RECORD = new JsonSchema()
            .with(1, "timeUnixNano", Kind.UNSIGNED_LONG)
            .with(11, "observedTimeUnixNano", Kind.UNSIGNED_LONG)
            .with(2, "severityNumber", Kind.NUMBER)
            .with(3, "severityText", Kind.TEXT)
            .with(12, "eventName", Kind.TEXT)
            .message(5, "body", () -> ANY_VALUE)
            .attributes(6, "attributes")
            .with(7, "droppedAttributesCount", Kind.NUMBER)
            .with(8, "flags", Kind.NUMBER)
            .with(9, "traceId", Kind.ID)
            .with(10, "spanId", Kind.ID);

    private static final JsonSchema EXEMPLAR = new JsonSchema()
            .with(2, "timeUnixNano", Kind.UNSIGNED_LONG)
            .with(3, "asDouble", Kind.DOUBLE)
            .with(6, "asInt", Kind.SIGNED_LONG)
            .with(4, "spanId", Kind.ID)
            .with(5, "traceId", Kind.ID)
            .attributes(7, "filteredAttributes");
    private static final JsonSchema NUMBER_POINT = new JsonSchema()
            .attributes(7, "attributes")
            .times()
            .with(4, "asDouble", Kind.DOUBLE)
            .with(6, "asInt", Kind.SIGNED_LONG)
            .repeated(5, "exemplars", () -> EXEMPLAR)
            .with(8, "flags", Kind.NUMBER);
    private static final JsonSchema HISTOGRAM_POINT = new JsonSchema()
            .attributes(9, "attributes")
            .times()
            .with(4, "count", Kind.UNSIGNED_LONG)
            .with(5, "sum", Kind.DOUBLE)
            .with(11, "min", Kind.DOUBLE)
            .with(12, "max", Kind.DOUBLE)
            .with(6, "bucketCounts", Kind.PACKED_FIXED64)
            .with(7, "explicitBounds", Kind.PACKED_DOUBLE)
            .repeated(8, "exemplars", () -> EXEMPLAR)
            .with(10, "flags", Kind.NUMBER);
    private static final JsonSchema BUCKETS =
            new JsonSchema().with(1, "offset", Kind.ZIGZAG).with(2, "bucketCounts", Kind.PACKED_VARINT);
    private static final JsonSchema EXPONENTIAL_POINT = new JsonSchema()
            .attributes(1, "attributes")
            .times()
            .with(4, "count", Kind.UNSIGNED_LONG)
            .with(5, "sum", Kind.DOUBLE)
            .with(12, "min", Kind.DOUBLE)
            .with(13, "max", Kind.DOUBLE)
            .with(6, "scale", Kind.ZIGZAG)
            .with(7, "zeroCount", Kind.UNSIGNED_LONG)
            .with(14, "zeroThreshold", Kind.DOUBLE)
            .message(8, "positive", () -> BUCKETS)
            .message(9, "negative", () -> BUCKETS)
            .repeated(11, "exemplars", () -> EXEMPLAR)
            .with(10, "flags", Kind.NUMBER);
    private static final JsonSchema QUANTILE =
            new JsonSchema().with(1, "quantile", Kind.DOUBLE).with(2, "value", Kind.DOUBLE);
    private static final JsonSchema SUMMARY_POINT = new JsonSchema()
            .attributes(7, "attributes")
            .times()
            .with(4, "count", Kind.UNSIGNED_LONG)
            .with(5, "sum", Kind.DOUBLE)
            .repeated(6, "quantileValues", () -> QUANTILE)
            .with(8, "flags", Kind.NUMBER);
    private static final JsonSchema NUMBERS = data(NUMBER_POINT);
    private static final JsonSchema HISTOGRAM = data(HISTOGRAM_POINT);
    private static final JsonSchema EXPONENTIAL_HISTOGRAM = data(EXPONENTIAL_POINT);
    private static final JsonSchema SUMMARY = data(SUMMARY_POINT);
    private static final JsonSchema METRIC = new JsonSchema()
            .with(1, "name", Kind.TEXT)
            .with(2, "description", Kind.TEXT)
            .with(3, "unit", Kind.TEXT)
            .message(5, "gauge", () -> NUMBERS)
            .message(7, "sum", () -> NUMBERS)
            .message(9, "histogram", () -> HISTOGRAM)
            .message(10, "exponentialHistogram", () -> EXPONENTIAL_HISTOGRAM)
            .message(11, "summary", () -> SUMMARY);

    private static final JsonSchema TRACES = request("resourceSpans", "scopeSpans", "spans", SPAN);
    private static final JsonSchema LOGS = request("resourceLogs", "scopeLogs", "logRecords", LOG_RECORD);
    private static final JsonSchema METRICS = request("resourceMetrics", "scopeMetrics", "metrics", METRIC);

    private final List<Field> fields = new ArrayList<>();

    private JsonSchema() {}

    /** The export request of a signal. */
    static JsonSchema of(Signal signal) {
        return switch (signal) {
            case TRACES -> TRACES;
            case LOGS -> LOGS;
            case METRICS -> METRICS;
        };
    }

    /** In the order in which JSON shows them. */
    List<Field> fields() {
        return fields;
    }

    private static JsonSchema request(String resources, String scopes, String records, JsonSchema item) {
        JsonSchema scope = new JsonSchema()
                .with(1, "name", Kind.TEXT)
                .with(2, "version", Kind.TEXT)
                .attributes(3, "attributes")
                .with(4, "droppedAttributesCount", Kind.NUMBER);
        JsonSchema scopeGroup = new JsonSchema()
                .message(1, "scope", () -> scope)
                .repeated(2, records, () -> item)
                .with(3, "schemaUrl", Kind.TEXT);
        JsonSchema resource =
                new JsonSchema().attributes(1, "attributes").with(2, "droppedAttributesCount", Kind.NUMBER);
        JsonSchema resourceGroup = new JsonSchema()
                .message(1, "resource", () -> resource)
                .repeated(2, scopes, () -> scopeGroup)
                .with(3, "schemaUrl", Kind.TEXT);
        return new JsonSchema().repeated(1, resources, () -> resourceGroup);
    }

    private static JsonSchema data(JsonSchema point) {
        return new JsonSchema()
                .repeated(1, "dataPoints", () -> point)
                .with(2, "aggregationTemporality", Kind.NUMBER)
                .with(3, "isMonotonic", Kind.BOOL);
    }

    private JsonSchema with(int number, String name, Kind kind) {
        fields.add(new Field(number, name, kind, false, () -> null));
        return this;
    }

    private JsonSchema message(int number, String name, Supplier<@Nullable JsonSchema> message) {
        fields.add(new Field(number, name, Kind.MESSAGE, false, message));
        return this;
    }

    private JsonSchema repeated(int number, String name, Supplier<@Nullable JsonSchema> message) {
        fields.add(new Field(number, name, Kind.MESSAGE, true, message));
        return this;
    }

    private JsonSchema attributes(int number, String name) {
        return repeated(number, name, () -> KEY_VALUE);
    }

    private JsonSchema times() {
        return with(2, "startTimeUnixNano", Kind.UNSIGNED_LONG).with(3, "timeUnixNano", Kind.UNSIGNED_LONG);
    }
}
