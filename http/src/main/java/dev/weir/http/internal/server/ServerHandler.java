// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.server;

import dev.weir.http.internal.HttpInstrumenter;
import dev.weir.http.internal.MessageBytes;
import dev.weir.http.internal.PathPatterns;
import dev.weir.http.internal.WebsocketSession;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderResultProvider;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import reactor.netty.NettyPipeline;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.logging.error.ErrorLogEvent;

/**
 * Makes an exchange of each request and runs everything behind it in the exchange's context.
 *
 * <p>One for each connection (HTTP/1.1) or stream (HTTP/2, HTTP/3), directly behind the handler of Reactor Netty that
 * decides which request is next, so that all other handlers have its trace; {@link OutboundScope} is its other end.
 * Used by its event loop only.
 */
@SuppressWarnings("try") // scopes are only opened and closed
final class ServerHandler extends ChannelDuplexHandler implements ServerExchange.Owner {

    /*
     * Why the write side decides when an exchange ends: the signals of the application's Mono are not reliable. A
     * successful keep-alive request gives cancel and success, a request that is aborted in the middle of its body gives
     * success. Only the writes are reliable.
     *
     * Why exchanges are their own listeners: with last-flush-when-no-read Reactor Netty begins the next request before
     * the last byte of the previous response is flushed, so more than one exchange may wait for its promise.
     *
     * Why no exchange is kept after its end: an idle connection lives for minutes, and an application attaches much to
     * a request.
     */

    /**
     * With this prefix it stays before the handlers of the application: Reactor Netty puts those behind all handlers
     * with it.
     */
    static final String NAME = NettyPipeline.LEFT + "weir.server";

    /** The handler of a channel, available after the pipeline was torn down, too. */
    private static final AttributeKey<ServerHandler> OF_CHANNEL = AttributeKey.valueOf("weir.server.handler");

    private final HttpInstrumenter instrumenter;
    private final boolean bodySizes;
    /** Null on Netty alone, where no handler behind this one makes the trace current for writes. */
    private final @Nullable EarlyAnswers early;

    private final boolean alone;

    private @Nullable ServerConnection connection;
    /** Counts the bytes on the wire; null when this handler counts them. */
    private @Nullable WireBytes wire;
    /** The request that is being read, or that was read last. */
    private @Nullable ServerExchange current;
    /** The request whose response is written next. */
    private @Nullable ServerExchange responding;
    /** The request whose last byte was written and may wait for its flush. */
    private @Nullable ServerExchange finishing;
    /** Requests that arrived before the previous response was complete: only a plain Netty pipeline passes them. */
    private @Nullable Queue<ServerExchange> waiting;

    private @Nullable WebsocketSession session;
    /** The context of an ignored request, and of everything after an upgrade. */
    private @Nullable Context passThrough;

    private final Departure departure = new Departure();
    private boolean upgraded;

    ServerHandler(HttpInstrumenter instrumenter, @Nullable EarlyAnswers early) {
        this.instrumenter = instrumenter;
        this.bodySizes = instrumenter.policy().bodySizes();
        this.early = early;
        this.alone = early == null;
    }

    /** The handler of {@code channel}; null when it is not instrumented. */
    static @Nullable ServerHandler of(Channel channel) {
        return channel.attr(OF_CHANNEL).get();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        assert ctx.executor().inEventLoop() : "a handler belongs to its event loop";
        connection = new ServerConnection(ctx.channel());
        ctx.channel().attr(OF_CHANNEL).set(this);
        if (bodySizes && !alone) {
            wire = WireBytes.addTo(ctx.pipeline(), this::writing);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof HttpRequest request) {
            begin(ctx.channel(), request);
        }
        ServerExchange exchange = current;
        if (exchange != null && !upgraded) {
            read(exchange, msg);
        }
        if (session != null) {
            session.passedIn(msg);
        }
        Context context = inbound();
        if (context == null) {
            ctx.fireChannelRead(msg);
            return;
        }
        try (Scope scope = context.makeCurrent()) {
            ctx.fireChannelRead(msg);
        }
    }

