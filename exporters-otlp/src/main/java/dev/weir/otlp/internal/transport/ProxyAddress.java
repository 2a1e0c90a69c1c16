// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Objects;
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

    /** Whether {@code text} is {@code http://host:port} or {@code host:port}. */
    public static boolean isAddress(String text) {
        return place(text) != null;
    }

    /** Whether {@code text} is {@code user:password}. */
    public static boolean isCredentials(String text) {
        return text.indexOf(':') >= 0;
    }

    /**
     * The proxy at {@code address}.
     *
     * @param address for which {@link #isAddress} holds
     * @param credentials for which {@link #isCredentials} holds, or null
     */
    public static ProxyAddress of(String address, @Nullable String credentials) {
        HostPort place = Objects.requireNonNull(place(address), "address");
        if (credentials == null) {
            return new ProxyAddress(place.host(), place.port(), null, null);
        }
        int colon = credentials.indexOf(':');
        return new ProxyAddress(
                place.host(), place.port(), credentials.substring(0, colon), credentials.substring(colon + 1));
    }

    private static @Nullable HostPort place(String address) {
        try {
            URI uri = new URI(address.contains("://") ? address : "http://" + address);
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
