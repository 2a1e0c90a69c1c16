// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import org.jspecify.annotations.Nullable;

/** Addresses as the conventions write them: an IP address, or the name of a UNIX domain socket. Stateless. */
public final class SocketNames {

    private SocketNames() {}

    /**
     * The IP address, host name or socket name; null for an address that has none, such as that of an unbound socket.
     */
    public static @Nullable String of(@Nullable SocketAddress address) {
        if (address instanceof InetSocketAddress inet) {
            return inet.getAddress() == null
                    ? inet.getHostString()
                    : inet.getAddress().getHostAddress();
        }
        return socketName(address);
    }

    /** The path of a UNIX domain socket, {@code @name} of an abstract one; null for any other address. */
    public static @Nullable String socketName(@Nullable SocketAddress address) {
        String path = address instanceof DomainSocketAddress netty
                ? netty.path()
                : address instanceof UnixDomainSocketAddress jdk ? jdk.getPath().toString() : null;
        // Linux marks abstract sockets with a zero byte, which no backend can show.
        return path == null || path.isEmpty() ? null : path.replace('\0', '@');
    }
}
