// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2StreamChannel;
import java.net.SocketAddress;
import java.net.URI;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.netty.Connection;
import reactor.netty.http.client.HttpClient;

/**
 * One address of a receiver: the client for the next request, and what is known of the connection in use. Thread-safe.
 */
public final class Target {

    private final Supplier<HttpClient> client;
    private final @Nullable Supplier<HttpClient> http1;
    private final URI uri;
    private final @Nullable Supplier<? extends @Nullable SocketAddress> address;
    private volatile boolean speaksHttp1;
    private volatile @Nullable Channel connection;

    private Target(
            Supplier<HttpClient> client,
            @Nullable Supplier<HttpClient> http1,
            URI uri,
            @Nullable Supplier<? extends @Nullable SocketAddress> address) {
        this.client = client;
        this.http1 = http1;
        this.uri = uri;
        this.address = address;
    }

    /** The address in {@code uri}, by a client that is got for each request, so that TLS material can be replaced. */
    public static Target of(Supplier<HttpClient> client, URI uri) {
        return new Target(client, null, uri, null);
    }

    /**
     * As {@link #of}, with a client that lets the receiver choose between HTTP/2 and HTTP/1.1. Once it chose HTTP/1.1,
     * {@code http1} is used: its connections are as many as there are requests.
     */
    public static Target negotiated(Supplier<HttpClient> client, Supplier<HttpClient> http1, URI uri) {
        return new Target(client, http1, uri, null);
    }

    /** The same receiver at the given address; where that is null, at the address of its name. */
    public Target at(Supplier<? extends @Nullable SocketAddress> address) {
        return new Target(client, http1, uri, address);
    }

    HttpClient.RequestSender post() {
        Supplier<HttpClient> http1 = this.http1;
        HttpClient chosen = http1 != null && speaksHttp1 ? http1.get() : client.get();
        SocketAddress at = address == null ? null : address.get();
        if (at != null) {
            return chosen.remoteAddress(() -> at).post().uri(uri.getRawPath());
        }
        // As text, Reactor Netty takes hosts apart that URI cannot.
        return uri.getHost() == null
                ? chosen.post().uri(uri.toString())
                : chosen.post().uri(uri);
    }

    /** A request is written to this connection. */
    void uses(Connection exchange) {
        if (exchange.channel() instanceof Http2StreamChannel stream) {
            connection = stream.parent();
        } else {
            speaksHttp1 = true;
        }
    }

    /**
     * Closes the connection in use, if it is one that outlives a request that was given up: when several requests in a
     * row were not answered, or when the pool, which has no other, gives no stream on it within its time, as Reactor
     * Netty 1.3.0 does after a GOAWAY.
     */
    void abandonConnection() {
        Channel dead = connection;
        if (dead != null) {
            connection = null;
            dead.close();
        }
    }
}
