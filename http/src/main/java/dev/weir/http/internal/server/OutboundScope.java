// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.server;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.LastHttpContent;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import org.jspecify.annotations.Nullable;
import reactor.netty.NettyPipeline;

/**
 * Makes the trace of a response current for all handlers that its bytes pass. Directly before Reactor Netty's bridge,
 * where every write begins. Reads are not touched: a read may bring the next request. Used by the channel's event loop
 * only.
 */
@SuppressWarnings("try") // scopes are only opened and closed
final class OutboundScope extends ChannelOutboundHandlerAdapter {

    /**
     * With this prefix it stays behind the handlers of the application: Reactor Netty puts those before all handlers
     * with it.
     */
    static final String NAME = NettyPipeline.RIGHT + "weir.server.outbound";

    private final ServerHandler handler;
    /** Whether an access log or a recorder of metrics waits for the last byte to be written. */
    private final boolean awaited;

    OutboundScope(ServerHandler handler, boolean awaited) {
        this.handler = handler;
        this.awaited = awaited;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        Context context = handler.outbound();
        if (context == null) {
            ctx.write(msg, promise);
            return;
        }
        try (Scope scope = context.makeCurrent()) {
            if (awaited && msg instanceof LastHttpContent) {
                Completion completion = new Completion(context);
                ChannelPromise write = promise.unvoid();
                ctx.write(msg, write.addListener(completion));
                write.addListener(completion);
            } else {
                ctx.write(msg, promise);
            }
        }
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        Context context = handler.flushed();
        if (context == null) {
            ctx.flush();
            return;
        }
        try (Scope scope = context.makeCurrent()) {
            ctx.flush();
        }
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        Context context = handler.flushed();
        if (context == null) {
            ctx.close(promise);
            return;
        }
        try (Scope scope = context.makeCurrent()) {
            ctx.close(promise);
        }
    }

    /**
     * The first and the last listener of a write: the trace is current for those in between, which other handlers have
     * added, whenever the write is done. Listeners of one promise run one after another on the event loop.
     */
    private static final class Completion implements ChannelFutureListener {

        private final Context context;
        private @Nullable Scope scope;

        Completion(Context context) {
            this.context = context;
        }

        @Override
        @SuppressWarnings(
                "MustBeClosedChecker") // by the second call, which always comes: Netty catches what listeners throw
        public void operationComplete(ChannelFuture written) {
            if (scope == null) {
                scope = context.makeCurrent();
            } else {
                scope.close();
            }
        }
    }
}
