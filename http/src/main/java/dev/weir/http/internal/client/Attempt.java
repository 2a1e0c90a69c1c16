// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import dev.weir.http.internal.Authority;
import java.net.SocketAddress;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClientConfig;
import reactor.netty.http.client.HttpClientRequest;

/**
 * What is known of an attempt that never got a connection, put together as Reactor Netty would.
 *
 * @param url absolute, unless it is not known where the attempt led
 * @param target what was dialled; null when it did not come to that
 */
record Attempt(String method, String url, @Nullable Target target) {

    /** What Reactor Netty calls the URI of a request that has none. */
    private static final String NO_URI = "/bad-request";

    /**
     * @param config of the client; null when the call was subscribed to behind its back
     * @param failed what Reactor Netty tells of the request, in place of the configuration
     * @param redirect the last one that was followed
     */
    static Attempt of(
            @Nullable HttpClientConfig config,
            @Nullable HttpClientRequest failed,
            @Nullable Redirect redirect,
            @Nullable SocketAddress dialled) {
        if (redirect != null) {
            String url = redirect.nextUrl();
            return new Attempt(redirect.nextMethod(), url, Target.of(dialled, isSecure(url)));
        }
        if (config != null) {
            return of(config, dialled);
        }
        if (failed == null) {
            throw new IllegalArgumentException("an attempt of which nothing is known");
        }
        String uri = failed.uri().equals(NO_URI) ? "/" : failed.uri();
        Target target = Target.of(dialled, isSecure(uri));
        return new Attempt(failed.method().name(), absolute(uri, false, failed.isWebsocket(), target), target);
    }

    private static Attempt of(HttpClientConfig config, @Nullable SocketAddress dialled) {
        String uri = config.uri();
        if (uri == null || uri.isEmpty()) {
            uri = "/";
        }
        String base = config.baseUrl();
        if (base != null && uri.charAt(0) == '/') {
            uri = (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + uri;
        }
        boolean secure = Authority.hasScheme(uri) ? isSecure(uri) : config.isSecure();
        Target target = dialled == null ? configured(config) : Target.of(dialled, secure);
        return new Attempt(
                config.method().name(), absolute(uri, secure, config.websocketClientSpec() != null, target), target);
    }

    private static String absolute(String uri, boolean secure, boolean websocket, @Nullable Target target) {
        if (Authority.hasScheme(uri)) {
            return uri;
        }
        if (uri.startsWith("/")) {
            return target == null ? uri : target.url(websocket, uri);
        }
        return (websocket ? secure ? "wss://" : "ws://" : secure ? "https://" : "http://") + uri;
    }

    /** Whether the channel of an attempt to {@code url} is encrypted. */
    static boolean isSecure(String url) {
        return url.regionMatches(true, 0, "https://", 0, 8) || url.regionMatches(true, 0, "wss://", 0, 6);
    }

    /** Reactor Netty's own supplier is what {@code host} and {@code port} made; one of the application is not asked once more. */
    private static @Nullable Target configured(HttpClientConfig config) {
        Supplier<? extends SocketAddress> supplier = config.remoteAddress();
        if (supplier == null || !supplier.getClass().getName().startsWith("reactor.netty.")) {
            return null;
        }
        try {
            return Target.of(supplier.get(), config.isSecure());
        } catch (Throwable thrown) {
            return null;
        }
    }
}
