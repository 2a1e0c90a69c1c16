// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import dev.weir.http.internal.Authority;
import dev.weir.http.internal.ErrorTypes;
import dev.weir.http.internal.WebsocketSession;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.AttributeKey;
import io.opentelemetry.context.Context;
import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.client.HttpClientResponse;

/**
 * The state of a connection (HTTP/1.1) or a stream (HTTP/2, HTTP/3): makes an exchange of each request that is written
 * and ends it with the last byte of the response, before the application gets that byte: the next send of a redirect
 * cannot begin earlier.
 *
 * <p>The handlers of the channel and the signals of Reactor Netty drive it. Used by the channel's event loop only. It
 * keeps nothing of an exchange that is over, because a connection may wait in its pool for a long time.
 */
final class ClientChannel {

    /** The state of a channel, available after the pipeline was torn down, too. */
    private static final AttributeKey<ClientChannel> OF_CHANNEL = AttributeKey.valueOf("weir.client.channel");

    private static final String REDIRECT = "reactor.netty.http.client.RedirectClientException";
    private static final String AUTHENTICATION = "reactor.netty.http.client.HttpClientAuthenticationException";
    private static final String PREMATURE_CLOSE = "reactor.netty.http.client.PrematureCloseException";

    final OpenScopes scopes = new OpenScopes();
    private final Channel channel;
    private @Nullable PeerAddress peer;
    private @Nullable Target target;
    private @Nullable ClientCall call;
    private @Nullable HttpClientRequest request;
    private @Nullable ClientExchange exchange;
    private @Nullable WebsocketSession session;
    private boolean informational;
    /**
     * The exchange that was sent before an upgrade to HTTP/2, until its stream takes it over; its call holds it. The
     * connection does not use it any more: what it reads belongs to all streams.
     */
    private @Nullable WeakReference<ClientExchange> upgraded;

    ClientChannel(Channel channel) {
        this.channel = channel;
        channel.attr(OF_CHANNEL).set(this);
    }

    /** The state of {@code channel}; null when it is not instrumented. */
    static @Nullable ClientChannel of(Channel channel) {
        return channel.attr(OF_CHANNEL).get();
    }

    /** The next head that is written belongs to {@code call}; null for one that is not instrumented. */
    void prepare(@Nullable ClientCall call, HttpClientRequest request) {
        assert isOwner() : "a channel belongs to its event loop";
        this.call = call;
        this.request = request;
        this.exchange = null;
        this.informational = false;
    }

    boolean isFor(Object operations) {
        return request == operations;
    }

    /** Whether a stream may take an exchange over. */
    boolean isUpgraded() {
        ClientExchange upgraded = upgradedExchange();
        return upgraded != null && !upgraded.isEnded();
    }

    private @Nullable ClientExchange upgradedExchange() {
        return upgraded == null ? null : upgraded.get();
    }

    /** Whether a response has begun: from then on the application's code runs on each read. */
    boolean hasResponse() {
        return exchange != null && exchange.hasResponse();
    }

    /** The context for the current work of the channel; null for none. */
    @Nullable
    Context context() {
        if (session != null) {
            return session.context();
        }
        return exchange == null ? null : exchange.context();
    }

    /** A head is about to be written. */
    void writing(HttpRequest head) {
        assert isOwner() : "a channel belongs to its event loop";
        ClientCall call = this.call;
        HttpClientRequest request = this.request;
        if (call == null || request == null) {
            return;
        }
        this.call = null;
        ClientExchange exchange = new ClientExchange(call, channel);
        if (!call.sending(exchange)) {
            call.sentAfterTheEnd(head.headers());
            return;
        }
        this.exchange = exchange;
        Target target = target(head);
        String url = url(call, target, head);
        exchange.begin(
                head.method().name(), url, target, version(head), head.headers(), peer(), isExhausted(call, request));
    }

    private static String url(ClientCall call, @Nullable Target target, HttpRequest head) {
        String uri = head.uri();
        return target == null || Authority.hasScheme(uri) ? uri : target.url(call.isWebsocket(), uri);
    }

    private @Nullable Target target(HttpRequest head) {
        if (target == null) {
            target = Target.of(channel);
        }
        if (target != null) {
            return target;
        }
        String host = head.headers().get(HttpHeaderNames.HOST);
        Authority authority = host == null ? null : Authority.parse(host);
        return authority == null ? null : Target.of(authority, false);
    }

    private @Nullable PeerAddress peer() {
        if (peer == null) {
            peer = PeerAddress.of(channel.remoteAddress());
        }
        return peer;
    }

    private @Nullable String version(HttpRequest head) {
        if (channel instanceof Http2StreamChannel) {
            return "2";
        }
        if (channel.parent() != null) {
            return "3";
        }
        return head.protocolVersion().minorVersion() == 0 ? "1.0" : "1.1";
    }

