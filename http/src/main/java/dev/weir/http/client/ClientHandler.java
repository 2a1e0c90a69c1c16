// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.client;

import dev.weir.http.internal.ErrorTypes;
import dev.weir.http.internal.MessageBytes;
import dev.weir.http.internal.WebsocketSession;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.AttributeKey;
import io.opentelemetry.context.Scope;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.client.HttpClientResponse;

/**
 * Makes an exchange of each request that passes on its way out and ends it with the last byte of the response, before the
 * application sees that byte: a redirect's next send cannot begin earlier.
 *
 * <p>One for each connection (HTTP/1.1) or stream (HTTP/2, HTTP/3), before Reactor Netty's bridge; used by its event loop only.
 */
@SuppressWarnings("try") // scopes are only opened and closed
final class ClientHandler extends ChannelDuplexHandler {

    static final String NAME = "weir.client";

    /** The handler of a channel, also after the pipeline was torn down. */
    private static final AttributeKey<ClientHandler> OF_CHANNEL = AttributeKey.valueOf("weir.client.handler");

    private static final String REDIRECT = "reactor.netty.http.client.RedirectClientException";
    private static final String AUTHENTICATION = "reactor.netty.http.client.HttpClientAuthenticationException";
    private static final String PREMATURE_CLOSE = "reactor.netty.http.client.PrematureCloseException";

    private final boolean bodySizes;
    private @Nullable Peer peer;
    private @Nullable ClientCall call;
    private @Nullable HttpClientRequest request;
    private @Nullable ClientExchange exchange;
    private @Nullable WebsocketSession session;
    private boolean informational;
    private boolean closedHere;

    ClientHandler(boolean bodySizes) {
        this.bodySizes = bodySizes;
    }

    /** The handler of {@code channel}; null when it is not seen. */
    static @Nullable ClientHandler of(Channel channel) {
        return channel.attr(OF_CHANNEL).get();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ctx.channel().attr(OF_CHANNEL).set(this);
    }

    /** The next head that is written belongs to {@code call}; null for one that is not seen. */
    void prepare(@Nullable ClientCall call, HttpClientRequest request) {
        this.call = call;
        this.request = request;
        this.exchange = null;
        this.informational = false;
        this.closedHere = false;
    }

    /** Takes over what {@code other} began; the head of the response has passed already. */
    void takeOver(ClientHandler other, HttpClientRequest request, @Nullable HttpClientResponse response) {
        this.call = null;
        this.request = request;
        ClientExchange exchange = other.exchange;
        this.exchange = exchange;
        other.exchange = null;
        if (exchange != null) {
            exchange.upgraded();
            HttpResponseStatus status = status(response);
            if (response != null && status != null) {
                exchange.response(status.code(), response.responseHeaders());
            }
        }
    }

    /** Reactor Netty throws when there is none yet. */
    private static @Nullable HttpResponseStatus status(@Nullable HttpClientResponse response) {
        try {
            return response == null ? null : response.status();
        } catch (RuntimeException e) {
            return null;
        }
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
        if (session != null) {
            session.sent(MessageBytes.of(msg));
        } else if (bodySizes && exchange != null) {
            exchange.requestBytes(MessageBytes.of(msg));
        }
        ctx.write(msg, promise);
    }

    private void begin(Channel channel, ClientCall call, HttpClientRequest request, HttpRequest head) {
        if (peer == null) {
            peer = Peer.of(channel.remoteAddress());
        }
        String url = request.resourceUrl();
        ClientExchange exchange = new ClientExchange(call);
        if (!call.sending(exchange)) {
            // Given up a moment ago, which has a span: this one goes nowhere, but it still belongs to its caller's
            // trace.
            if (call.core().policy().spans()) {
                call.core().inject(call.context(), head.headers());
            }
            return;
        }
        exchange.begin(
                head.method().name(), url == null ? head.uri() : url, version(channel, head), head.headers(), peer);
        this.exchange = exchange;
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

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ClientExchange exchange = this.exchange;
        if (exchange == null) {
            ctx.fireChannelRead(msg);
            return;
        }
        WebsocketSession session = this.session;
        if (session != null) {
            session.received(MessageBytes.of(msg));
        } else if (!exchange.isEnded()) {
            read(exchange, msg);
        }
        try (Scope scope = (session == null ? exchange.context() : session.context()).makeCurrent()) {
            ctx.fireChannelRead(msg);
        }
    }

    private void read(ClientExchange exchange, Object msg) {
        if (msg instanceof HttpResponse response) {
            int status = response.status().code();
            // As Reactor Netty has it: any other one is the answer that its caller gets.
            informational = status == 100;
            if (response.decoderResult().isFailure()) {
                exchange.failure(response.decoderResult().cause());
                exchange.end(null);
                return;
            }
            if (!informational) {
                exchange.response(status, response.headers());
                if (status == 101 || exchange.isTunnel()) {
                    exchange.end(null);
                    session = WebsocketSession.begin(exchange);
                    return;
                }
            }
        }
        if (bodySizes) {
            exchange.responseBytes(MessageBytes.of(msg));
        }
        if (msg instanceof LastHttpContent last) {
            if (informational) {
                informational = false;
                return;
            }
            if (last.decoderResult().isFailure()) {
                exchange.failure(last.decoderResult().cause());
            }
            if (redirects(exchange)) {
                exchange.resending();
            }
            exchange.end(null);
        }
    }

    /** Told before the redirect's own signal, which comes after the next send may have begun. */
    private boolean redirects(ClientExchange exchange) {
        return exchange.statusCode() / 100 == 3 && request != null && request.isFollowRedirect();
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
            end(exchange);
        }
    }

    private void end(ClientExchange exchange) {
        exchange.end(closedHere ? null : ErrorTypes.CLOSED);
        if (session != null) {
            session.end();
            session = null;
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (exchange != null && !ctx.channel().isActive()) {
            end(exchange);
        }
    }

    /** The connection is gone and the response was not complete. */
    void incomplete() {
        if (exchange != null && exchange.hasResponse()) {
            exchange.end(closedHere ? null : PREMATURE_CLOSE);
        }
    }

    /** The whole response was read. */
    void completed() {
        if (exchange != null) {
            exchange.end(null);
        }
    }

    /** Reactor Netty gives the request up. */
    void failed(Throwable failure) {
        ClientExchange exchange = this.exchange;
        if (exchange == null) {
            return;
        }
        if (exchange.isEnded() || isResend(failure)) {
            exchange.end(null);
            exchange.resending();
            return;
        }
        exchange.failure(failure);
        exchange.end(null);
    }

    /** How Reactor Netty makes itself send again; one of the types is not public. */
    private static boolean isResend(Throwable failure) {
        String type = failure.getClass().getName();
        return type.equals(REDIRECT) || type.equals(AUTHENTICATION);
    }
}
