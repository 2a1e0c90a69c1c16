// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.client;

import dev.weir.http.internal.Numbers;
import dev.weir.http.internal.SocketNames;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The other end of a connection.
 *
 * @param port null for a Unix domain socket
 */
record Peer(String address, @Nullable Long port) {

    static @Nullable Peer of(@Nullable SocketAddress remote) {
        if (remote instanceof InetSocketAddress address && address.getAddress() != null) {
            return new Peer(address.getAddress().getHostAddress(), Numbers.of(address.getPort()));
        }
        String path = SocketNames.socketName(remote);
        return path == null ? null : new Peer(path, null);
    }
}
