// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.tcp.TcpClient;
import reactor.netty.tcp.TcpServer;

/** Forwards TCP until it is told to stop without closing anything, as a network that drops every packet does. */
final class ForwardingProxy implements AutoCloseable {

    final AtomicInteger connections = new AtomicInteger();
    private final List<Connection> open = new CopyOnWriteArrayList<>();
    private volatile int frozenUpTo;
    private final DisposableServer server;

    ForwardingProxy(int target) {
        server = TcpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((in, out) -> {
                    int number = connections.incrementAndGet();
                    return TcpClient.create()
                            .host("127.0.0.1")
                            .port(target)
                            .connect()
                            .flatMap(upstream -> {
                                open.add(upstream);
                                Mono<Void> there = upstream.outbound()
                                        .send(in.receive().retain().filter(part -> passes(number, part)))
                                        .then();
                                Mono<Void> back = out.send(upstream.inbound()
                                                .receive()
                                                .retain()
                                                .filter(part -> passes(number, part)))
                                        .then();
                                return Mono.when(there, back);
                            });
                })
                .bindNow();
    }

    private boolean passes(int number, io.netty.buffer.ByteBuf part) {
        if (number <= frozenUpTo) {
            part.release();
            return false;
        }
        return true;
    }

    /** Drops everything on every connection, new ones included. */
    void freeze() {
        frozenUpTo = Integer.MAX_VALUE;
    }

    /** Connections made until now stay dead, new ones live. */
    void thawNewConnections() {
        frozenUpTo = connections.get();
    }

    String url() {
        return "http://127.0.0.1:" + server.port();
    }

    @Override
    public void close() {
        open.forEach(Connection::dispose);
        server.disposeNow();
    }
}
