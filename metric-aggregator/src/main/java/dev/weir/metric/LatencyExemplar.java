// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import dev.weir.core.internal.HexIds;

/**
 * One recorded value with the trace that it belongs to.
 *
 * @param valueNanos the duration
 * @param epochNanos when it was recorded, wall time
 */
public record LatencyExemplar(long valueNanos, long epochNanos, long traceIdHigh, long traceIdLow, long spanIdBits) {

    /** 32 hex digits. */
    public String traceId() {
        return HexIds.traceId(traceIdHigh, traceIdLow);
    }

    /** 16 hex digits. */
    public String spanId() {
        return HexIds.spanId(spanIdBits);
    }
}
