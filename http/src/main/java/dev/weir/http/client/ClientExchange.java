// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.client;

import dev.weir.http.internal.Authority;
import dev.weir.http.internal.Exchange;
import dev.weir.http.internal.HttpAttributes;
import dev.weir.http.internal.Methods;
import dev.weir.http.internal.Numbers;
import io.netty.handler.codec.http.HttpHeaders;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One send of a client call. Its context is the caller's: what the response runs is the caller's work. */
final class ClientExchange extends Exchange {

    private final ClientCall call;
    private final int resends;
    private final boolean unsent;
    private volatile boolean begun;
    private volatile boolean givenUp;

    ClientExchange(ClientCall call) {
        this(call, false);
    }

    private ClientExchange(ClientCall call, boolean unsent) {
        super(call.core());
        this.call = call;
        this.unsent = unsent;
        this.resends = call.sends();
        this.context = call.context();
    }

    /** What stands for a send that there never was. */
    static ClientExchange unsent(ClientCall call) {
        return new ClientExchange(call, true);
    }

    boolean isUnsent() {
        return unsent;
    }

    int resends() {
        return resends;
    }

    @Override
    public Side side() {
        return Side.CLIENT;
    }

    /** Begins now, with a request that is on its way out, and puts the trace into its headers. */
    void begin(String original, String url, @Nullable String version, HttpHeaders headers, @Nullable Peer peer) {
        startNanos = core.ticker().nanoTime();
        protocolVersion = version;
        begin(original, url, headers, peer, 0);
        if (core.policy().spans()) {
            core.inject(context.with(span), headers);
        }
    }

    /** Begins in the past, when the call was made: there was no connection to send anything on. */
    void beginUnsent(String original, String url, long sinceNanos) {
        startNanos = sinceNanos;
        begin(original, url, null, null, core.ticker().nanoTime() - sinceNanos);
    }

    private void begin(String original, String url, @Nullable HttpHeaders headers, @Nullable Peer peer, long agoNanos) {
        method = core.policy().methods().name(original);
        scheme = url.startsWith("https") || url.startsWith("wss") ? "https" : "http";
        route = core.policy().urlTemplate() ? call.template() : null;
        Authority authority = call.authority(url);
        Long port = null;
        if (authority != null) {
            serverAddress = authority.host();
            port = authority.portFor(scheme);
            serverPort = port.intValue();
        }
        if (core.policy().spans()) {
            try {
                span = startSpan(original, url, port, headers, peer, agoNanos);
            } catch (Throwable failure) {
                core.failed("starting a client span", failure);
            }
        }
        begin();
        begun = true;
        if (givenUp) {
            end(null);
        }
    }

    /** Ends now, or as soon as it has begun: the caller does not wait for it any more. From any thread. */
    void giveUp() {
        givenUp = true;
        if (begun) {
            end(null);
        }
    }

    private Span startSpan(
            String original,
            String url,
            @Nullable Long port,
            @Nullable HttpHeaders headers,
            @Nullable Peer peer,
            long agoNanos) {
        SpanBuilder builder = core.tracer()
                .spanBuilder(core.names().of(method, route))
                .setSpanKind(SpanKind.CLIENT)
                .setParent(context)
                .setAttribute(HttpAttributes.REQUEST_METHOD, method)
                .setAttribute(HttpAttributes.URL_FULL, core.policy().redaction().url(url));
        if (serverAddress != null && port != null) {
            builder.setAttribute(HttpAttributes.SERVER_ADDRESS, serverAddress)
                    .setAttribute(HttpAttributes.SERVER_PORT, port);
        }
        if (method == Methods.OTHER) {
            builder.setAttribute(HttpAttributes.REQUEST_METHOD_ORIGINAL, original);
        }
        if (agoNanos != 0) {
            builder.setStartTimestamp(core.ticker().epochNanos() - agoNanos, TimeUnit.NANOSECONDS);
        }
        Span span = builder.startSpan();
        if (span.isRecording()) {
            if (protocolVersion != null) {
                span.setAttribute(HttpAttributes.PROTOCOL_VERSION, protocolVersion);
            }
            if (peer != null) {
                span.setAttribute(HttpAttributes.PEER_ADDRESS, peer.address())
                        .setAttribute(HttpAttributes.PEER_PORT, peer.port());
            }
            if (resends > 0) {
                span.setAttribute(HttpAttributes.RESEND_COUNT, Numbers.of(resends));
            }
            if (route != null) {
                span.setAttribute(HttpAttributes.URL_TEMPLATE, route);
            }
            if (headers != null) {
                core.policy().clientRequestHeaders().write(headers, span);
            }
        }
        return span;
    }

    void response(int status, HttpHeaders headers) {
        this.status = status;
        if (span.isRecording()) {
            core.policy().clientResponseHeaders().write(headers, span);
        }
    }

    /** The response comes by HTTP/2. */
    void upgraded() {
        protocolVersion = "2";
        span.setAttribute(HttpAttributes.PROTOCOL_VERSION, protocolVersion);
    }

    /** The call goes on with another send. */
    void resending() {
        call.resending(this);
    }

    /** Whether what follows the response's head is no longer HTTP: a CONNECT was granted. */
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
        return status >= 400;
    }

    @Override
    protected void writeEnd(Span span) {}

    @Override
    protected Context metricContext() {
        return context.with(span);
    }

    @Override
    protected SpanContext spanContext() {
        return core.policy().spans()
                ? span.getSpanContext()
                : Span.fromContext(context).getSpanContext();
    }
}
