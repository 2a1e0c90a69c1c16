// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import dev.weir.http.internal.Authority;
import dev.weir.http.internal.BoxedLongs;
import dev.weir.http.internal.Exchange;
import dev.weir.http.internal.HttpAttributes;
import dev.weir.http.internal.Methods;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One send of a client call. Its context is the caller's, because the response runs the caller's code. Written by the
 * event loop of its channel; {@link #giveUp} may come from any thread.
 */
final class ClientExchange extends Exchange {

    private final ClientCall call;
    private final int resends;
    private final boolean unsent;
    private final @Nullable Channel channel;
    private String original = Methods.OTHER;
    private String url = "";
    private @Nullable String location;
    private boolean redirectsExhausted;
    private volatile boolean begun;
    private volatile boolean givenUp;

    /** An exchange that is sent on {@code channel}. */
    ClientExchange(ClientCall call, @Nullable Channel channel) {
        super(call.instrumenter());
        this.call = call;
        this.channel = channel;
        this.unsent = channel == null;
        this.resends = call.sends();
        this.context = call.context();
    }

    /** An exchange for a send that never happened. */
    static ClientExchange unsent(ClientCall call) {
        return new ClientExchange(call, null);
    }

    boolean isUnsent() {
        return unsent;
    }

    int resends() {
        return resends;
    }

    /** Null for an exchange that was never sent. */
    @Nullable
    Channel channel() {
        return channel;
    }

    @Override
    public Side side() {
        return Side.CLIENT;
    }

    /**
     * Begins now, with a request that is about to be written, and puts the trace into its headers.
     *
     * @param redirectsExhausted whether the client follows redirects, but not another one
     */
    void begin(
            String original,
            String url,
            @Nullable Target target,
            @Nullable String version,
            HttpHeaders headers,
            @Nullable PeerAddress peer,
            boolean redirectsExhausted) {
        startNanos = instrumenter.ticker().nanoTime();
        protocolVersion = version;
        this.redirectsExhausted = redirectsExhausted;
        start(original, url, target, headers, peer, 0);
        if (instrumenter.policy().spans()) {
            instrumenter.inject(context.with(span), headers);
        }
    }

    /** Begins in the past, at the time of the attempt: there was no connection to send on. */
    void beginUnsent(String original, String url, @Nullable Target target, long sinceNanos) {
        startNanos = sinceNanos;
        start(original, url, target, null, null, instrumenter.ticker().nanoTime() - sinceNanos);
    }

    private void start(
            String original,
            String url,
            @Nullable Target target,
            @Nullable HttpHeaders headers,
            @Nullable PeerAddress peer,
            long agoNanos) {
        this.original = original;
        this.url = url;
        method = instrumenter.policy().methods().name(original);
        boolean secure = target == null || Authority.hasScheme(url) ? Attempt.isSecure(url) : target.secure();
        scheme = secure ? "https" : "http";
        route = instrumenter.policy().client().urlTemplate() ? call.template(url) : null;
        Long port = server(target);
        if (instrumenter.policy().spans()) {
            try {
                span = startSpan(port, headers, peer, agoNanos);
            } catch (Throwable failure) {
                instrumenter.failed("starting a client span", failure);
            }
        }
        opened();
        begun = true;
        if (givenUp || call.isGivenUp()) {
            end(null);
        }
    }

    private @Nullable Long server(@Nullable Target target) {
        Target known = target;
        if (unsent && (known == null || !known.isSocket())) {
            // The URL of a request that was not sent may have no valid host, and secrets in its place.
            Authority authority =
                    Authority.ofUrl(instrumenter.policy().redactor().url(url));
            known = authority == null ? null : Target.of(authority, scheme.equals("https"));
        }
        if (known == null) {
            return null;
        }
        serverAddress = known.address();
        serverPort = known.port().intValue();
        return known.port();
    }

    /**
     * Ends now, or as soon as the exchange has begun: the caller does not wait for it any more. Any thread may call it.
     */
    void giveUp() {
        givenUp = true;
        if (begun) {
            end(null);
        }
    }

    private Span startSpan(
            @Nullable Long port, @Nullable HttpHeaders headers, @Nullable PeerAddress peer, long agoNanos) {
        SpanBuilder builder = instrumenter
                .tracer()
                .spanBuilder(instrumenter.names().of(method, route))
                .setSpanKind(SpanKind.CLIENT)
                .setParent(context)
                .setAttribute(HttpAttributes.REQUEST_METHOD, method)
                .setAttribute(
                        HttpAttributes.URL_FULL,
                        instrumenter.policy().redactor().url(url));
        if (serverAddress != null && port != null) {
            builder.setAttribute(HttpAttributes.SERVER_ADDRESS, serverAddress)
                    .setAttribute(HttpAttributes.SERVER_PORT, port);
        }
        if (method == Methods.OTHER) {
            builder.setAttribute(HttpAttributes.REQUEST_METHOD_ORIGINAL, original);
        }
        if (agoNanos != 0) {
            builder.setStartTimestamp(instrumenter.ticker().epochNanos() - agoNanos, TimeUnit.NANOSECONDS);
        }
        Span span = builder.startSpan();
        if (span.isRecording()) {
            if (protocolVersion != null) {
                span.setAttribute(HttpAttributes.PROTOCOL_VERSION, protocolVersion);
            }
            if (peer != null) {
                span.setAttribute(HttpAttributes.PEER_ADDRESS, peer.address());
                if (peer.port() != null) {
                    span.setAttribute(HttpAttributes.PEER_PORT, peer.port());
                }
            }
            if (resends > 0) {
                span.setAttribute(HttpAttributes.RESEND_COUNT, BoxedLongs.of(resends));
            }
            if (route != null) {
                span.setAttribute(HttpAttributes.URL_TEMPLATE, route);
            }
            if (headers != null) {
                instrumenter.policy().client().headers().request().write(headers, span);
            }
        }
        return span;
    }

    void response(int status, HttpHeaders headers) {
        this.status = status;
        location = status / 100 == 3 ? headers.get(HttpHeaderNames.LOCATION) : null;
        if (span.isRecording()) {
            instrumenter.policy().client().headers().response().write(headers, span);
        }
    }

    /** The response arrives over HTTP/2. */
    void upgraded() {
        protocolVersion = "2";
        span.setAttribute(HttpAttributes.PROTOCOL_VERSION, protocolVersion);
    }

    /** The call continues with another send of the same request. */
    void resending() {
        call.resending(this, null);
    }

    /** The call continues with a send to the target of the redirect. */
    void redirected() {
        call.resending(this, new Redirect(url, original, status, location));
    }

    /** Whether a CONNECT was granted: then the bytes after the head of the response are not HTTP. */
    boolean isTunnel() {
        return status < 300 && method.equals("CONNECT");
    }

    boolean hasResponse() {
        return status != 0;
    }

    void requestBytes(long bytes) {
        requestBytes += bytes;
    }

    void responseBytes(long bytes) {
        responseBytes += bytes;
    }

    @Override
    protected boolean isErrorStatus(int status) {
        return status >= 400 || redirectsExhausted && isRedirect(status);
    }

    /** Whether Reactor Netty follows this status. */
    private boolean isRedirect(int status) {
        return location != null && (status >= 301 && status <= 303 || status == 307 || status == 308);
    }

    @Override
    protected void writeEnd(Span span) {}

    @Override
    protected String redacted(String text) {
        return instrumenter.policy().redactor().text(text, url);
    }

    @Override
    protected Context metricContext() {
        return context.with(span);
    }

    @Override
    protected SpanContext spanContext() {
        return instrumenter.policy().spans()
                ? span.getSpanContext()
                : Span.fromContext(context).getSpanContext();
    }
}
