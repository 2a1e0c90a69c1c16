// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;

/**
 * At the end of the pipeline, behind Reactor Netty's bridge: the first handler of each write. An exchange begins here,
 * and the handlers before it write under the trace of the call. Used by the channel's event loop only.
 */
final class ClientTail extends ChannelOutboundHandlerAdapter {

    static final String NAME = "reactor.right.weir.tail";

    private final ClientChannel state;

    ClientTail(ClientChannel state) {
        this.state = state;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        if (msg instanceof HttpRequest head) {
            state.writing(head);
        }
        Context context = state.context();
        if (context == null) {
            ctx.write(msg, promise);
            return;
        }
        Scope scope = state.scopes.enter(context);
        try {
            ctx.write(msg, promise);
        } finally {
            state.scopes.exit(scope);
        }
    }
}
