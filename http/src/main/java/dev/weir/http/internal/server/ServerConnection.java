// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.server;

import dev.weir.http.internal.Authority;
import dev.weir.http.internal.BoxedLongs;
import dev.weir.http.internal.SocketNames;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** The facts of a connection that do not change, looked up once. Used by its event loop only. */
final class ServerConnection {

    private final Channel channel;
    private final boolean secure;
    private final @Nullable String streamVersion;
    private boolean peerKnown;
    private @Nullable SocketAddress peer;
    private @Nullable String peerAddress;
    private @Nullable Long peerPort;
    private @Nullable Authority authority;

    ServerConnection(Channel channel) {
        this.channel = channel;
        Channel parent = channel.parent();
        // A TCP channel of a server has the listening channel as its parent.
        boolean stream = channel instanceof Http2StreamChannel || isQuic(channel);
        Channel transport = stream && parent != null ? parent : channel;
        this.secure = transport.pipeline().get(SslHandler.class) != null || isQuic(channel);
        this.streamVersion = channel instanceof Http2StreamChannel ? "2" : stream ? "3" : null;
    }

    /** For a request whose operations are over: they no longer know their channel, only its addresses. */
    ServerConnection(Channel disposed, boolean secure, boolean http2) {
        this.channel = disposed;
        this.secure = secure;
        this.streamVersion = http2 ? "2" : null;
    }

    private static boolean isQuic(Channel channel) {
        return channel.getClass().getName().startsWith("io.netty.handler.codec.quic.");
    }

    boolean isSecure() {
        return secure;
    }

    /** Whether the channel is one of many streams that share a transport. */
    boolean isStream() {
        return streamVersion != null;
    }

    /** The version of a request; null when neither the connection nor its first line has one. */
    @Nullable
    String protocolVersion(@Nullable HttpVersion requested) {
        return streamVersion != null ? streamVersion : requested == null ? null : version(requested);
    }

    private static @Nullable String version(HttpVersion version) {
        if (version.majorVersion() == 1) {
            return version.minorVersion() == 1 ? "1.1" : "1.0";
        }
        return version.majorVersion() == 0 ? null : Integer.toString(version.majorVersion());
    }

    /** The other end of the transport, which may be a proxy. */
    @Nullable
    SocketAddress peer() {
        lookUpPeer();
        return peer;
    }

    @Nullable
    String peerAddress() {
        lookUpPeer();
        return peerAddress;
    }

    /** Null where the transport has no ports. */
    @Nullable
    Long peerPort() {
        lookUpPeer();
        return peerPort;
    }

    private void lookUpPeer() {
        if (!peerKnown) {
            peerKnown = true;
            peer = channel.remoteAddress();
            if (peer instanceof InetSocketAddress address) {
                if (address.getAddress() != null) {
                    peerAddress = address.getAddress().getHostAddress();
                    peerPort = BoxedLongs.of(address.getPort());
                }
            } else {
                peerAddress = SocketNames.socketName(peer);
            }
        }
    }

    /** The name of the UNIX domain socket that the server listens on; null for any other transport. */
    @Nullable
    String localSocketName() {
        return SocketNames.socketName(channel.localAddress());
    }

    /** The parsed form of a Host header; for the same text as last time this is one comparison. */
    @Nullable
    Authority authority(@Nullable String host) {
        if (host == null) {
            return null;
        }
        Authority last = authority;
        if (last == null || !last.source().equals(host)) {
            last = Authority.parse(host);
            authority = last;
        }
        return last;
    }
}