    private void begin(Channel channel, HttpRequest request) {
        current = null;
        passThrough = null;
        RequestBytes bytes = wire == null ? null : wire.claim();
        ServerConnection connection = this.connection;
        if (instrumenter.isClosed() || connection == null) {
            return;
        }
        PathPatterns ignored = instrumenter.policy().server().ignoredPaths();
        if (!ignored.isEmpty() && ServerExchange.isIgnored(request.uri(), ignored)) {
            passThrough = instrumenter.extract(request.headers());
            return;
        }
        ServerExchange exchange = new ServerExchange(instrumenter, this);
        if (bytes != null) {
            exchange.counting(bytes);
        }
        exchange.begin(
                request,
                connection,
                !alone && ChannelOperations.get(channel) instanceof HttpServerRequest operations ? operations : null);
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

    private void read(ServerExchange exchange, Object msg) {
        if (bodySizes && wire == null) {
            exchange.requestBytes(MessageBytes.of(msg));
        }
        if (msg instanceof DecoderResultProvider part && part.decoderResult().isFailure()) {
            exchange.undecodable();
        } else if (msg instanceof LastHttpContent) {
            exchange.requestRead();
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        Context context = alone ? outbound() : null;
        if (context == null) {
            send(ctx, msg, promise);
            return;
        }
        try (Scope scope = context.makeCurrent()) {
            send(ctx, msg, promise);
        }
    }

    private void send(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        ServerExchange exchange = responding;
        if (session != null) {
            session.passedOut(msg);
        }
        if (exchange == null || upgraded) {
            ctx.write(msg, promise);
            return;
        }
        if (msg instanceof HttpResponse response) {
            int status = response.status().code();
            if (status < 200 && status != 101) {
                ctx.write(msg, promise);
                return;
            }
            head(ctx, exchange, response, promise.unvoid());
            return;
        }
        boolean last = msg instanceof LastHttpContent;
        long bytes = MessageBytes.of(msg);
        ResponseProgress progress = exchange.progress();
        if (last) {
            forward(ctx, exchange, msg, bytes, lastOf(exchange, promise.unvoid()));
        } else if (progress != null && progress.completes(bytes)) {
            ChannelPromise write = promise.unvoid();
            progress.whole(write);
            forward(ctx, exchange, msg, bytes, write);
        } else {
            forward(ctx, exchange, msg, bytes, promise);
        }
    }

    private void head(ChannelHandlerContext ctx, ServerExchange exchange, HttpResponse response, ChannelPromise write) {
        exchange.response(response, write);
        if (response.status().code() == 101 || exchange.isTunnel()) {
            upgrade(ctx, exchange, response, write);
            return;
        }
        boolean last = response instanceof LastHttpContent;
        forward(ctx, exchange, response, MessageBytes.of(response), last ? lastOf(exchange, write) : write);
        ResponseProgress progress = exchange.progress();
        if (!last && progress != null) {
            progress.framed(response, write);
        }
    }

    private ChannelPromise lastOf(ServerExchange exchange, ChannelPromise write) {
        finishing = exchange;
        responding = waiting == null ? null : waiting.poll();
        return write.addListener(exchange);
    }

    private void forward(
            ChannelHandlerContext ctx, ServerExchange exchange, Object msg, long bytes, ChannelPromise promise) {
        WireBytes wire = this.wire;
        if (wire != null) {
            wire.write(ctx, exchange, msg, promise);
            return;
        }
        if (bodySizes) {
            exchange.responseBytes(bytes);
        }
        ctx.write(msg, promise);
    }

    /**
     * Everything that follows belongs to the trace of the upgrade. Only its ids are kept, because it may last for days.
     */
    private void upgrade(
            ChannelHandlerContext ctx, ServerExchange exchange, HttpResponse response, ChannelPromise write) {
        upgraded = true;
        lastOf(exchange, write);
        if (instrumenter.policy().spans()) {
            passThrough = exchange.context().with(Span.wrap(exchange.span().getSpanContext()));
        } else {
            passThrough = exchange.context();
        }
        ctx.write(response, write);
        session = WebsocketSession.begin(exchange);
        if (session != null) {
            session.countOn(ctx);
        }
    }

    /** The context of reads; null when they belong to no request. */
    private @Nullable Context inbound() {
        if (session != null) {
            return session.context();
        }
        return upgraded || current == null ? passThrough : current.context();
    }

    /** The context of writes; null when they belong to no request. */
    @Nullable
    Context outbound() {
        if (session != null) {
            return session.context();
        }
        return upgraded || responding == null ? passThrough : responding.context();
    }

    /** The context of a flush or a close, which may belong to a response whose last byte waits for the flush. */
    @Nullable
    Context flushed() {
        return responding == null && finishing != null && !upgraded ? finishing.context() : outbound();
    }

    /**
     * Streams share a transport: a flush may complete writes of other streams, whose listeners do not belong to this
     * request.
     */
    @Override
    public void flush(ChannelHandlerContext ctx) {
        ServerConnection connection = this.connection;
        if (connection != null && connection.isStream()) {
            try (Scope scope = Context.root().makeCurrent()) {
                ctx.flush();
            }
            return;
        }
        Context context = alone ? flushed() : null;
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
        departure.closing(ctx.channel());
        ctx.close(promise);
    }

    /**
     * Reactor Netty reports to its error log what the application's handler threw, even if the response was complete.
     */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        ServerExchange answering = responding;
        departure.event(event);
        if (event instanceof ErrorLogEvent error
                && answering != null
                && !departure.explains(error.cause(), ctx.channel())) {
            answering.failure(error.cause());
        }
        Context context = answering != null ? answering.context() : inbound();
        if (context == null) {
            ctx.fireUserEventTriggered(event);
        } else {
            try (Scope scope = context.makeCurrent()) {
                ctx.fireUserEventTriggered(event);
            }
        }
        forgetEnded();
    }

    @Override
    @SuppressWarnings("deprecation") // the inbound event of ChannelInboundHandler, not the one of ChannelHandler
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ServerExchange exchange = current;
        if (!departure.isOfTransport(cause) && exchange != null) {
            exchange.failure(cause);
        }
        Context context = inbound();
        if (context == null) {
            ctx.fireExceptionCaught(cause);
            return;
        }
        try (Scope scope = context.makeCurrent()) {
            ctx.fireExceptionCaught(cause);
        }
    }

