// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Function;

/** What the official protobuf classes say that records are: read from the data by the letter of the .proto files. */
final class Expected {

    private Expected() {}

    static ExportTraceServiceRequest spans(List<SpanData> spans) {
        var request = ExportTraceServiceRequest.newBuilder();
        group(spans, SpanData::getResource, SpanData::getInstrumentationScopeInfo)
                .forEach((resource, scopes) -> {
                    var group = ResourceSpans.newBuilder()
                            .setResource(resource(resource))
                            .setSchemaUrl(text(resource.getSchemaUrl()));
                    scopes.forEach((scope, items) -> {
                        var inner =
                                ScopeSpans.newBuilder().setScope(scope(scope)).setSchemaUrl(text(scope.getSchemaUrl()));
                        items.forEach(item -> inner.addSpans(span(item)));
                        group.addScopeSpans(inner);
                    });
                    request.addResourceSpans(group);
                });
        return request.build();
    }

    static ExportLogsServiceRequest logs(List<LogRecordData> logs) {
        var request = ExportLogsServiceRequest.newBuilder();
        group(logs, LogRecordData::getResource, LogRecordData::getInstrumentationScopeInfo)
                .forEach((resource, scopes) -> {
                    var group = ResourceLogs.newBuilder()
                            .setResource(resource(resource))
                            .setSchemaUrl(text(resource.getSchemaUrl()));
                    scopes.forEach((scope, items) -> {
                        var inner =
                                ScopeLogs.newBuilder().setScope(scope(scope)).setSchemaUrl(text(scope.getSchemaUrl()));
                        items.forEach(item -> inner.addLogRecords(log(item)));
                        group.addScopeLogs(inner);
                    });
                    request.addResourceLogs(group);
                });
        return request.build();
    }

    static <T> Map<io.opentelemetry.sdk.resources.Resource, Map<InstrumentationScopeInfo, List<T>>> group(
            List<T> items,
            Function<T, io.opentelemetry.sdk.resources.Resource> resource,
            Function<T, InstrumentationScopeInfo> scope) {
        Map<io.opentelemetry.sdk.resources.Resource, Map<InstrumentationScopeInfo, List<T>>> groups =
                new LinkedHashMap<>();
        for (T item : items) {
            groups.computeIfAbsent(resource.apply(item), r -> new LinkedHashMap<>())
                    .computeIfAbsent(scope.apply(item), s -> new ArrayList<>())
                    .add(item);
        }
        return groups;
    }

    static Resource resource(io.opentelemetry.sdk.resources.Resource resource) {
        return Resource.newBuilder()
                .addAllAttributes(attributes(resource.getAttributes()))
                .build();
    }

    static InstrumentationScope scope(InstrumentationScopeInfo scope) {
        return InstrumentationScope.newBuilder()
                .setName(text(scope.getName()))
                .setVersion(text(scope.getVersion()))
                .addAllAttributes(attributes(scope.getAttributes()))
                .build();
    }

    private static Span span(SpanData data) {
        SpanContext context = data.getSpanContext();
        Span.Builder span = Span.newBuilder()
                .setTraceId(ByteString.fromHex(context.getTraceId()))
                .setSpanId(ByteString.fromHex(context.getSpanId()))
                .setTraceState(traceState(context.getTraceState()))
                .setFlags(flags(context, data.getParentSpanContext().isRemote()))
                .setName(text(data.getName()))
                .setKindValue(data.getKind().ordinal() + 1)
                .setStartTimeUnixNano(data.getStartEpochNanos())
                .setEndTimeUnixNano(data.getEndEpochNanos())
                .addAllAttributes(attributes(data.getAttributes()))
                .setDroppedAttributesCount(
                        data.getTotalAttributeCount() - data.getAttributes().size())
                .setDroppedEventsCount(
                        data.getTotalRecordedEvents() - data.getEvents().size())
                .setDroppedLinksCount(
                        data.getTotalRecordedLinks() - data.getLinks().size())
                .setStatus(Status.newBuilder()
                        .setCodeValue(data.getStatus().getStatusCode().ordinal())
                        .setMessage(text(data.getStatus().getDescription())));
        if (data.getParentSpanContext().isValid()) {
            span.setParentSpanId(ByteString.fromHex(data.getParentSpanId()));
        }
        for (EventData event : data.getEvents()) {
            span.addEventsBuilder()
                    .setTimeUnixNano(event.getEpochNanos())
                    .setName(text(event.getName()))
                    .addAllAttributes(attributes(event.getAttributes()))
                    .setDroppedAttributesCount(event.getDroppedAttributesCount());
        }
        for (LinkData link : data.getLinks()) {
            SpanContext target = link.getSpanContext();
            span.addLinksBuilder()
                    .setTraceId(ByteString.fromHex(target.getTraceId()))
                    .setSpanId(ByteString.fromHex(target.getSpanId()))
                    .setTraceState(traceState(target.getTraceState()))
                    .setFlags(flags(target, target.isRemote()))
                    .addAllAttributes(attributes(link.getAttributes()))
                    .setDroppedAttributesCount(
                            link.getTotalAttributeCount() - link.getAttributes().size());
        }
        return span.build();
    }

