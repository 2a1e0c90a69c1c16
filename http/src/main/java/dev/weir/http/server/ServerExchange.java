// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.server;

import dev.weir.http.internal.Authority;
import dev.weir.http.internal.ErrorTypes;
import dev.weir.http.internal.Exchange;
import dev.weir.http.internal.Forwarded;
import dev.weir.http.internal.HttpAttributes;
import dev.weir.http.internal.HttpCore;
import dev.weir.http.internal.HttpPolicy;
import dev.weir.http.internal.Methods;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.server.HttpServerRequest;

/**
 * One request to this server. It is its own end listener: the write promise of the last byte ends it.
 */
final class ServerExchange extends Exchange implements ChannelFutureListener {

    /** The {@code error.type} of a request that could not be decoded: Reactor Netty keeps the cause to itself. */
    static final String DECODE_FAILURE = "decode_failure";

    /** What Netty's decoder puts in the place of a first line that it could not read. */
    private static final String INVENTED_URI = "/bad-request";

    private boolean badRequest;

    ServerExchange(HttpCore core) {
        super(core);
    }

    @Override
    public Side side() {
        return Side.SERVER;
    }

    /** Begins with the head of the request; the context is right even when user code behind the tracer throws. */
    void begin(HttpRequest request, ServerConnection connection) {
        begin(request.method().name(), request.uri(), request.protocolVersion(), request.headers(), connection);
    }

    private void begin(
            String original, String uri, HttpVersion version, HttpHeaders headers, ServerConnection connection) {
        startNanos = core.ticker().nanoTime();
        method = core.policy().methods().name(original);
        protocolVersion = connection.protocolVersion(version);
        Forwarded forwarded = core.policy().trustForwarded() ? Forwarded.of(headers) : null;
        String proto = forwarded == null ? null : forwarded.scheme();
        scheme = proto != null ? proto : connection.isSecure() ? "https" : "http";
        String host = forwarded == null ? null : forwarded.host();
        Authority authority = connection.authority(host != null ? host : headers.get(HttpHeaderNames.HOST));
        Long port = null;
        if (authority != null) {
            serverAddress = authority.host();
            port = authority.portFor(scheme);
            serverPort = port.intValue();
        }
        if (core.policy().spans()) {
            Context parent = core.extract(headers);
            try {
                span = startSpan(original, uri, port, forwarded, headers, parent, connection);
                context = parent.with(span);
            } catch (Throwable failure) {
                core.failed("starting a server span", failure);
                context = parent;
            }
        } else {
            context = Context.current();
        }
        begin();
    }

    private Span startSpan(
            String original,
            String uri,
            @Nullable Long port,
            @Nullable Forwarded forwarded,
            HttpHeaders headers,
            Context parent,
            ServerConnection connection) {
        HttpPolicy policy = core.policy();
        SpanBuilder builder = core.tracer()
                .spanBuilder(core.names().of(method, null))
                .setSpanKind(SpanKind.SERVER)
                .setParent(parent)
                .setAttribute(HttpAttributes.REQUEST_METHOD, method)
                .setAttribute(HttpAttributes.URL_SCHEME, scheme);
        int path = pathStart(uri);
        int question = uri.indexOf('?', path);
        builder.setAttribute(
                HttpAttributes.URL_PATH,
                path == 0 && question < 0 ? uri : path(uri, path, question < 0 ? uri.length() : question));
        if (question >= 0 && question + 1 < uri.length()) {
            builder.setAttribute(HttpAttributes.URL_QUERY, policy.redaction().query(uri.substring(question + 1)));
        }
        if (serverAddress != null && port != null) {
            builder.setAttribute(HttpAttributes.SERVER_ADDRESS, serverAddress)
                    .setAttribute(HttpAttributes.SERVER_PORT, port);
        }
        String peer = connection.peerAddress();
        String client = forwarded == null ? null : forwarded.client();
        if (client != null || peer != null) {
            builder.setAttribute(HttpAttributes.CLIENT_ADDRESS, client != null ? client : peer);
        }
        String agent = headers.get(HttpHeaderNames.USER_AGENT);
        if (agent != null) {
            builder.setAttribute(HttpAttributes.USER_AGENT, agent);
        }
        if (method == Methods.OTHER) {
            builder.setAttribute(HttpAttributes.REQUEST_METHOD_ORIGINAL, original);
        }
        Span span = builder.startSpan();
        if (span.isRecording()) {
            if (protocolVersion != null) {
                span.setAttribute(HttpAttributes.PROTOCOL_VERSION, protocolVersion);
            }
            Long peerPort = connection.peerPort();
            if (peer != null && peerPort != null) {
                span.setAttribute(HttpAttributes.PEER_ADDRESS, peer).setAttribute(HttpAttributes.PEER_PORT, peerPort);
            }
            policy.serverRequestHeaders().write(headers, span);
        }
        return span;
    }

