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
 * What a connection (HTTP/1.1) or a stream (HTTP/2, HTTP/3) is doing: makes an exchange of each request that passes on its way out
 * and ends it with the last byte of the response, before the application sees that byte: a redirect's next send cannot begin
 * earlier.
 *
 * <p>Fed by the handlers of the channel and by the signals of Reactor Netty. Used by the channel's event loop only. Keeps nothing of
 * an exchange that is over: a connection waits in its pool for long.
 */
final class ClientChannel {

    /** That of a channel, also after the pipeline was torn down. */
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
     * What went out before an upgrade to HTTP/2, until its stream takes it over; held by its call. The connection has no part in it
     * any more: what it reads belongs to all streams.
     */
    private @Nullable WeakReference<ClientExchange> upgraded;

    ClientChannel(Channel channel) {
        this.channel = channel;
        channel.attr(OF_CHANNEL).set(this);
    }

    /** That of {@code channel}; null when it is not instrumented. */
    static @Nullable ClientChannel of(Channel channel) {
        return channel.attr(OF_CHANNEL).get();
    }

    /** The next head that is written belongs to {@code call}; null for one that is not instrumented. */
    void prepare(@Nullable ClientCall call, HttpClientRequest request) {
        this.call = call;
        this.request = request;
        this.exchange = null;
        this.informational = false;
    }

    boolean isFor(Object operations) {
        return request == operations;
    }

    /** Whether a stream may take something over. */
    boolean isUpgraded() {
        ClientExchange upgraded = upgradedExchange();
        return upgraded != null && !upgraded.isEnded();
    }

    private @Nullable ClientExchange upgradedExchange() {
        return upgraded == null ? null : upgraded.get();
    }

    /** Whether a response has begun: from then on the application's code runs on what is read. */
    boolean hasResponse() {
        return exchange != null && exchange.hasResponse();
    }

    /** Whose work the channel does now; null for none. */
    @Nullable
    Context context() {
        if (session != null) {
            return session.context();
        }
        return exchange == null ? null : exchange.context();
    }

    /** A head is about to be written. */
    void writing(HttpRequest head) {
        ClientCall call = this.call;
        HttpClientRequest request = this.request;
        if (call == null || request == null) {
            return;
        }
        this.call = null;
        ClientExchange exchange = new ClientExchange(call, channel);
        if (!call.sending(exchange)) {
            call.sentAllTheSame(head.headers());
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

    /** The client follows redirects, and Reactor Netty will follow none that this request is answered with. */
    private static boolean isExhausted(ClientCall call, HttpClientRequest request) {
        return call.followsRedirects() && !request.isFollowRedirect();
    }

    /** A message of a response is read; bytes of it are counted elsewhere. */
    void reading(Object msg) {
        ClientExchange exchange = this.exchange;
        if (exchange == null || exchange.isEnded()) {
            return;
        }
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
        if (msg instanceof LastHttpContent last) {
            if (informational) {
                informational = false;
                return;
            }
            if (last.decoderResult().isFailure()) {
                exchange.failure(last.decoderResult().cause());
            }
            if (exchange.statusCode() / 100 == 3 && request != null && request.isFollowRedirect()) {
                // Told before the redirect's own signal, which comes after the next send may have begun.
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
     * The channel is gone, and Reactor Netty has said what it had to say. What is still open then was given up by its caller: whoever
     * waits for a response gets an error before. Nothing is concluded from the side that closed: Reactor Netty and the application
     * close, too, when the caller gets an error.
     */
    void inactive() {
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

    /** The connection is gone and the response was not complete, which its caller gets as an error. */
    void incomplete() {
        if (exchange != null && exchange.hasResponse()) {
            exchange.end(PREMATURE_CLOSE);
        }
    }

    /** The whole response was read; what comes on this stack belongs to whoever gets the connection next. */
    void completed() {
        if (exchange != null) {
            exchange.end(null);
        }
        handOver();
    }

    /** Reactor Netty gives the request up. */
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

    /** A body that fails may end a request on a thread of its own: no scope is open there, and the channel may be in use again. */
    private void handOver() {
        if (channel.eventLoop().inEventLoop()) {
            scopes.suspend();
            if (session == null) {
                forget();
            }
        }
    }

    /** How Reactor Netty makes itself send again; one of the types is not public. */
    private static boolean isResend(Throwable failure) {
        String type = failure.getClass().getName();
        return type.equals(REDIRECT) || type.equals(AUTHENTICATION);
    }

    /** The server speaks HTTP/2 from now on; the request was sent before. */
    void upgraded() {
        ClientExchange exchange = this.exchange;
        if (exchange != null) {
            exchange.upgraded();
            upgraded = new WeakReference<>(exchange);
        }
        forget();
    }

    /** Takes over what {@code connection} began; the head of the response has passed already. */
    void takeOver(ClientChannel connection, HttpClientRequest request, @Nullable HttpClientResponse response) {
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

    private void forget() {
        call = null;
        request = null;
        exchange = null;
    }
}
