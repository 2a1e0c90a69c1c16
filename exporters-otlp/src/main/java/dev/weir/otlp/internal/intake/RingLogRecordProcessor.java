// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.intake;

import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.LogRecordProcessor;
import io.opentelemetry.sdk.logs.ReadWriteLogRecord;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import java.util.function.Supplier;

/** Puts log records of the SDK into the ring, for applications without the log pipe. Thread-safe. */
public final class RingLogRecordProcessor implements LogRecordProcessor {

    private final RecordIntake<LogRecordData, LogRecordData> intake;
    private final Supplier<CompletableResultCode> flush;
    private final Supplier<CompletableResultCode> shutdown;

    public RingLogRecordProcessor(
            RecordIntake<LogRecordData, LogRecordData> intake,
            Supplier<CompletableResultCode> flush,
            Supplier<CompletableResultCode> shutdown) {
        this.intake = intake;
        this.flush = flush;
        this.shutdown = shutdown;
    }

    @Override
    public void onEmit(Context context, ReadWriteLogRecord logRecord) {
        LogRecordData data = logRecord.toLogRecordData();
        boolean urgent = data.getSeverity().getSeverityNumber() >= Severity.ERROR.getSeverityNumber();
        int result = intake.offer(data, urgent);
        if (result < 0) {
            intake.refused(result);
        }
    }

    @Override
    public CompletableResultCode forceFlush() {
        return flush.get();
    }

    @Override
    public CompletableResultCode shutdown() {
        intake.close();
        return shutdown.get();
    }

    @Override
    public void close() {
        shutdown();
    }

    @Override
    public String toString() {
        return "OtlpLogRecordProcessor{queue=" + intake.capacity() + '}';
    }
}
