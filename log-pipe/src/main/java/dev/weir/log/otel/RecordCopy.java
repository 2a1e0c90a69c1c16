// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.otel;

import dev.weir.log.LogPipe;
import dev.weir.log.PendingRecord;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import org.jspecify.annotations.Nullable;

/** What processor and exporter have in common. Stateless. */
final class RecordCopy {

    private static final String STACK_TRACE = "exception.stacktrace";

    private RecordCopy() {}

    static PendingRecord begin(
            LogPipe pipe,
            long epochNanos,
            long observedEpochNanos,
            Severity severity,
            @Nullable String severityText,
            InstrumentationScopeInfo scope) {
        String text = severityText != null
                ? severityText
                : severity == Severity.UNDEFINED_SEVERITY_NUMBER ? "" : severity.name();
        String version = scope.getVersion();
        return pipe.begin(
                epochNanos,
                observedEpochNanos,
                severity.getSeverityNumber(),
                text,
                scope.getName(),
                version == null ? "" : version);
    }

    static void content(
            PendingRecord record, @Nullable String eventName, @Nullable Value<?> body, Attributes attributes) {
        record.eventName(eventName);
        record.body(body);
        try {
            attributes.forEach((key, value) -> {
                if (key.getKey().equals(STACK_TRACE)) {
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
