// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import org.jspecify.annotations.Nullable;

/**
 * What one attempt came to. Immutable.
 *
 * @param outcome what to do next
 * @param status the HTTP status, or the gRPC code for gRPC; -1 when there was no answer
 * @param delayNanos how long the receiver asked to be left alone, at most {@link Answers#MAX_DELAY_NANOS}, perhaps 0; -1 when it
 *     did not say
 * @param rejected records that a successful answer refused
 * @param message for people: never contains header values
 * @param body the answer's message as it came; empty when there was none or it was longer than {@link ResponseBody#KEPT}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record SendResult(Outcome outcome, int status, long delayNanos, long rejected, String message, byte[] body) {

    private static final byte[] NONE = new byte[0];

    /** Without a body. */
    public SendResult(Outcome outcome, int status, long delayNanos, long rejected, String message) {
        this(outcome, status, delayNanos, rejected, message, NONE);
    }

    /** The same with the answer's message. */
    SendResult withBody(byte[] answer) {
        return answer.length == 0 ? this : new SendResult(outcome, status, delayNanos, rejected, message, answer);
    }

    /** What to do after an attempt. */
    public enum Outcome {
        /** The receiver took the batch over, perhaps without some records. */
        DELIVERED,
        /** The receiver answered that it cannot take the batch now. */
        RETRY,
        /** As {@code RETRY}, and the whole destination is to be left alone for a while. */
        THROTTLE,
        /** There was no usable answer: no connection, a connection that ended, or no answer in time. */
        UNREACHABLE,
        /** The batch is too large for the receiver: send it in smaller parts. */
        TOO_LARGE,
        /** The receiver wants other credentials. */
        UNAUTHORIZED,
        /** The receiver will never take this batch. */
        REJECTED
    }

    /** Said when a receiver did not name a delay. */
    public static final long NO_DELAY = -1;

    /** The batch was taken over whole. */
    public static SendResult delivered(int status) {
        return new SendResult(Outcome.DELIVERED, status, NO_DELAY, 0, "");
    }

    /** The batch was taken over but for {@code rejected} records. */
    public static SendResult delivered(int status, long rejected, String message) {
        return new SendResult(Outcome.DELIVERED, status, NO_DELAY, rejected, message);
    }

    /** No usable answer. */
    public static SendResult unreachable(@Nullable String message) {
        return new SendResult(Outcome.UNREACHABLE, -1, NO_DELAY, 0, message == null ? "no answer" : message);
    }

    /** The name of the status where it is a gRPC code. */
    public String statusName() {
        return Answers.grpcName(status);
    }
}
