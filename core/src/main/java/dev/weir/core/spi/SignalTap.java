// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.spi;

import dev.weir.core.Signal;
import dev.weir.core.internal.GuestCalls;
import java.nio.ByteBuffer;

/**
 * Looks on at what leaves the process, whether or not a receiver answers: once for each batch, as the body of an OTLP
 * export request, uncompressed.
 *
 * <p>Called on a daemon thread of its own, one batch after the other. A tap that waits keeps nobody waiting: a flush goes on
 * without it when it is late ({@link GuestCalls#PATIENCE}), and what it has no room for is not shown to it, which is said. What
 * it throws is said and ignored.
 */
@FunctionalInterface
public interface SignalTap {

    /** @param body valid during the call only; position to limit; read-only */
    void onBatch(Signal signal, int records, ByteBuffer body);
}