    /** The writes that the application continues with belong to the response. */
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        Context context = outbound();
        if (context == null) {
            ctx.fireChannelWritabilityChanged();
            return;
        }
        try (Scope scope = context.makeCurrent()) {
            ctx.fireChannelWritabilityChanged();
        }
    }

    /** The application's reaction to the loss of its client belongs to the exchange, which ends after it. */
    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        Context context = inbound();
        if (context == null) {
            ctx.fireChannelInactive();
            end();
            return;
        }
        try (Scope scope = context.makeCurrent()) {
            ctx.fireChannelInactive();
        } finally {
            end();
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        assert ctx.executor().inEventLoop() : "a handler belongs to its event loop";
        if (!ctx.channel().isActive()) {
            end();
        }
    }

    private void end() {
        for (ServerExchange open = responding; open != null; open = waiting == null ? null : waiting.poll()) {
            open.end(departure.lossOf(open));
        }
        responding = null;
        if (finishing != null) {
            finishing.end(departure.lossOf(finishing));
        }
        finishing = null;
        if (current != null) {
            current.end(departure.lossOf(current));
        }
        current = null;
        passThrough = null;
        if (session != null) {
            session.end();
            session = null;
        }
    }

    private void forgetEnded() {
        if (finishing != null && finishing.isEnded()) {
            finishing = null;
        }
        if (current != null && current.isEnded()) {
            current = null;
        }
    }

    /** Ends the exchange, at once or after the other signals in this turn of the event loop. */
    @Override
    public void over(ServerExchange exchange, Channel channel) {
        EarlyAnswers early = this.early;
        if (early == null || !exchange.isAwaitingBody()) {
            over(exchange);
            return;
        }
        early.add(exchange);
        channel.eventLoop().execute(() -> {
            early.remove(exchange);
            exchange.end(departure.lossOf(exchange));
            forgetEnded();
        });
    }

    /** Reactor Netty reports the end of a request after its own listeners have run: until then the exchange is kept. */
    private void over(ServerExchange exchange) {
        exchange.end(departure.lossOf(exchange));
        if (alone || upgraded) {
            forgetEnded();
        }
    }

    /** The exchange of the bytes that are written now. */
    @Nullable
    ServerExchange writing() {
        return responding != null ? responding : finishing;
    }

    /** The exchange of {@code request}; null when it is neither an open one nor the last one. */
    @Nullable
    ServerExchange exchange(HttpServerRequest request) {
        if (current != null && current.isOf(request)) {
            return current;
        }
        return responding != null && responding.isOf(request)
                ? responding
                : finishing != null && finishing.isOf(request) ? finishing : null;
    }

    void failed(String what, Throwable failure) {
        instrumenter.failed(what, failure);
    }

    /** The context after an upgrade; null on a connection that still uses HTTP. */
    @Nullable
    Context upgraded() {
        return upgraded ? inbound() : null;
    }
}
