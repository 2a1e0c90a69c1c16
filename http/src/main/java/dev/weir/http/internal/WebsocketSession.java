// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import io.netty.channel.ChannelHandlerContext;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import org.jspecify.annotations.Nullable;

/** What follows the upgrade of a websocket: a span as long as the session. Used by the channel's event loop only. */
public final class WebsocketSession implements WebsocketBytes.Counter {

    static final AttributeKey<Long> RECEIVED = AttributeKey.longKey("weir.websocket.received_bytes");
    static final AttributeKey<Long> SENT = AttributeKey.longKey("weir.websocket.sent_bytes");

    private final HttpInstrumenter instrumenter;
    private final Span span;
    private final Context context;
    private long received;
    private long sent;
    private boolean countedOnWire;

    private WebsocketSession(HttpInstrumenter instrumenter, Span span, Context context) {
        this.instrumenter = instrumenter;
        this.span = span;
        this.context = context;
    }

    /** Begins under the span of the upgrade; null when sessions have no spans. */
    public static @Nullable WebsocketSession begin(Exchange upgrade) {
        HttpInstrumenter instrumenter = upgrade.instrumenter;
        if (!instrumenter.policy().spanPolicy().websocketSessions()
                || !instrumenter.policy().spans()) {
            return null;
        }
        try {
            Context parent = upgrade.context.with(upgrade.span);
            Span span = instrumenter
                    .tracer()
                    .spanBuilder(upgrade.route == null ? "websocket" : "websocket " + upgrade.route)
                    .setParent(parent)
                    .startSpan();
            return new WebsocketSession(instrumenter, span, parent.with(span));
        } catch (Throwable failure) {
            instrumenter.failed("starting a websocket span", failure);
            return null;
        }
    }

    /** The trace context of the session. */
    public Context context() {
        return context;
    }

    /**
     * Counts on the wire from now on, where messages may be deflated. With HTTP/2 the codec of frames appears shortly
     * after the upgrade.
     */
    public void countOn(ChannelHandlerContext ctx) {
        assert ctx.executor().inEventLoop() : "a session belongs to the event loop of its channel";
        if (!tryCount(ctx)) {
            ctx.executor().execute(() -> tryCount(ctx));
        }
    }

    private boolean tryCount(ChannelHandlerContext ctx) {
        try {
            countedOnWire = WebsocketBytes.addTo(ctx.pipeline(), this);
        } catch (Throwable failure) {
            instrumenter.failed("counting the bytes of a websocket", failure);
        }
        return countedOnWire;
    }

    /** A message was read. It is counted unless the bytes are counted on the wire. */
    public void passedIn(Object message) {
        if (!countedOnWire) {
            received(MessageBytes.of(message));
        }
    }

    /** As {@link #passedIn} for a message that is written. */
    public void passedOut(Object message) {
        if (!countedOnWire) {
            sent(MessageBytes.of(message));
        }
    }

    /** Counts bytes that were read. */
    @Override
    public void received(long bytes) {
        received += bytes;
    }

    /** Counts bytes that were written. */
    @Override
    public void sent(long bytes) {
        sent += bytes;
    }

    /** Ends the session: its connection was closed. */
    public void end() {
        try {
            span.setAttribute(RECEIVED, received).setAttribute(SENT, sent);
        } catch (Throwable failure) {
            instrumenter.failed("writing the attributes of a websocket span", failure);
        } finally {
            try {
                span.end();
            } catch (Throwable failure) {
                instrumenter.failed("ending a websocket span", failure);
            }
        }
    }
}
