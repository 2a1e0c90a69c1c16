// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import dev.weir.core.internal.HexIds;

/**
 * One recorded value with the trace that it belongs to.
 *
 * @param valueNanos the duration in nanoseconds
 * @param epochNanos when it was recorded: wall time in nanoseconds since 1970
 * @param traceIdHigh the first 16 digits of the trace id
 * @param traceIdLow the last 16 digits of the trace id
 * @param spanIdBits the 16 digits of the span id as a number
 * @since 0.1
 */
public record LatencyExemplar(long valueNanos, long epochNanos, long traceIdHigh, long traceIdLow, long spanIdBits) {

    /** {@return the trace id as 32 hex digits} */
    public String traceId() {
        return HexIds.traceId(traceIdHigh, traceIdLow);
    }

    /** {@return the span id as 16 hex digits} */
    public String spanId() {
        return HexIds.spanId(spanIdBits);
    }
}
