// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP proxy. Immutable; shows no credentials.
 *
 * @param user null for none
 * @param password null for none
 */
public record ProxyAddress(
        String host,
        int port,
        @Nullable String user,
        @Nullable String password) {

    /**
     * The proxy at {@code http://host:port}.
     *
     * @param credentials {@code user:password}, or null
     * @throws IllegalArgumentException for another form
     */
    public static ProxyAddress parse(String address, @Nullable String credentials) {
        URI uri = URI.create(address.contains("://") ? address : "http://" + address);
        if (!"http".equals(uri.getScheme())
                || uri.getHost() == null
                || uri.getPort() < 0
                || uri.getUserInfo() != null) {
            throw new IllegalArgumentException("weir.otlp.proxy must be http://host:port");
        }
        if (credentials == null) {
            return new ProxyAddress(uri.getHost(), uri.getPort(), null, null);
        }
        int colon = credentials.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("weir.otlp.proxy.credentials must be user:password");
        }
        return new ProxyAddress(
                uri.getHost(), uri.getPort(), credentials.substring(0, colon), credentials.substring(colon + 1));
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
