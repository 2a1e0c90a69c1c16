// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The result of one attempt. Immutable.
 *
 * @param outcome what to do next
 * @param status the HTTP status, or the gRPC code for gRPC; -1 when there was no answer
 * @param delayNanos the pause that the receiver asked for, at most ten minutes, may be 0; -1 when it asked for none
 * @param rejected records that the receiver rejected although it accepted the batch
 * @param message for log lines; never contains header values
 * @param body of the answer; empty when there was none or it was longer than {@link ResponseBody#KEPT}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record SendResult(Outcome outcome, int status, long delayNanos, long rejected, String message, byte[] body) {

    private static final byte[] NONE = new byte[0];

    /** Without a body. */
    public SendResult(Outcome outcome, int status, long delayNanos, long rejected, String message) {
        this(outcome, status, delayNanos, rejected, message, NONE);
    }

    /** The same with the body of the answer. */
    SendResult withBody(byte[] answer) {
        return answer.length == 0 ? this : new SendResult(outcome, status, delayNanos, rejected, message, answer);
    }

    /** What to do after an attempt. */
    public enum Outcome {
        /** The receiver accepted the batch; it may have rejected some records. */
        DELIVERED,
        /** The receiver answered that it cannot take the batch now. */
        RETRY,
        /** As {@code RETRY}, and no requests may be sent to the destination for a while. */
        THROTTLE,
        /** There was no usable answer: no connection, a connection that ended, or no answer in time. */
        UNREACHABLE,
        /** The batch is too large for the receiver: send it in smaller parts. */
        TOO_LARGE,
        /** The receiver does not accept the credentials. */
        UNAUTHORIZED,
        /** The receiver will never accept this batch. */
        REJECTED
    }

    /** The delay when the receiver asked for none. */
    public static final long NO_DELAY = -1;

    /** The receiver accepted all of the batch. */
    public static SendResult delivered(int status) {
        return new SendResult(Outcome.DELIVERED, status, NO_DELAY, 0, "");
    }

    /** The receiver accepted the batch and rejected {@code rejected} of its records. */
    public static SendResult delivered(int status, long rejected, String message) {
        return new SendResult(Outcome.DELIVERED, status, NO_DELAY, rejected, message);
    }

    /** No usable answer. */
    public static SendResult unreachable(@Nullable String message) {
        return new SendResult(Outcome.UNREACHABLE, -1, NO_DELAY, 0, message == null ? "no answer" : message);
    }

    /** No answer within the timeout of an attempt. */
    public static SendResult noAnswerWithin(Duration timeout) {
        long millis = timeout.toMillis();
        return unreachable("no answer within " + (millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms"));
    }

    /** The name of the status where it is a gRPC code. */
    public String statusName() {
        return GrpcStatus.name(status);
    }
}
