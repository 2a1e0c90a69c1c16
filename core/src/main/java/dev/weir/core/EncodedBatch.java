// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Records of one signal, encoded as the body of one OTLP export request, on their way to a receiver. Whoever is given one
 * answers exactly once with {@link #ack()} or {@link #nack()}; later answers do nothing.
 *
 * <p>Thread-safe. The bytes stay valid and unchanged until the answer.
 */
public interface EncodedBatch {

    Signal signal();

    /** How many records; at least 1. */
    int records();

    /** The length of the body. */
    int bytes();

    /** The body, to be concatenated in this order. Each call gives fresh views; their content must not be written to. */
    List<ByteBuffer> body();

    /** The records are settled (delivered, or counted as dropped by the caller): they need not be kept any longer. */
    void ack();

    /** The records were not settled: give them out again, before any later batch of the same source. */
    void nack();
}