    /** Whether the client follows redirects, but Reactor Netty will not follow another one. */
    private static boolean isExhausted(ClientCall call, HttpClientRequest request) {
        return call.followsRedirects() && !request.isFollowRedirect();
    }

    /** A message of a response was read; its bytes are counted elsewhere. */
    void reading(Object msg) {
        ClientExchange exchange = this.exchange;
        if (exchange == null || exchange.isEnded()) {
            return;
        }
        if (msg instanceof HttpResponse response) {
            int status = response.status().code();
            // As in Reactor Netty: any other 1xx is the response that its caller gets.
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
        if (msg instanceof LastHttpContent last) {
            if (informational) {
                informational = false;
                return;
            }
            if (last.decoderResult().isFailure()) {
                exchange.failure(last.decoderResult().cause());
            }
            if (exchange.statusCode() / 100 == 3 && request != null && request.isFollowRedirect()) {
                // Before the redirect's own signal, which may come after the next send has begun.
                exchange.redirected();
            }
            exchange.end(null);
        }
    }

    void received(long bytes) {
        if (session != null) {
            session.received(bytes);
        } else if (exchange != null && !exchange.isEnded()) {
            exchange.responseBytes(bytes);
        }
    }

    void sent(long bytes) {
        if (session != null) {
            session.sent(bytes);
        } else if (exchange != null) {
            exchange.requestBytes(bytes);
        }
    }

    void failure(Throwable cause) {
        if (exchange != null) {
            exchange.failure(cause);
        }
    }

    /**
     * The channel was closed, after all signals of Reactor Netty. An exchange that is still open was given up by its
     * caller: a caller that waits for a response has got an error before. The side that closed does not matter: Reactor
     * Netty and the application close, too, when the caller gets an error.
     */
    void inactive() {
        assert isOwner() : "a channel belongs to its event loop";
        ClientExchange exchange = this.exchange == null ? upgradedExchange() : this.exchange;
        if (exchange != null) {
            exchange.end(isGivenUp() ? null : ErrorTypes.CLOSED);
        }
        if (session != null) {
            session.end();
            session = null;
        }
        forget();
    }

    private boolean isGivenUp() {
        return request instanceof ChannelOperations<?, ?> operations
                && (operations.isInboundCancelled() || operations.isInboundDisposed());
    }

    /** The connection was closed before the response was complete, which its caller gets as an error. */
    void incomplete() {
        if (exchange != null && exchange.hasResponse()) {
            exchange.end(PREMATURE_CLOSE);
        }
    }

    /** The whole response was read; the rest of this stack belongs to the next user of the connection. */
    void completed() {
        if (exchange != null) {
            exchange.end(null);
        }
        handOver();
    }

    /** Reactor Netty gives up the request. */
    void failed(Throwable failure) {
        ClientExchange exchange = this.exchange;
        boolean resend = isResend(failure);
        if (exchange != null) {
            if (!exchange.isEnded() && !resend) {
                exchange.failure(failure);
            }
            boolean over = exchange.isEnded();
            exchange.end(null);
            if (over || resend) {
                exchange.resending();
            }
        }
        if (resend) {
            handOver();
        }
    }

    /**
     * A body that fails may end a request on another thread: no scope is open there, and the channel may be in use
     * again.
     */
    private void handOver() {
        if (isOwner()) {
            scopes.suspend();
            if (session == null) {
                forget();
            }
        }
    }

    /** The exceptions with which Reactor Netty sends again; one of the types is not public. */
    private static boolean isResend(Throwable failure) {
        String type = failure.getClass().getName();
        return type.equals(REDIRECT) || type.equals(AUTHENTICATION);
    }

    /** The server speaks HTTP/2 from now on; the request was sent before. */
    void upgraded() {
        assert isOwner() : "a channel belongs to its event loop";
        ClientExchange exchange = this.exchange;
        if (exchange != null) {
            exchange.upgraded();
            upgraded = new WeakReference<>(exchange);
        }
        forget();
    }

    /** Takes over the exchange of {@code connection}; the head of the response was read already. */
    void takeOver(ClientChannel connection, HttpClientRequest request, @Nullable HttpClientResponse response) {
        assert isOwner() : "a channel belongs to its event loop";
        ClientExchange exchange = connection.upgradedExchange();
        connection.upgraded = null;
        this.request = request;
        this.exchange = exchange;
        HttpResponseStatus status = status(response);
        if (exchange != null && response != null && status != null) {
            exchange.response(status.code(), response.responseHeaders());
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

    private boolean isOwner() {
        return channel.eventLoop().inEventLoop();
    }

    private void forget() {
        call = null;
        request = null;
        exchange = null;
    }
}
