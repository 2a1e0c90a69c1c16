// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.server;

import dev.weir.http.internal.ErrorTypes;
import dev.weir.http.internal.HttpCore;
import dev.weir.http.internal.HttpPolicy;
import dev.weir.http.internal.MessageBytes;
import dev.weir.http.internal.WebsocketSession;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AttributeKey;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.ArrayDeque;
import java.util.Queue;
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

    /** In the pipeline under this name at most once. */
    static final String NAME = "weir.server";

    /** The handler of a channel, also after the pipeline was torn down. */
    private static final AttributeKey<ServerHandler> OF_CHANNEL = AttributeKey.valueOf("weir.server.handler");

    private final HttpCore core;
    private final boolean bodySizes;
    private @Nullable ServerConnection connection;
    /** The request that is being read, or was read last. */
    private @Nullable ServerExchange current;
    /** The request whose response is written next. */
    private @Nullable ServerExchange responding;
    /** Requests that came while another was being answered: only a plain Netty pipeline lets them through. */
    private @Nullable Queue<ServerExchange> waiting;

    private @Nullable WebsocketSession session;
    /** The context of a request that is ignored: what came in, without a span. */
    private @Nullable Context passThrough;

    ServerHandler(HttpCore core) {
        this.core = core;
        this.bodySizes = core.policy().bodySizes();
    }

    /** The handler of {@code channel}; null when it is not seen. */
    static @Nullable ServerHandler of(Channel channel) {
        return channel.attr(OF_CHANNEL).get();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        connection = new ServerConnection(ctx.channel());
        ctx.channel().attr(OF_CHANNEL).set(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof HttpRequest request) {
            begin(request);
        }
        ServerExchange exchange = current;
        WebsocketSession session = this.session;
        if (session != null) {
            session.received(MessageBytes.of(msg));
        } else if (exchange != null && bodySizes) {
            exchange.requestBytes(MessageBytes.of(msg));
        }
        Context context = session != null ? session.context() : exchange != null ? exchange.context() : passThrough;
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
            passThrough = core.extract(request.headers());
            return;
        }
        ServerExchange exchange = new ServerExchange(core);
        exchange.begin(request, connection);
        current = exchange;
        if (responding == null) {
            responding = exchange;
        } else {
            if (waiting == null) {
                waiting = new ArrayDeque<>();
            }
            waiting.add(exchange);
        }
    }

    private void answered() {
        responding = waiting == null ? null : waiting.poll();
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
        ServerExchange exchange = responding;
        if (session != null) {
            session.sent(MessageBytes.of(msg));
        }
        if (exchange == null || session != null) {
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
            if (status == 101 || exchange.isTunnel()) {
                answered();
                ctx.write(msg, promise.unvoid().addListener(exchange));
                session = WebsocketSession.begin(exchange);
                return;
            }
        }
        if (bodySizes) {
            exchange.responseBytes(MessageBytes.of(msg));
        }
        if (msg instanceof LastHttpContent) {
            answered();
            ctx.write(msg, promise.unvoid().addListener(exchange));
        } else {
            ctx.write(msg, promise);
        }
    }

    /** Reactor Netty tells its error log of what the application's handler threw, whatever became of the response. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (responding != null && event instanceof ErrorLogEvent error) {
            responding.failure(error.cause());
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
            end(exchange);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (current != null && !ctx.channel().isActive()) {
            end(current);
        }
    }

    private void end(ServerExchange exchange) {
        while (responding != null) {
            responding.end(ErrorTypes.CLOSED);
            answered();
        }
        exchange.end(ErrorTypes.CLOSED);
        if (session != null) {
            session.end();
            session = null;
        }
    }

    @Nullable
    ServerExchange current() {
        return current;
    }
}
