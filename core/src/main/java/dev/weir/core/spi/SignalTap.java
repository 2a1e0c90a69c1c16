// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.spi;

import dev.weir.core.Signal;
import dev.weir.core.internal.GuestCalls;
import java.nio.ByteBuffer;

/**
 * Observes what leaves the process, whether or not a receiver answers: gets the body of each OTLP export request once,
 * uncompressed.
 *
 * <p>Called on a daemon thread of its own, one batch after the other. A slow tap delays nothing: a flush does not wait
 * longer than {@link GuestCalls#PATIENCE} for it. Batches that it has no room for are not given to it, and a log line
 * says so. What it throws is logged and ignored.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface SignalTap {

    /**
     * Gets one batch.
     *
     * @param signal the kind of all records in the batch
     * @param records how many records are in it; at least 1
     * @param body valid during the call only; position to limit; read-only
     */
    void onBatch(Signal signal, int records, ByteBuffer body);
}
