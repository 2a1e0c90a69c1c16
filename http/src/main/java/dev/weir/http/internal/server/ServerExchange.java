// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.server;

import dev.weir.http.internal.Authority;
import dev.weir.http.internal.ErrorTypes;
import dev.weir.http.internal.Exchange;
import dev.weir.http.internal.Forwarded;
import dev.weir.http.internal.HttpAttributes;
import dev.weir.http.internal.HttpInstrumenter;
import dev.weir.http.internal.HttpPolicy;
import dev.weir.http.internal.Methods;
import dev.weir.http.internal.PathPatterns;
import dev.weir.http.internal.ServerPolicy;
import io.netty.channel.Channel;
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
 * One request to this server. It is its own end listener: the write promise of the last byte ends it. Used by the
 * channel's event loop only.
 */
final class ServerExchange extends Exchange implements ChannelFutureListener {

    /** The {@code error.type} of a request that could not be decoded: Reactor Netty does not give the cause. */
    static final String DECODE_FAILURE = "decode_failure";

    /** The URI that Netty's decoder invents, with a method and a version, for a first line that it cannot read. */
    private static final String INVENTED_URI = "/bad-request";

    /** Null for a request that was answered before a handler got it. */
    private final @Nullable Owner owner;

    private @Nullable HttpHeaders requestHeaders;
    private @Nullable ResponseProgress progress;
    private @Nullable RequestBytes received;
    private boolean requestWhole;
    private boolean undecodable;

    ServerExchange(HttpInstrumenter instrumenter, @Nullable Owner owner) {
        super(instrumenter);
        this.owner = owner;
    }

    @Override
    public Side side() {
        return Side.SERVER;
    }

    /**
     * Begins with the head of the request. The context is correct even when user code behind the tracer throws.
     *
     * @param operations Reactor Netty's view of the request; null on Netty alone
     */
    void begin(HttpRequest request, ServerConnection connection, @Nullable HttpServerRequest operations) {
        undecodable = request.decoderResult().isFailure();
        requestHeaders = request.headers();
        String method = request.method().name();
        progress = new ResponseProgress(method.equals("HEAD"));
        if (undecodable && isInvented(request.uri())) {
            start(null, "", null, request.headers(), connection, operations);
        } else {
            start(method, request.uri(), request.protocolVersion(), request.headers(), connection, operations);
        }
    }

    private static boolean isInvented(String uri) {
        return uri.equals(INVENTED_URI);
    }

    private void start(
            @Nullable String original,
            String uri,
            @Nullable HttpVersion version,
            HttpHeaders headers,
            ServerConnection connection,
            @Nullable HttpServerRequest operations) {
        startNanos = instrumenter.ticker().nanoTime();
        method = original == null
                ? Methods.OTHER
                : instrumenter.policy().methods().name(original);
        protocolVersion = connection.protocolVersion(version);
        Forwarded forwarded = instrumenter.policy().server().trustForwarded() ? Forwarded.of(headers) : null;
        scheme = RequestOrigin.scheme(connection, forwarded, operations);
        Authority authority = RequestOrigin.server(connection, headers, forwarded, operations);
        Long port = null;
        if (authority != null) {
            serverAddress = authority.host();
            port = authority.portFor(scheme);
            serverPort = port.intValue();
        } else {
            serverAddress = connection.localSocketName();
        }
        if (instrumenter.policy().spans()) {
            Context parent = instrumenter.extract(headers);
            context = parent;
            try {
                String client = RequestOrigin.client(connection, forwarded, operations);
                span = startSpan(original, uri, port, client, headers, parent);
                context = parent.with(span);
                describe(headers, connection);
            } catch (Throwable failure) {
                instrumenter.failed("starting a server span", failure);
            }
        } else {
            context = Context.current();
        }
        opened();
    }

    private Span startSpan(
            @Nullable String original,
            String uri,
            @Nullable Long port,
            @Nullable String client,
            HttpHeaders headers,
            Context parent) {
        HttpPolicy policy = instrumenter.policy();
        SpanBuilder builder = instrumenter
                .tracer()
                .spanBuilder(instrumenter.names().of(method, null))
                .setSpanKind(SpanKind.SERVER)
                .setParent(parent)
                .setAttribute(HttpAttributes.REQUEST_METHOD, method)
                .setAttribute(HttpAttributes.URL_SCHEME, scheme);
        int path = pathStart(uri);
        int question = uri.indexOf('?', path);
        String urlPath = path == 0 && question < 0 ? uri : path(uri, path, question < 0 ? uri.length() : question);
        builder.setAttribute(HttpAttributes.URL_PATH, policy.redactor().path(urlPath));
        if (question >= 0 && question + 1 < uri.length()) {
            builder.setAttribute(HttpAttributes.URL_QUERY, policy.redactor().query(uri.substring(question + 1)));
        }
        if (serverAddress != null) {
            builder.setAttribute(HttpAttributes.SERVER_ADDRESS, serverAddress);
        }
        if (port != null) {
            builder.setAttribute(HttpAttributes.SERVER_PORT, port);
        }
        if (client != null) {
            builder.setAttribute(HttpAttributes.CLIENT_ADDRESS, client);
        }
        String agent = headers.get(HttpHeaderNames.USER_AGENT);
        if (agent != null) {
            builder.setAttribute(HttpAttributes.USER_AGENT, agent);
        }
        if (original != null && method == Methods.OTHER) {
            builder.setAttribute(HttpAttributes.REQUEST_METHOD_ORIGINAL, original);
        }
        return builder.startSpan();
    }

