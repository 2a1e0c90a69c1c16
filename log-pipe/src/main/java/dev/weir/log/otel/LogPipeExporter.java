// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.otel;

import dev.weir.log.LogPipe;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import java.util.Collection;

/**
 * Puts what an OpenTelemetry log record processor exports into the pipe; for setups where only an exporter can be
 * exchanged. Thread-safe; never blocks. Records that the pipe refuses are in its ledger.
 *
 * @since 0.1
 */
public final class LogPipeExporter implements LogRecordExporter {

    private final LogPipe pipe;

    private LogPipeExporter(LogPipe pipe) {
        this.pipe = pipe;
    }

    /**
     * Makes an exporter for one pipe.
     *
     * @param pipe gets the records; a shutdown of the exporter flushes it and does not close it
     * @return an exporter for a log record processor of the SDK
     */
    public static LogPipeExporter create(LogPipe pipe) {
        return new LogPipeExporter(pipe);
    }

    @Override
    public CompletableResultCode export(Collection<LogRecordData> records) {
        for (LogRecordData data : records) {
            RecordCopy.offer(pipe, data, null);
        }
        return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
        CompletableResultCode result = new CompletableResultCode();
        pipe.flush().subscribe(ignored -> {}, failure -> result.fail(), result::succeed);
        return result;
    }

    @Override
    public CompletableResultCode shutdown() {
        return flush();
    }
}
