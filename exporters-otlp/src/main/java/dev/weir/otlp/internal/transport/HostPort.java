// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import java.net.URI;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The host and the port in an address. {@link URI#getHost} knows neither where a name has an underscore, as those of
 * containers do. Immutable.
 *
 * @param host IPv6 literals with their brackets
 * @param port -1 when there is none
 */
public record HostPort(String host, int port) {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]+)*\\.?");

    private static final Pattern DIGITS = Pattern.compile("\\d{1,5}");

    private static final int LARGEST = 65_535;

    /** Null when {@code uri} has no host, or a port that does not exist. Credentials in it are left to the caller. */
    public static @Nullable HostPort of(URI uri) {
        String host = uri.getHost();
        if (host != null) {
            return uri.getPort() > LARGEST || uri.getPort() == 0 ? null : new HostPort(host, uri.getPort());
        }
        String authority = uri.getRawAuthority();
        if (authority == null) {
            return null;
        }
        int colon = authority.lastIndexOf(':');
        String name = colon < 0 ? authority : authority.substring(0, colon);
        String digits = authority.substring(name.length() + (colon < 0 ? 0 : 1));
        if (!NAME.matcher(name).matches()
                || !digits.isEmpty() && !DIGITS.matcher(digits).matches()) {
            return null;
        }
        int port = digits.isEmpty() ? -1 : Integer.parseInt(digits);
        return port > LARGEST || port == 0 ? null : new HostPort(name, port);
    }
}
