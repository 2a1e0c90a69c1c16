// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.spi;

import dev.weir.core.Signal;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Records of one signal, encoded as the body of one OTLP export request, on their way to a receiver. The code that gets
 * one answers exactly once with {@link #ack()} or {@link #nack()}; later answers do nothing. Batches of one source may
 * be answered in any order.
 *
 * <p>Thread-safe. The bytes stay valid and unchanged until the answer.
 *
 * @since 0.1
 */
public interface EncodedBatch {

    /** {@return the kind of all records in the batch} */
    Signal signal();

    /** {@return the number of records; at least 1} */
    int records();

    /** {@return the length of the body, in bytes} */
    int bytes();

    /**
     * The body in parts. Each call makes new views of the same bytes; the caller must not write to them.
     *
     * @return the parts of the body, in order; together they have {@link #bytes} bytes
     */
    List<ByteBuffer> body();

    /** The records are settled (delivered, or counted as dropped by the caller): they need not be kept any longer. */
    void ack();

    /** The records were not settled: give them out again, before any later batch of the same source. */
    void nack();

    /**
     * Cuts the batch in two that together hold its records in their order and are answered each for itself; this one
     * must not be answered any more. For a receiver that finds the batch too large: what it took of one is not sent
     * again with the other.
     *
     * @return the two parts, or nothing when the source cannot cut it; the batch is then as it was
     */
    default List<EncodedBatch> split() {
        return List.of();
    }
}
