// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.otel;

import dev.weir.log.LogPipe;
import dev.weir.log.internal.capture.OwnLoggers;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.LogRecordProcessor;
import io.opentelemetry.sdk.logs.ReadWriteLogRecord;
import io.opentelemetry.sdk.logs.data.LogRecordData;

/**
 * Puts the records of the OpenTelemetry Logs SDK into the pipe, on the thread that emits them. Register it last, so
 * that others may change the record before. Thread-safe; never blocks. What {@link OwnLoggers} names is left out.
 *
 * <p>Prefer it to {@link LogPipeExporter}: what waits in a batch processor is lost when the process is killed.
 *
 * @since 0.1
 */
public final class LogPipeProcessor implements LogRecordProcessor {

    private final LogPipe pipe;

    private LogPipeProcessor(LogPipe pipe) {
        this.pipe = pipe;
    }

    /**
     * Makes a processor for one pipe.
     *
     * @param pipe gets the records; a shutdown of the processor flushes it and does not close it
     * @return a processor for the logger provider of the SDK
     */
    public static LogPipeProcessor create(LogPipe pipe) {
        return new LogPipeProcessor(pipe);
    }

    @Override
    public void onEmit(Context context, ReadWriteLogRecord emitted) {
        LogRecordData data;
        try {
            // One copy of all instead of a lock for each part; it alone knows how many attributes the SDK left out.
            data = emitted.toLogRecordData();
        } catch (Throwable foreign) {
            RecordCopy.refuse(pipe);
            return;
        }
        RecordCopy.offer(pipe, data, context);
    }

    /** Completes when what was emitted is stored. */
    @Override
    public CompletableResultCode forceFlush() {
        CompletableResultCode result = new CompletableResultCode();
        pipe.flush().subscribe(ignored -> {}, failure -> result.fail(), result::succeed);
        return result;
    }

    @Override
    public CompletableResultCode shutdown() {
        return forceFlush();
    }
}
