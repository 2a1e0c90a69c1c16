// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;

/** At the head of the pipeline: runs the reads of the handlers behind it under the trace of the call. */
@SuppressWarnings("try") // scopes are only opened and closed
final class ClientHead extends ChannelDuplexHandler {

    static final String NAME = "reactor.left.weir.head";

    private final ClientChannel state;

    ClientHead(ClientChannel state) {
        this.state = state;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        Context context = state.context();
        if (context == null) {
            ctx.fireChannelRead(msg);
            return;
        }
        Scope scope = state.scopes.enter(context);
        try {
            ctx.fireChannelRead(msg);
        } finally {
            state.scopes.exit(scope);
        }
    }

    /** As {@link ClientHandler#close}, for the handlers in between. */
    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        try (Scope none = Context.root().makeCurrent()) {
            ctx.close(promise);
        }
    }
}
