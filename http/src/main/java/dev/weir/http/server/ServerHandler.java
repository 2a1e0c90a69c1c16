// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.server;

import dev.weir.http.internal.ErrorTypes;
import dev.weir.http.internal.HttpCore;
import dev.weir.http.internal.HttpPolicy;
import dev.weir.http.internal.NettyHeaders;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.FileRegion;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.server.logging.error.ErrorLogEvent;

/**
 * Makes an exchange of each request that passes and runs everything behind it inside the exchange's context.
 *
 * <p>One for each connection (HTTP/1.1) or stream (HTTP/2, HTTP/3), before Reactor Netty's bridge; used by its event loop only.
 */
@SuppressWarnings("try") // scopes are only opened and closed
final class ServerHandler extends ChannelDuplexHandler {

    /*
     * Why the write side decides when an exchange ends: the signals of the application's Mono lie. A good keep-alive request gives
     * cancel and success, one that is aborted in mid-body gives success. What was written is the only truth.
     *
     * Why exchanges are their own listeners: with last-flush-when-no-read Reactor Netty takes up the next request before the last
     * byte of the previous response is flushed, so more than one exchange may wait for its promise.
     */

    /** In the pipeline under this name at most once; also what tells an instrumented connection. */
    static final String NAME = "weir.server";

    private final HttpCore core;
    private final boolean bodySizes;
    private @Nullable ServerConnection connection;
    private @Nullable ServerExchange current;
    /** The context of a request that is ignored: what came in, without a span. */
    private @Nullable Context passThrough;
    /** The operations object of the request whose head comes next or came last. */
    private @Nullable Object operations;

    ServerHandler(HttpCore core) {
        this.core = core;
        this.bodySizes = core.policy().bodySizes();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        connection = new ServerConnection(ctx.channel());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof HttpRequest request) {
            begin(request);
        }
        ServerExchange exchange = current;
        if (exchange != null && bodySizes) {
            exchange.requestBytes((int) bytes(msg));
        }
        Context context = exchange != null ? exchange.context() : passThrough;
        if (context == null) {
            ctx.fireChannelRead(msg);
            return;
        }
        try (Scope scope = context.makeCurrent()) {
            ctx.fireChannelRead(msg);
        }
    }

    private void begin(HttpRequest request) {
        current = null;
        passThrough = null;
        ServerConnection connection = this.connection;
        if (core.isClosed() || connection == null) {
            return;
        }
        HttpPolicy policy = core.policy();
        if (!policy.ignoredPaths().isEmpty() && isIgnored(request, policy)) {
            passThrough = core.propagator().extract(Context.root(), request.headers(), NettyHeaders.CARRIER);
            return;
        }
        ServerExchange exchange = new ServerExchange(core);
        exchange.begin(request, connection);
        current = exchange;
    }

    private static boolean isIgnored(HttpRequest request, HttpPolicy policy) {
        String uri = request.uri();
        int start = ServerExchange.pathStart(uri);
        int question = uri.indexOf('?', start);
        int end = question < 0 ? uri.length() : question;
        return start == 0
                ? policy.ignoredPaths().matches(uri, end)
                : policy.ignoredPaths().matches(uri.substring(start), end - start);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        ServerExchange exchange = current;
        if (exchange == null) {
            ctx.write(msg, promise);
            return;
        }
        if (msg instanceof HttpResponse response) {
            int status = response.status().code();
            if (status < 200 && status != 101) {
                ctx.write(msg, promise);
                return;
            }
            exchange.response(response);
            if (status == 101) {
                ctx.write(msg, promise.unvoid().addListener(exchange));
                return;
            }
        }
        if (bodySizes) {
            exchange.responseBytes(bytes(msg));
        }
        if (msg instanceof LastHttpContent) {
            ctx.write(msg, promise.unvoid().addListener(exchange));
        } else {
            ctx.write(msg, promise);
        }
    }

    private static long bytes(Object msg) {
        if (msg instanceof ByteBuf buffer) {
            return buffer.readableBytes();
        }
        if (msg instanceof ByteBufHolder holder) {
            return holder.content().readableBytes();
        }
        return msg instanceof FileRegion file ? file.count() : 0;
    }

    /** Reactor Netty tells its error log of what the application's handler threw, whatever became of the response. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (current != null && event instanceof ErrorLogEvent error) {
            current.failure(error.cause());
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    @SuppressWarnings("deprecation") // the inbound event of ChannelInboundHandler, not the one of ChannelHandler
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ServerExchange exchange = current;
        if (exchange == null) {
            ctx.fireExceptionCaught(cause);
            return;
        }
        exchange.failure(cause);
        try (Scope scope = exchange.context().makeCurrent()) {
            ctx.fireExceptionCaught(cause);
        }
    }

    /** What the application does about the loss of its client still belongs to the exchange, which ends after it. */
    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        ServerExchange exchange = current;
        if (exchange == null) {
            ctx.fireChannelInactive();
            return;
        }
        try (Scope scope = exchange.context().makeCurrent()) {
            ctx.fireChannelInactive();
        } finally {
            exchange.end(ErrorTypes.CLOSED);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (current != null && !ctx.channel().isActive()) {
            current.end(ErrorTypes.CLOSED);
        }
    }

    @Nullable
    ServerExchange current() {
        return current;
    }

    void expects(Object operations) {
        this.operations = operations;
    }

    boolean knows(Object operations) {
        return this.operations == operations;
    }

    @Nullable
    ServerConnection connection() {
        return connection;
    }
}
