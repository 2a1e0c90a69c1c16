// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.w3c;

import dev.weir.core.internal.HexIds;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A parent in another process, as it came in a header: ids as longs, text made at the first call. Immutable to the
 * outside; the texts are cached by benign races. Always valid.
 */
final class RemoteSpan implements SpanContext {

    private final long traceIdHigh;
    private final long traceIdLow;
    private final long spanId;
    private final int flags;

    /** Null until asked for. */
    private @Nullable String traceIdText;

    /** The header's text, then what was read from it; null for none. */
    private @Nullable Object traceState;

    RemoteSpan(long traceIdHigh, long traceIdLow, long spanId, int flags, @Nullable String traceState) {
        this.traceIdHigh = traceIdHigh;
        this.traceIdLow = traceIdLow;
        this.spanId = spanId;
        this.flags = flags;
        this.traceState = traceState;
    }

    @Override
    public String getTraceId() {
        String text = traceIdText;
        if (text == null) {
            traceIdText = text = HexIds.traceId(traceIdHigh, traceIdLow);
        }
        return text;
    }

    @Override
    public String getSpanId() {
        return HexIds.spanId(spanId);
    }

    @Override
    public TraceFlags getTraceFlags() {
        return TraceFlags.fromByte((byte) flags);
    }

    @Override
    public boolean isSampled() {
        return (flags & 1) != 0;
    }

    @Override
    public TraceState getTraceState() {
        Object state = traceState;
        if (state == null) {
            return TraceState.getDefault();
        }
        if (state instanceof TraceState read) {
            return read;
        }
        TraceState read = RawTraceState.parse((String) state);
        traceState = read;
        return read;
    }

    @Override
    public boolean isValid() {
        return true;
    }

    @Override
    public boolean isRemote() {
        return true;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SpanContext that
                && that.isRemote()
                && getTraceId().equals(that.getTraceId())
                && getSpanId().equals(that.getSpanId())
                && getTraceFlags().equals(that.getTraceFlags())
                && getTraceState().equals(that.getTraceState());
    }

    @Override
    public int hashCode() {
        return Objects.hash(traceIdHigh, traceIdLow, spanId);
    }

    @Override
    public String toString() {
        return "RemoteSpan{" + getTraceId() + ", " + getSpanId() + ", " + getTraceFlags() + ", " + getTraceState()
                + '}';
    }
}
