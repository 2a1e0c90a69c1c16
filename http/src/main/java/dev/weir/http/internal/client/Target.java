// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import dev.weir.core.internal.UrlRedactor;
import dev.weir.http.internal.Authority;
import dev.weir.http.internal.BoxedLongs;
import dev.weir.http.internal.SocketNames;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The server of an attempt: the address that was really used and not the configured one, because a supplier of
 * addresses belongs to the application and may return another address each time. Immutable.
 *
 * @param secure whether the connection is encrypted
 * @param address {@code server.address}: a host, or the path of a socket
 * @param port {@code server.port}; that of the URL for a socket
 * @param authority host and port as a URL has them
 */
record Target(boolean secure, String address, Long port, String authority) {

    /** The address that a connection was opened to, behind a proxy if there is one. */
    private static final AttributeKey<SocketAddress> DIALLED = AttributeKey.valueOf("weir.http.client.dialled");

    /** Remembers the address that {@code channel} is about to connect to. */
    static void dialling(Channel channel, SocketAddress address) {
        channel.attr(DIALLED).set(address);
    }

    /** The server of the connection below {@code channel}; null when it is unknown. */
    static @Nullable Target of(Channel channel) {
        Channel connection = channel.parent() == null ? channel : channel.parent();
        SocketAddress dialled = connection.attr(DIALLED).get();
        boolean secure = connection.pipeline().get(SslHandler.class) != null;
        return of(dialled == null ? connection.remoteAddress() : dialled, secure);
    }

    static @Nullable Target of(@Nullable SocketAddress address, boolean secure) {
        if (address instanceof InetSocketAddress inet) {
            return of(inet.getHostString(), inet.getPort(), secure);
        }
        String path = SocketNames.socketName(address);
        return path == null ? null : new Target(secure, path, standardPort(secure), "localhost");
    }

    /** From a {@code Host} header or a URL. */
    static Target of(Authority authority, boolean secure) {
        return of(authority.host(), authority.port() == 0 ? standardPort(secure).intValue() : authority.port(), secure);
    }

    private static Target of(String host, int port, boolean secure) {
        Long number = BoxedLongs.of(port);
        boolean literal = host.indexOf(':') >= 0 && NetUtil.isValidIpV6Address(host);
        String inUrl = literal ? '[' + host + ']' : host;
        return new Target(
                secure,
                literal ? host : safe(host),
                number,
                number.equals(standardPort(secure)) ? inUrl : inUrl + ':' + port);
    }

    /** Reactor Netty treats the user and the password of a URL as a part of the host. */
    private static String safe(String host) {
        String safe = host.substring(host.lastIndexOf('@') + 1);
        return safe.indexOf(':') >= 0 ? UrlRedactor.REDACTED : safe;
    }

    boolean isSocket() {
        return authority.equals("localhost") && !address.equals("localhost");
    }

    private static Long standardPort(boolean secure) {
        return BoxedLongs.of(secure ? 443 : 80);
    }

    String url(boolean websocket, String pathAndQuery) {
        String scheme = websocket ? secure ? "wss://" : "ws://" : secure ? "https://" : "http://";
        return scheme + authority + (pathAndQuery.startsWith("/") ? "" : "/") + pathAndQuery;
    }
}
