// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.client;

import dev.weir.http.internal.Numbers;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** The other end of a connection. */
record Peer(String address, Long port) {

    static @Nullable Peer of(@Nullable SocketAddress remote) {
        return remote instanceof InetSocketAddress address && address.getAddress() != null
                ? new Peer(address.getAddress().getHostAddress(), Numbers.of(address.getPort()))
                : null;
    }
}
