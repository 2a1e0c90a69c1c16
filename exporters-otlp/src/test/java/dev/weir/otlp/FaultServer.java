// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.tcp.TcpServer;

/** A TCP server that misbehaves: it hands each connection's first bytes to the test, or swallows everything. */
final class FaultServer implements AutoCloseable {

    final AtomicInteger connections = new AtomicInteger();
    final List<Channel> channels = new CopyOnWriteArrayList<>();
    private final DisposableServer server;

    /** @param onFirstBytes is called once for each connection, when something arrives on it */
    FaultServer(BiConsumer<Connection, String> onFirstBytes) {
        this(0, onFirstBytes);
    }

    FaultServer(int port, BiConsumer<Connection, String> onFirstBytes) {
        server = TcpServer.create()
                .host("127.0.0.1")
                .port(port)
                .doOnConnection(connection -> {
                    connections.incrementAndGet();
                    channels.add(connection.channel());
                    boolean[] seen = {false};
                    connection
                            .inbound()
                            .receive()
                            .asString(StandardCharsets.ISO_8859_1)
                            .subscribe(
                                    text -> {
                                        if (!seen[0]) {
                                            seen[0] = true;
                                            onFirstBytes.accept(connection, text);
                                        }
                                    },
                                    failure -> {});
                })
                .bindNow();
    }

    /** Swallows everything and never answers. */
    static FaultServer silent() {
        return new FaultServer((connection, text) -> {});
    }

    /** Answers each first request with these bytes. */
    static FaultServer answering(byte[] bytes) {
        return new FaultServer((connection, text) -> connection
                .outbound()
                .send(Mono.just(Unpooled.wrappedBuffer(bytes)))
                .then()
                .subscribe(null, failure -> {}));
    }

    static FaultServer answering(String text) {
        return answering(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    String url() {
        return "http://127.0.0.1:" + server.port();
    }

    int port() {
        return server.port();
    }

    @Override
    public void close() {
        channels.forEach(Channel::close);
        server.disposeNow();
    }
}
