// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import dev.weir.http.internal.BoxedLongs;
import dev.weir.http.internal.SocketNames;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The other end of a connection.
 *
 * @param port null for a Unix domain socket
 */
record PeerAddress(String address, @Nullable Long port) {

    static @Nullable PeerAddress of(@Nullable SocketAddress remote) {
        if (remote instanceof InetSocketAddress address && address.getAddress() != null) {
            return new PeerAddress(address.getAddress().getHostAddress(), BoxedLongs.of(address.getPort()));
        }
        String path = SocketNames.socketName(remote);
        return path == null ? null : new PeerAddress(path, null);
    }
}
