// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.intake;

import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.function.Supplier;

/**
 * Puts each sampled span that ends into the ring. Thread-safe; wait-free except for a retry after a lost
 * compare-and-set; allocates nothing while less than seven eighths of the ring are used.
 */
public final class RingSpanProcessor implements SpanProcessor {

    private final RecordIntake<ReadableSpan, SpanData> intake;
    private final Supplier<CompletableResultCode> flush;
    private final Supplier<CompletableResultCode> shutdown;

    public RingSpanProcessor(
            RecordIntake<ReadableSpan, SpanData> intake,
            Supplier<CompletableResultCode> flush,
            Supplier<CompletableResultCode> shutdown) {
        this.intake = intake;
        this.flush = flush;
        this.shutdown = shutdown;
    }

    @Override
    public void onStart(Context parent, ReadWriteSpan span) {}

    @Override
    public boolean isStartRequired() {
        return false;
    }

    @Override
    public boolean isEndRequired() {
        return true;
    }

    @Override
    public void onEnd(ReadableSpan span) {
        if (!span.getSpanContext().isSampled()) {
            return;
        }
        int result = intake.offer(span, false);
        if (result == IntakeRing.RESERVED && isError(span)) {
            result = intake.offer(span, true);
        }
        if (result < 0) {
            intake.refused(result);
        }
    }

    private static boolean isError(ReadableSpan span) {
        return span.toSpanData().getStatus().getStatusCode() == StatusCode.ERROR;
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
        return "OtlpSpanProcessor{queue=" + intake.capacity() + '}';
    }
}
