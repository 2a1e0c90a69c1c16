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
        SERVER,
        CLIENT
    }

    /** Whether a server or a client made it. */
    Side side();

    /** The method as the semantic conventions spell it: a known one, else {@code _OTHER}. */
    String method();

    /** The template that matched ({@code /orders/{id}}); null when unknown. Of bounded cardinality. */
    @Nullable
    String route();

    /** {@code http} or {@code https}. */
    String scheme();

    /** {@code 1.1}, {@code 2}, …; null when unknown. */
    @Nullable
    String protocolVersion();

    /** The host that the request was for; of a client always known, of a server it may be null. */
    @Nullable
    String serverAddress();

    /** The port that the request was for; 0 when unknown. */
    int serverPort();

    /** The response status; 0 when none was sent or received. */
    int statusCode();

    /** The {@code error.type} of the semantic conventions; null when it was not an error. */
    @Nullable
    String errorType();

    /** From the arrival of the head to the last byte written (server), or from the send to the last byte read (client). */
    long durationNanos();

    /** The high 64 bits of the trace id; with {@link #traceIdLow} 0 when there is no trace. */
    long traceIdHigh();

    /** The last 8 bytes of the trace id; 0 without a span. */
    long traceIdLow();

    /** The span id; 0 without a span. */
    long spanId();

    /** Whether the trace is sampled: only then may an exemplar point to it. */
    boolean sampled();
}
