// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.server;

import dev.weir.http.internal.Authority;
import dev.weir.http.internal.Forwarded;
import dev.weir.http.internal.SocketNames;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.server.HttpServerRequest;

/**
 * The client and the target of a request. Reactor Netty's values come first where they differ from the connection and
 * the {@code Host} header: then the server is configured to trust a PROXY line or to forward by a handler of the
 * application. Next come the headers of proxies, if they are trusted; then the connection and the {@code Host} header
 * themselves. Stateless.
 */
final class RequestOrigin {

    /** Reactor Netty's host for a request without a {@code Host} header. */
    private static final String NO_HOST = "localhost";

    private RequestOrigin() {}

    static String scheme(
            ServerConnection connection, @Nullable Forwarded forwarded, @Nullable HttpServerRequest request) {
        String own = connection.isSecure() ? "https" : "http";
        if (request != null && !request.scheme().equals(request.connectionScheme())) {
            String known = Forwarded.scheme(request.scheme());
            return known == null ? own : known;
        }
        String claimed = forwarded == null ? null : forwarded.scheme();
        return claimed == null ? own : claimed;
    }

    /** Null when the request names no host. */
    static @Nullable Authority server(
            ServerConnection connection,
            HttpHeaders headers,
            @Nullable Forwarded forwarded,
            @Nullable HttpServerRequest request) {
        String header = headers.get(HttpHeaderNames.HOST);
        if (request != null && differs(request, header)) {
            String name = request.hostName();
            boolean bare = name.indexOf(':') >= 0 && name.charAt(0) != '[';
            return connection.authority((bare ? '[' + name + ']' : name) + ':' + request.hostPort());
        }
        String claimed = forwarded == null ? null : forwarded.host();
        return connection.authority(claimed == null ? header : claimed);
    }

    /**
     * Whether the server found another host or port than the header has; compares only, as this is done for each
     * request.
     */
    private static boolean differs(HttpServerRequest request, @Nullable String header) {
        String name = request.hostName();
        if (header == null) {
            return !name.equals(NO_HOST);
        }
        if (!header.startsWith(name)) {
            return true;
        }
        int end = name.length();
        if (header.length() == end) {
            int port = request.hostPort();
            return port != 80 && port != 443;
        }
        return header.charAt(end) != ':' || !isPort(header, end + 1, request.hostPort());
    }

    private static boolean isPort(String text, int from, int port) {
        int value = 0;
        for (int i = from; i < text.length() && i - from <= 5; i++) {
            value = value * 10 + text.charAt(i) - '0';
        }
        return value == port;
    }

    /** The client behind all proxies, if it is known; null when the connection has no address either. */
    static @Nullable String client(
            ServerConnection connection, @Nullable Forwarded forwarded, @Nullable HttpServerRequest request) {
        if (request != null
                && request.remoteAddress() != null
                && !request.remoteAddress().equals(connection.peer())) {
            String known = SocketNames.of(request.remoteAddress());
            if (known != null) {
                return known;
            }
        }
        String claimed = forwarded == null ? null : forwarded.client();
        return claimed == null ? connection.peerAddress() : claimed;
    }
}