    private void describe(HttpHeaders headers, ServerConnection connection) {
        if (!span.isRecording()) {
            return;
        }
        if (protocolVersion != null) {
            span.setAttribute(HttpAttributes.PROTOCOL_VERSION, protocolVersion);
        }
        String peer = connection.peerAddress();
        if (peer != null) {
            span.setAttribute(HttpAttributes.PEER_ADDRESS, peer);
            Long port = connection.peerPort();
            if (port != null) {
                span.setAttribute(HttpAttributes.PEER_PORT, port);
            }
        }
        instrumenter.policy().server().headers().request().write(headers, span);
    }

    /** Whether requests for this URI get no exchange. */
    static boolean isIgnored(String uri, PathPatterns ignored) {
        int start = pathStart(uri);
        int question = uri.indexOf('?', start);
        int end = question < 0 ? uri.length() : question;
        return start == 0 ? ignored.matches(uri, end) : ignored.matches(uri.substring(start), end - start);
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

    /** Sets the template that the request matched; the last one counts. */
    void route(String template) {
        route = template;
    }

    /**
     * Whether {@code request} is the one of this exchange: a connection has many, and a caller may ask after the end of
     * one.
     */
    boolean isOf(HttpServerRequest request) {
        return request.requestHeaders() == requestHeaders;
    }

    /**
     * The head of the final response is about to be written with {@code write}; our trace header replaces one of the
     * application.
     */
    void response(HttpResponse response, ChannelFuture write) {
        status = response.status().code();
        if (progress != null) {
            progress.head(status, write);
        }
        try {
            ServerPolicy policy = instrumenter.policy().server();
            SpanContext ids = policy.traceHeader() == null ? SpanContext.getInvalid() : span.getSpanContext();
            if (policy.traceHeader() != null && ids.isValid()) {
                response.headers().set(policy.traceHeader(), TraceHeader.value(policy.traceHeader(), ids));
            }
            if (span.isRecording()) {
                policy.headers().response().write(response.headers(), span);
            }
        } catch (Throwable failure) {
            instrumenter.failed("writing the attributes of an HTTP span", failure);
        }
    }

    /** Null for a request that was answered before a handler got it. */
    @Nullable
    ResponseProgress progress() {
        return progress;
    }

    /** Whether a CONNECT was granted: then the bytes after the head of the response are not HTTP. */
    boolean isTunnel() {
        return status < 300 && method.equals("CONNECT");
    }

    /** The last byte of the request was read. */
    void requestRead() {
        requestWhole = true;
    }

    /** Counts the request's bytes on the wire. */
    void counting(RequestBytes received) {
        this.received = received;
    }

    void requestBytes(long bytes) {
        requestBytes += bytes;
    }

    void responseBytes(long bytes) {
        responseBytes += bytes;
    }

    /** The request's head or body cannot be decoded. */
    void undecodable() {
        undecodable = true;
    }

    /** The write of the last byte is done, with success or not. */
    @Override
    public void operationComplete(ChannelFuture written) {
        if (!written.isSuccess() && owner != null && !Departure.isLoss(written.cause())) {
            failure(written.cause());
        }
        if (written.isSuccess() && progress != null) {
            progress.whole(written);
        }
        if (owner != null) {
            owner.over(this, written.channel());
        }
    }

    /** Whether a part of the request's body has not been read yet. */
    boolean isAwaitingBody() {
        HttpHeaders headers = requestHeaders;
        if (requestWhole || headers == null) {
            return false;
        }
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        return length == null ? headers.contains(HttpHeaderNames.TRANSFER_ENCODING) : !length.equals("0");
    }

    /**
     * The {@code error.type} of an exchange that is over without a failure. Null when the response is whole, or when
     * the client left a response without a declared length.
     *
     * @param brokenOff whether this side closed before the response was whole
     * @param cancelled whether the client refused the rest
     */
    @Nullable
    String loss(boolean brokenOff, boolean cancelled) {
        if (undecodable) {
            return DECODE_FAILURE;
        }
        if (progress == null || progress.isWhole() || cancelled && !brokenOff) {
            return null;
        }
        return brokenOff || progress.isCut() || isAwaitingBody() ? ErrorTypes.CLOSED : null;
    }

    /** Begins and ends the exchange of a request that could not be decoded. */
    void badRequest(HttpServerRequest request, int status, ServerConnection connection) {
        undecodable = true;
        this.status = status;
        boolean invented = isInvented(request.uri());
        start(
                invented ? null : request.method().name(),
                invented ? "" : request.uri(),
                invented ? null : request.version(),
                request.requestHeaders(),
                connection,
                request);
        end(DECODE_FAILURE);
    }

    @Override
    protected void settle() {
        if (progress != null && !progress.isHeadSent()) {
            status = 0;
        }
        if (received != null) {
            requestBytes = received.count();
        }
    }

    @Override
    protected boolean isErrorStatus(int status) {
        return status >= 500;
    }

    @Override
    protected boolean isSpanError() {
        return !DECODE_FAILURE.equals(errorType);
    }

    @Override
    protected void writeEnd(Span span) {
        if (route != null) {
            span.setAttribute(HttpAttributes.ROUTE, route);
            span.updateName(instrumenter.names().of(method, route));
        }
    }

    @Override
    protected SpanContext spanContext() {
        return instrumenter.policy().spans()
                ? span.getSpanContext()
                : Span.current().getSpanContext();
    }

    /** Decides how an exchange ends. */
    @FunctionalInterface
    interface Owner {

        /** The last byte of the response was written. */
        void over(ServerExchange exchange, Channel channel);
    }
}
