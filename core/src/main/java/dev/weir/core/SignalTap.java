// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import java.nio.ByteBuffer;

/**
 * Looks on at what leaves the process, whether or not a receiver answers: once for each batch, as the body of an OTLP
 * export request, uncompressed.
 *
 * <p>Called on {@link TelemetryThreads#worker()}; must return quickly. What it throws is counted and ignored.
 */
@FunctionalInterface
public interface SignalTap {

    /** @param body valid during the call only; position to limit; read-only */
    void onBatch(Signal signal, int records, ByteBuffer body);
}
