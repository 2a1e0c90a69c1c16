// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A span as long as a connection of any protocol, with the payload bytes that passed; current for what the connection
 * reads. One for each channel, used by its event loop only.
 */
@SuppressWarnings("try") // scopes are only opened and closed
public final class ConnectionHandler extends ChannelDuplexHandler {

    /** In the pipeline under this name at most once. */
    public static final String NAME = "weir.connection";

    private static final AttributeKey<Long> RECEIVED = AttributeKey.longKey("weir.connection.received_bytes");
    private static final AttributeKey<Long> SENT = AttributeKey.longKey("weir.connection.sent_bytes");

    private final HttpInstrumenter instrumenter;
    private final SpanKind kind;
    private @Nullable Span span;
    private Context context = Context.root();
    private @Nullable Throwable failure;
    private long received;
    private long sent;

    public ConnectionHandler(HttpInstrumenter instrumenter, SpanKind kind) {
        this.instrumenter = instrumenter;
        this.kind = kind;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        if (span == null && !instrumenter.isClosed()) {
            begin(ctx);
        }
        try (Scope scope = context.makeCurrent()) {
            ctx.fireChannelActive();
        }
    }

    private void begin(ChannelHandlerContext ctx) {
        try {
            SpanBuilder builder = instrumenter
                    .tracer()
                    .spanBuilder("connection")
                    .setSpanKind(kind)
                    .setNoParent()
                    .setAttribute(HttpAttributes.NETWORK_TRANSPORT, "tcp");
            if (ctx.channel().remoteAddress() instanceof InetSocketAddress peer && peer.getAddress() != null) {
                builder.setAttribute(
                                HttpAttributes.PEER_ADDRESS, peer.getAddress().getHostAddress())
                        .setAttribute(HttpAttributes.PEER_PORT, (long) peer.getPort());
            }
            Span span = builder.startSpan();
            this.span = span;
            context = Context.root().with(span);
        } catch (Throwable thrown) {
            instrumenter.failed("starting a connection span", thrown);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        received += MessageBytes.of(msg);
        try (Scope scope = context.makeCurrent()) {
            ctx.fireChannelRead(msg);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        sent += MessageBytes.of(msg);
        ctx.write(msg, promise);
    }

    @Override
    @SuppressWarnings("deprecation") // the inbound event of ChannelInboundHandler, not the one of ChannelHandler
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
        try (Scope scope = context.makeCurrent()) {
            ctx.fireExceptionCaught(cause);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        try (Scope scope = context.makeCurrent()) {
            ctx.fireChannelInactive();
        } finally {
            end();
        }
    }

    private void end() {
        Span span = this.span;
        if (span == null) {
            return;
        }
        this.span = null;
        context = Context.root();
        try {
            span.setAttribute(RECEIVED, received).setAttribute(SENT, sent);
            if (failure != null) {
                span.setAttribute(HttpAttributes.ERROR_TYPE, ErrorTypes.of(failure))
                        .setStatus(StatusCode.ERROR);
            }
        } catch (Throwable thrown) {
            instrumenter.failed("writing the attributes of a connection span", thrown);
        } finally {
            failure = null;
            try {
                span.end();
            } catch (Throwable thrown) {
                instrumenter.failed("ending a connection span", thrown);
            }
        }
    }
}
