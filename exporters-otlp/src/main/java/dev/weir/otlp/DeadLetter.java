// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Signal;

/**
 * Records that a receiver rejected: what is known about them, never their content. Immutable.
 *
 * @param signal of the records
 * @param records how many were rejected
 * @param bytes the length of the request body that contained them, before compression
 * @param epochNanos when the rejection arrived
 * @param status the HTTP status or gRPC code
 * @param reason the message of the receiver, without control characters, at most 1 KiB
 * @since 0.1
 */
public record DeadLetter(Signal signal, long records, int bytes, long epochNanos, int status, String reason) {}
