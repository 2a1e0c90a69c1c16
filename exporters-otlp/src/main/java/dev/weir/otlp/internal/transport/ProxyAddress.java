// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import java.net.URI;
import java.net.URISyntaxException;
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
        HostPort place = place(address.contains("://") ? address : "http://" + address);
        if (place == null) {
            throw new IllegalArgumentException(
                    "weir.otlp.proxy is \"" + address.replaceAll("(?:(://)|^)[^/@]*@", "$1***@")
                            + "\", allowed: http://host:port, with credentials in weir.otlp.proxy.credentials");
        }
        if (credentials == null) {
            return new ProxyAddress(place.host(), place.port(), null, null);
        }
        int colon = credentials.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("weir.otlp.proxy.credentials must be user:password");
        }
        return new ProxyAddress(
                place.host(), place.port(), credentials.substring(0, colon), credentials.substring(colon + 1));
    }

    private static @Nullable HostPort place(String address) {
        try {
            URI uri = new URI(address);
            HostPort place = HostPort.of(uri);
            boolean usable = "http".equalsIgnoreCase(uri.getScheme())
                    && place != null
                    && place.port() >= 0
                    && uri.getRawUserInfo() == null;
            return usable ? place : null;
        } catch (URISyntaxException e) {
            return null;
        }
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
