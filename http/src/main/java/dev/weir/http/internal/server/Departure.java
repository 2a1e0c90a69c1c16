// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.server;

import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import reactor.netty.channel.AbortedException;

/**
 * Which side of a connection or stream ended it. A close alone does not show it: Reactor Netty closes, too, when its
 * client ends the TLS session. Used by the channel's event loop only.
 */
final class Departure {

    private boolean closedHere;
    private boolean peerGone;
    private boolean cancelled;

    /** This side closes the channel. */
    void closing(Channel channel) {
        closedHere |= !peerGone && channel.isActive();
    }

    /** Checks for an event with which the other side leaves: the end of TLS, or the reset of a stream. */
    void event(Object event) {
        if (event instanceof SslCloseCompletionEvent tls) {
            peerGone |= tls.isSuccess();
        } else if (event instanceof Http2ResetFrame) {
            peerGone = true;
            cancelled = true;
        }
    }

    /** Whether a failure only means that the other side has left, which is remembered. */
    boolean isOfTransport(Throwable failure) {
        peerGone |= failure instanceof IOException;
        return failure instanceof IOException;
    }

    /** Whether the loss of the other side, if it is known, explains a failure. */
    boolean explains(@Nullable Throwable failure, Channel channel) {
        return (peerGone || !channel.isActive()) && isLoss(failure);
    }

    /** Whether a failure only means that the connection or the stream is closed. */
    static boolean isLoss(@Nullable Throwable failure) {
        return failure == null
                || failure instanceof IOException
                || failure instanceof AbortedException
                || failure.getClass().getName().startsWith("io.netty.handler.codec.http2.");
    }

    /** The {@code error.type} of an exchange that is over without a failure; null when that is no error. */
    @Nullable
    String lossOf(ServerExchange exchange) {
        return exchange.loss(closedHere, cancelled);
    }
}
