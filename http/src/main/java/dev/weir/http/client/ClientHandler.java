// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.client;

import dev.weir.http.internal.ErrorTypes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.FileRegion;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.opentelemetry.context.Scope;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClientRequest;

/**
 * Makes an exchange of each request that passes on its way out and ends it with the last byte of the response, before the
 * application sees that byte: a redirect's next send cannot begin earlier.
 *
 * <p>One for each connection (HTTP/1.1) or stream (HTTP/2, HTTP/3), before Reactor Netty's bridge; used by its event loop only.
 */
@SuppressWarnings("try") // scopes are only opened and closed
final class ClientHandler extends ChannelDuplexHandler {

    static final String NAME = "weir.client";

    private static final String PREMATURE_CLOSE = "reactor.netty.http.client.PrematureCloseException";

    private final boolean bodySizes;
    private @Nullable Peer peer;
    private @Nullable ClientCall call;
    private @Nullable HttpClientRequest request;
    private @Nullable ClientExchange exchange;
    private boolean informational;
    private boolean closedHere;

    ClientHandler(boolean bodySizes) {
        this.bodySizes = bodySizes;
    }

    /** The next head that is written belongs to {@code call}; null for one that is not seen. */
    void prepare(@Nullable ClientCall call, HttpClientRequest request) {
        this.call = call;
        this.request = request;
        this.exchange = null;
        this.informational = false;
        this.closedHere = false;
    }

    /** Takes over what {@code other} began: an upgrade moved the request from the connection to a stream. */
    void takeOver(ClientHandler other, HttpClientRequest request) {
        this.call = null;
        this.request = request;
        this.exchange = other.exchange;
        other.exchange = null;
    }

    boolean isFor(Object operations) {
        return request == operations;
    }

    boolean isOpen() {
        return exchange != null && !exchange.isEnded();
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        ClientCall call = this.call;
        HttpClientRequest request = this.request;
        if (call != null && request != null && msg instanceof HttpRequest head) {
            this.call = null;
            begin(ctx.channel(), call, request, head);
        }
        if (bodySizes && exchange != null) {
            exchange.requestBytes(bytes(msg));
        }
        ctx.write(msg, promise);
    }

    private void begin(Channel channel, ClientCall call, HttpClientRequest request, HttpRequest head) {
        if (peer == null) {
            peer = Peer.of(channel.remoteAddress());
        }
        String url = request.resourceUrl();
        ClientExchange exchange = new ClientExchange(call);
        exchange.begin(
                head.method().name(), url == null ? head.uri() : url, version(channel, head), head.headers(), peer);
        this.exchange = exchange;
        call.current(exchange);
    }

    private static @Nullable String version(Channel channel, HttpRequest head) {
        if (channel instanceof Http2StreamChannel) {
            return "2";
        }
        if (channel.parent() != null) {
            return "3";
        }
        return head.protocolVersion().minorVersion() == 0 ? "1.0" : "1.1";
    }

    static long bytes(Object msg) {
        if (msg instanceof ByteBuf buffer) {
            return buffer.readableBytes();
        }
        if (msg instanceof ByteBufHolder holder) {
            return holder.content().readableBytes();
        }
        return msg instanceof FileRegion file ? file.count() : 0;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ClientExchange exchange = this.exchange;
        if (exchange == null) {
            ctx.fireChannelRead(msg);
            return;
        }
        if (!exchange.isEnded()) {
            read(exchange, msg);
        }
        try (Scope scope = exchange.context().makeCurrent()) {
            ctx.fireChannelRead(msg);
        }
    }

    private void read(ClientExchange exchange, Object msg) {
        if (msg instanceof HttpResponse response) {
            int status = response.status().code();
            informational = status < 200 && status != 101;
            if (response.decoderResult().isFailure()) {
                exchange.failure(response.decoderResult().cause());
                exchange.end(null);
                return;
            }
            if (!informational) {
                exchange.response(response);
                if (status == 101) {
                    exchange.end(null);
                    return;
                }
            }
        }
        if (bodySizes) {
            exchange.responseBytes(bytes(msg));
        }
        if (msg instanceof LastHttpContent last) {
            if (informational) {
                informational = false;
                return;
            }
            if (last.decoderResult().isFailure()) {
                exchange.failure(last.decoderResult().cause());
            }
            exchange.end(null);
        }
    }

    @Override
    @SuppressWarnings("deprecation") // the inbound event of ChannelInboundHandler, not the one of ChannelHandler
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ClientExchange exchange = this.exchange;
        if (exchange == null) {
            ctx.fireExceptionCaught(cause);
            return;
        }
        exchange.failure(cause);
        try (Scope scope = exchange.context().makeCurrent()) {
            ctx.fireExceptionCaught(cause);
        }
    }

    /** This side closes: unless something failed before, the caller went away. */
    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        closedHere = true;
        ctx.close(promise);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        ClientExchange exchange = this.exchange;
        if (exchange == null) {
            ctx.fireChannelInactive();
            return;
        }
        try (Scope scope = exchange.context().makeCurrent()) {
            ctx.fireChannelInactive();
        } finally {
            exchange.end(closedHere ? null : ErrorTypes.CLOSED);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (exchange != null && !ctx.channel().isActive()) {
            exchange.end(closedHere ? null : ErrorTypes.CLOSED);
        }
    }

    /** The connection is gone and the response was not complete. */
    void incomplete() {
        if (exchange != null && exchange.hasResponse()) {
            exchange.end(closedHere ? null : PREMATURE_CLOSE);
        }
    }

    /** Reactor Netty gives the request up. */
    void failed(Throwable failure) {
        if (exchange != null && !exchange.isEnded()) {
            exchange.failure(failure);
            exchange.end(null);
        }
    }
}
