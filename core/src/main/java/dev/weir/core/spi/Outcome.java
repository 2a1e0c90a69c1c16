// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.spi;

import org.jspecify.annotations.Nullable;

/**
 * How one HTTP exchange ended, sampled or not. A view of the exchange itself, valid during the call that hands it over:
 * copy what is needed later.
 *
 * @since 0.1
 */
public interface Outcome {

    /** Which side of the exchange this process was. */
    enum Side {
        /** This process got the request and sent the response. */
        SERVER,
        /** This process sent the request and got the response. */
        CLIENT
    }

    /** {@return the side of the exchange that this process was} */
    Side side();

    /** {@return the method as the semantic conventions spell it: a known one, else {@code _OTHER}} */
    String method();

    /** {@return the template that matched, such as {@code /orders/{id}}, of bounded cardinality; null when unknown} */
    @Nullable
    String route();

    /** {@return {@code http} or {@code https}} */
    String scheme();

    /** {@return {@code 1.1}, {@code 2} and so on; null when unknown} */
    @Nullable
    String protocolVersion();

    /** {@return the host that the request was for; of a client never null, of a server null when unknown} */
    @Nullable
    String serverAddress();

    /** {@return the port that the request was for; 0 when unknown} */
    int serverPort();

    /** {@return the response status; 0 when none was sent or received} */
    int statusCode();

    /** {@return the {@code error.type} of the semantic conventions; null when it was not an error} */
    @Nullable
    String errorType();

    /**
     * How long the exchange took: from the arrival of the head to the last byte written (server), or from the send to
     * the last byte read (client).
     *
     * @return the time in nanoseconds
     */
    long durationNanos();

    /** {@return the first 8 bytes of the trace id; 0 without a span} */
    long traceIdHigh();

    /** {@return the last 8 bytes of the trace id; 0 without a span} */
    long traceIdLow();

    /** {@return the 8 bytes of the span id; 0 without a span} */
    long spanId();

    /** {@return whether the trace is sampled: only then may an exemplar point to it} */
    boolean sampled();
}
