// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;

/**
 * The ids of the span that is current on the calling thread, as longs: what a log line or an exemplar needs, without a
 * string and without allocation.
 *
 * <p>Each platform thread has one instance, which {@link #get} refreshes: read it at once and do not hand it to another thread.
 */
public final class CurrentSpan {

    private static final ThreadValues<CurrentSpan> OF_THREAD = new ThreadValues<>();

    private SpanContext known = SpanContext.getInvalid();
    private long traceIdHigh;
    private long traceIdLow;
    private long spanId;
    private int flags;

    private CurrentSpan() {}

    /** The ids of {@link Context#current()}; all 0 when no span is current. */
    public static CurrentSpan get() {
        CurrentSpan current = ofThread();
        current.read(Span.current().getSpanContext());
        return current;
    }

    /** The ids of the span in {@code context}, in the calling thread's instance. */
    public static CurrentSpan of(Context context) {
        CurrentSpan current = ofThread();
        current.read(Span.fromContext(context).getSpanContext());
        return current;
    }

    private static CurrentSpan ofThread() {
        CurrentSpan mine = OF_THREAD.get();
        if (mine == null) {
            mine = new CurrentSpan();
            if (!VirtualThreads.isVirtual(Thread.currentThread())) {
                OF_THREAD.keep(mine);
            }
        }
        return mine;
    }

    private void read(SpanContext context) {
        if (context == known) {
            return;
        }
        known = context;
        if (context.isValid()) {
            String traceId = context.getTraceId();
            traceIdHigh = HexIds.parse(traceId, 0);
            traceIdLow = HexIds.parse(traceId, 16);
            spanId = HexIds.parse(context.getSpanId(), 0);
            flags = context.getTraceFlags().asByte() & 0xff;
        } else {
            traceIdHigh = 0;
            traceIdLow = 0;
            spanId = 0;
            flags = 0;
        }
    }

    /** The first 8 bytes of the trace id. */
    public long traceIdHigh() {
        return traceIdHigh;
    }

    /** The last 8 bytes of the trace id. */
    public long traceIdLow() {
        return traceIdLow;
    }

    /** The span id; 0 without a span. */
    public long spanId() {
        return spanId;
    }

    /** The W3C trace flags, 0…255. */
    public int flags() {
        return flags;
    }

    /** Whether there is a span at all. */
    public boolean isValid() {
        return spanId != 0;
    }

    /** Whether the span is sampled. */
    public boolean isSampled() {
        return (flags & 1) != 0;
    }
}
