// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.netty.NettyPipeline;

/**
 * Directly before Reactor Netty's bridge: passes each message of a response to the {@link ClientChannel} before Reactor
 * Netty gets it, and runs Reactor Netty under the trace of the call. Used by the channel's event loop only.
 */
@SuppressWarnings("try") // scopes are only opened and closed
final class ClientHandler extends ChannelDuplexHandler {

    static final String NAME = "weir.client";

    private final ClientChannel state;

    ClientHandler(ClientChannel state) {
        this.state = state;
    }

    /** The application may add handlers for each request in between: their writes must pass here after them. */
    static void moveToTheBridge(ChannelPipeline pipeline, ClientChannel state) {
        List<String> names = pipeline.names();
        int bridge = names.lastIndexOf(NettyPipeline.ReactiveBridge);
        if (bridge > 0 && !names.get(bridge - 1).equals(NAME)) {
            pipeline.remove(NAME);
            pipeline.addBefore(NettyPipeline.ReactiveBridge, NAME, new ClientHandler(state));
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        // The exchange ends with this message, but the application still handles the message in its context.
        Context context = state.context();
        state.reading(msg);
        Context session = state.context();
        Scope scope = enter(session == null ? context : session);
        try {
            ctx.fireChannelRead(msg);
        } finally {
            exit(scope);
        }
    }

    @Override
    @SuppressWarnings("deprecation") // the inbound event of ChannelInboundHandler, not the one of ChannelHandler
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        state.failure(cause);
        Scope scope = enter(receiver());
        try {
            ctx.fireExceptionCaught(cause);
        } finally {
            exit(scope);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        Scope scope = enter(receiver());
        try {
            ctx.fireChannelInactive();
        } finally {
            exit(scope);
            state.inactive();
        }
    }

    /**
     * Null without a response: then the call's own signals report the end, and a pool may continue with another call.
     */
    private @Nullable Context receiver() {
        return state.hasResponse() ? state.context() : null;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (!ctx.channel().isActive()) {
            state.inactive();
        }
    }

    /** As {@link ClientTail#write}, for the parts of a body: Reactor Netty writes them from its bridge. */
    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        Scope scope = enter(state.context());
        try {
            ctx.write(msg, promise);
        } finally {
            exit(scope);
        }
    }

    /** On this stack a pool may open another connection, for another call. */
    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        try (Scope none = Context.root().makeCurrent()) {
            ctx.close(promise);
        }
    }

    private @Nullable Scope enter(@Nullable Context context) {
        return context == null ? null : state.scopes.enter(context);
    }

    private void exit(@Nullable Scope scope) {
        if (scope != null) {
            state.scopes.exit(scope);
        }
    }
}
