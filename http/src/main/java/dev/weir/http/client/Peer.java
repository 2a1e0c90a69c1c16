// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.client;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** The other end of a connection. */
record Peer(String address, int port) {

    static @Nullable Peer of(@Nullable SocketAddress remote) {
        return remote instanceof InetSocketAddress address && address.getAddress() != null
                ? new Peer(address.getAddress().getHostAddress(), address.getPort())
                : null;
    }
}