    private static LogRecord log(LogRecordData data) {
        SpanContext context = data.getSpanContext();
        LogRecord.Builder log = LogRecord.newBuilder()
                .setTimeUnixNano(data.getTimestampEpochNanos())
                .setObservedTimeUnixNano(data.getObservedTimestampEpochNanos())
                .setSeverityNumber(SeverityNumber.forNumber(data.getSeverity().getSeverityNumber()))
                .setSeverityText(text(data.getSeverityText()))
                .addAllAttributes(attributes(data.getAttributes()))
                .setDroppedAttributesCount(
                        data.getTotalAttributeCount() - data.getAttributes().size())
                .setFlags(context.getTraceFlags().asByte() & 0xff)
                .setEventName(text(data.getEventName()));
        if (context.isValid()) {
            log.setTraceId(ByteString.fromHex(context.getTraceId()));
            log.setSpanId(ByteString.fromHex(context.getSpanId()));
        }
        if (data.getBodyValue() != null) {
            log.setBody(value(data.getBodyValue()));
        }
        return log.build();
    }

    private static int flags(SpanContext context, boolean remote) {
        return context.getTraceFlags().asByte() & 0xff | 0x100 | (remote ? 0x200 : 0);
    }

    private static String traceState(TraceState state) {
        StringJoiner header = new StringJoiner(",");
        state.forEach((key, value) -> header.add(key + '=' + value));
        return header.toString();
    }

    static List<KeyValue> attributes(Attributes attributes) {
        List<KeyValue> list = new ArrayList<>();
        attributes.forEach((key, value) -> list.add(KeyValue.newBuilder()
                .setKey(text(key.getKey()))
                .setValue(plain(value))
                .build()));
        return list;
    }

    private static AnyValue plain(Object value) {
        AnyValue.Builder any = AnyValue.newBuilder();
        if (value instanceof String text) {
            any.setStringValue(text(text));
        } else if (value instanceof Long number) {
            any.setIntValue(number);
        } else if (value instanceof Double number) {
            any.setDoubleValue(number);
        } else if (value instanceof Boolean truth) {
            any.setBoolValue(truth);
        } else if (value instanceof List<?> list) {
            ArrayValue.Builder array = ArrayValue.newBuilder();
            list.forEach(entry -> array.addValues(plain(entry)));
            any.setArrayValue(array);
        } else {
            return value((Value<?>) value);
        }
        return any.build();
    }

    static AnyValue value(Value<?> value) {
        AnyValue.Builder any = AnyValue.newBuilder();
        switch (value.getType()) {
            case BYTES -> any.setBytesValue(ByteString.copyFrom((ByteBuffer) value.getValue()));
            case ARRAY -> {
                ArrayValue.Builder array = ArrayValue.newBuilder();
                ((List<?>) value.getValue()).forEach(entry -> array.addValues(value((Value<?>) entry)));
                any.setArrayValue(array);
            }
            case KEY_VALUE_LIST -> {
                KeyValueList.Builder entries = KeyValueList.newBuilder();
                for (Object each : (List<?>) value.getValue()) {
                    var entry = (io.opentelemetry.api.common.KeyValue) each;
                    entries.addValuesBuilder().setKey(text(entry.getKey())).setValue(value(entry.getValue()));
                }
                any.setKvlistValue(entries);
            }
            case STRING, LONG, DOUBLE, BOOLEAN -> {
                return plain(value.getValue());
            }
            default -> {}
        }
        return any.build();
    }

    /** The text as a receiver sees it: a surrogate without its partner has no UTF-8 form. */
    static String text(String text) {
        return text == null ? "" : new String(text.getBytes(UTF_8), UTF_8);
    }
}
