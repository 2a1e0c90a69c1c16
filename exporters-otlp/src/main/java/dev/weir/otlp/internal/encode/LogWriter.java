// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import dev.weir.otlp.internal.proto.ProtoBuffer;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.resources.Resource;
import org.jspecify.annotations.Nullable;

/** Writes log records. */
final class LogWriter implements RecordWriter<LogRecordData> {

    private static final int LOG_RECORDS = 2 << 3 | ProtoBuffer.LENGTH_DELIMITED;

    private static final int TIME = 1 << 3 | 1;
    private static final int SEVERITY_NUMBER = 2 << 3;
    private static final int SEVERITY_TEXT = 3 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int BODY = 5 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int ATTRIBUTES = 6 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int DROPPED_ATTRIBUTES = 7 << 3;
    private static final int FLAGS = 8 << 3 | 5;
    private static final int TRACE_ID = 9 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int SPAN_ID = 10 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int OBSERVED_TIME = 11 << 3 | 1;
    private static final int EVENT_NAME = 12 << 3 | ProtoBuffer.LENGTH_DELIMITED;

    private final ValueWriter values;
    private final IdWriter ids;

    LogWriter(ValueWriter values, IdWriter ids) {
        this.values = values;
        this.ids = ids;
    }

    @Override
    public Resource resource(LogRecordData log) {
        return log.getResource();
    }

    @Override
    public InstrumentationScopeInfo scope(LogRecordData log) {
        return log.getInstrumentationScopeInfo();
    }

    @Override
    public int write(LogRecordData log, ProtoBuffer out) {
        int before = out.size();
        text(EVENT_NAME, log.getEventName(), out);
        if (log.getObservedTimestampEpochNanos() != 0) {
            out.fixed64(OBSERVED_TIME, log.getObservedTimestampEpochNanos());
        }
        SpanContext context = log.getSpanContext();
        String spanId = context.getSpanId();
        if (!spanId.equals(SpanId.getInvalid())) {
            ids.spanId(SPAN_ID, spanId, out);
        }
        String traceId = context.getTraceId();
        if (!traceId.equals(TraceId.getInvalid())) {
            ids.traceId(TRACE_ID, traceId, out);
        }
        int flags = context.getTraceFlags().asByte() & 0xff;
        if (flags != 0) {
            out.fixed32(FLAGS, flags);
        }
        Attributes attributes = log.getAttributes();
        int dropped = log.getTotalAttributeCount() - attributes.size();
        values.attributes(ATTRIBUTES, attributes, DROPPED_ATTRIBUTES, dropped, out);
        Value<?> body = log.getBodyValue();
        if (body != null) {
            int beforeBody = out.size();
            values.body(body, out);
            out.message(BODY, beforeBody);
        }
        text(SEVERITY_TEXT, log.getSeverityText(), out);
        int severity = log.getSeverity().getSeverityNumber();
        if (severity != 0) {
            out.uint(SEVERITY_NUMBER, severity);
        }
        if (log.getTimestampEpochNanos() != 0) {
            out.fixed64(TIME, log.getTimestampEpochNanos());
        }
        out.message(LOG_RECORDS, before);
        return 1;
    }

    private static void text(int tag, @Nullable String text, ProtoBuffer out) {
        if (text != null) {
            out.stringUnlessEmpty(tag, text);
        }
    }
}
