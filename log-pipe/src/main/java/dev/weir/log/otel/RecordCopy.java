// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.otel;

import dev.weir.core.internal.CurrentSpan;
import dev.weir.log.LogPipe;
import dev.weir.log.PendingRecord;
import dev.weir.log.internal.capture.OwnLoggers;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import org.jspecify.annotations.Nullable;

/** What processor and exporter have in common. Stateless. */
final class RecordCopy {

    private static final String STACK_TRACE = "exception.stacktrace";

    private RecordCopy() {}

    /**
     * Offers {@code data} to the pipe. Never throws: what {@code data} throws costs the record, which is counted.
     *
     * @param context has the span of a record that knows none; null when nothing has
     */
    static void offer(LogPipe pipe, LogRecordData data, @Nullable Context context) {
        PendingRecord record = null;
        try {
            InstrumentationScopeInfo scope = data.getInstrumentationScopeInfo();
            if (OwnLoggers.leavesOut(scope.getName())) {
                return;
            }
            record = begin(pipe, data, scope);
            ids(record, data.getSpanContext(), context);
            record.eventName(data.getEventName());
            record.body(data.getBodyValue());
            Attributes attributes = data.getAttributes();
            record.droppedAttributes(Math.max(0, data.getTotalAttributeCount() - attributes.size()));
            attributes(record, attributes);
            record.offer();
        } catch (Throwable userCode) {
            if (record == null) {
                refuse(pipe);
            }
        } finally {
            if (record != null) {
                record.close();
            }
        }
    }

    /** Counts a record of which nothing is known. */
    static void refuse(LogPipe pipe) {
        pipe.begin(0, 0, "", "").close();
    }

    private static PendingRecord begin(LogPipe pipe, LogRecordData data, InstrumentationScopeInfo scope) {
        Severity severity = data.getSeverity();
        String severityText = data.getSeverityText();
        String text = severityText != null
                ? severityText
                : severity == Severity.UNDEFINED_SEVERITY_NUMBER ? "" : severity.name();
        String version = scope.getVersion();
        return pipe.begin(
                data.getTimestampEpochNanos(),
                data.getObservedTimestampEpochNanos(),
                severity.getSeverityNumber(),
                text,
                scope.getName(),
                version == null ? "" : version);
    }

    private static void ids(PendingRecord record, SpanContext span, @Nullable Context context) {
        if (context == null || span.isValid()) {
            record.hexIds(
                    span.getTraceId(), span.getSpanId(), span.getTraceFlags().asByte() & 0xff);
        } else {
            CurrentSpan current = CurrentSpan.of(context);
            record.ids(current.traceIdHigh(), current.traceIdLow(), current.spanId(), current.flags());
        }
    }

    private static void attributes(PendingRecord record, Attributes attributes) {
        try {
            attributes.forEach((key, value) -> {
                if (key != null && STACK_TRACE.equals(key.getKey())) {
                    record.stackTrace(String.valueOf(value));
                } else {
                    record.attribute(key, value);
                }
            });
        } catch (Throwable userCode) {
            record.droppedAttributes(1);
        }
    }
}
