// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.client;

import io.netty.channel.unix.DomainSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import org.jspecify.annotations.Nullable;

/** Addresses of Unix domain sockets, of Netty and of the JDK. Stateless. */
final class UnixSocket {

    private UnixSocket() {}

    /** The path of the socket, {@code @name} for an abstract one; null for an address of another kind. */
    static @Nullable String path(@Nullable SocketAddress address) {
        if (address instanceof DomainSocketAddress socket) {
            // Linux tells abstract sockets by a zero byte, which no backend can show.
            return socket.path().replace('\0', '@');
        }
        return address instanceof UnixDomainSocketAddress socket
                ? socket.getPath().toString()
                : null;
    }
}
