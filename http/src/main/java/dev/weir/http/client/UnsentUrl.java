// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.client;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClientConfig;

/** The URL of a call that never got a connection, put together from the client's configuration as Reactor Netty would. */
final class UnsentUrl {

    private UnsentUrl() {}

    static String of(HttpClientConfig config) {
        String uri = config.uri();
        if (uri == null || uri.isEmpty()) {
            uri = "/";
        }
        if (uri.indexOf("://") > 0) {
            return uri;
        }
        String base = config.baseUrl();
        if (base != null && uri.charAt(0) == '/') {
            uri = (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + uri;
            if (uri.indexOf("://") > 0) {
                return uri;
            }
        }
        String scheme = config.isSecure() ? "https://" : "http://";
        return uri.charAt(0) == '/' ? scheme + address(config) + uri : scheme + uri;
    }

    private static String address(HttpClientConfig config) {
        Supplier<? extends SocketAddress> supplier = config.remoteAddress();
        @Nullable SocketAddress remote = supplier == null ? null : supplier.get();
        if (!(remote instanceof InetSocketAddress address)) {
            return "localhost";
        }
        String host = address.getHostString();
        boolean literal = host.indexOf(':') >= 0;
        boolean standard = address.getPort() == (config.isSecure() ? 443 : 80);
        return (literal ? '[' + host + ']' : host) + (standard ? "" : ":" + address.getPort());
    }
}
