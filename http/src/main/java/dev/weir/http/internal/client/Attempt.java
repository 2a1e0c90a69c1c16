// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import dev.weir.http.internal.Authority;
import java.net.SocketAddress;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClientConfig;
import reactor.netty.http.client.HttpClientRequest;

/**
 * An attempt that never got a connection, with the URL and the target that Reactor Netty would have used.
 *
 * @param url absolute, unless the target is unknown
 * @param target the address of the connection attempt; null when there was none
 */
record Attempt(String method, String url, @Nullable Target target) {

    /** Reactor Netty's URI for a request that has none. */
    private static final String NO_URI = "/bad-request";

    /**
     * @param config of the client; null when it is unknown because the subscription came from another thread
     * @param failed the request as Reactor Netty reported it, used when the configuration is unknown
     * @param redirect the last one that was followed; null when there was none
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
            throw new IllegalArgumentException("neither configuration, request nor redirect of the attempt is known");
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

    /**
     * Reactor Netty's own supplier returns the configured host and port; a supplier of the application is not called
     * again.
     */
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