    /** Where the path begins: after the authority of an absolute target, else at once. */
    static int pathStart(String uri) {
        if (uri.isEmpty() || uri.charAt(0) == '/') {
            return 0;
        }
        int authority = uri.indexOf("://");
        if (authority < 0) {
            return 0;
        }
        for (int i = authority + 3; i < uri.length(); i++) {
            char c = uri.charAt(i);
            if (c == '/' || c == '?') {
                return i;
            }
        }
        return uri.length();
    }

    private static String path(String uri, int start, int end) {
        return start == end ? "/" : uri.substring(start, end);
    }

    /** The template that the request matched; the last one counts. */
    void route(String template) {
        route = template;
    }

    /** The final response's head is on its way out. */
    void response(HttpResponse response) {
        status = response.status().code();
        HttpPolicy policy = core.policy();
        if (policy.traceHeader() != null) {
            SpanContext ids = span.getSpanContext();
            if (ids.isValid() && !response.headers().contains(policy.traceHeader())) {
                response.headers().set(policy.traceHeader(), TraceHeader.value(policy.traceHeader(), ids));
            }
        }
        if (span.isRecording()) {
            policy.serverResponseHeaders().write(response.headers(), span);
        }
    }

    /** Whether what follows the response's head is no longer HTTP: a CONNECT was granted. */
    boolean isTunnel() {
        return status < 300 && method.equals("CONNECT");
    }

    void requestBytes(long bytes) {
        requestBytes += bytes;
    }

    void responseBytes(long bytes) {
        responseBytes += bytes;
    }

    /** The last byte was written, or could not be. */
    @Override
    public void operationComplete(ChannelFuture written) {
        end(written.isSuccess() ? null : ErrorTypes.CLOSED);
    }

    /** A request that could not be decoded: over as soon as it is known. */
    void badRequest(HttpServerRequest request, int status, ServerConnection connection) {
        badRequest = true;
        this.status = status;
        boolean invented = request.uri().equals(INVENTED_URI);
        begin(
                invented ? Methods.OTHER : request.method().name(),
                invented ? "" : request.uri(),
                request.version(),
                request.requestHeaders(),
                connection);
        end(DECODE_FAILURE);
    }

    @Override
    protected boolean isErrorStatus(int status) {
        return status >= 500;
    }

    @Override
    protected boolean isSpanError() {
        return !badRequest;
    }

    @Override
    protected void writeEnd(Span span) {
        if (route != null) {
            span.setAttribute(HttpAttributes.ROUTE, route);
            span.updateName(core.names().of(method, route));
        }
    }

    @Override
    protected SpanContext spanContext() {
        return core.policy().spans() ? span.getSpanContext() : Span.current().getSpanContext();
    }

    static @Nullable String version(HttpVersion version) {
        if (version.majorVersion() == 1) {
            return version.minorVersion() == 1 ? "1.1" : "1.0";
        }
        return version.majorVersion() == 0 ? null : Integer.toString(version.majorVersion());
    }
}
