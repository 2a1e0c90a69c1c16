// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.NettyInbound;
import reactor.netty.NettyOutbound;
import reactor.netty.tcp.TcpClient;
import reactor.netty.tcp.TcpServer;

/** An HTTP proxy that tunnels by CONNECT for those who know the password. */
final class HttpProxy implements AutoCloseable {

    /** The head of each request, without its last line break. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    private final List<Connection> open = new CopyOnWriteArrayList<>();
    private final String authorization;
    private final DisposableServer server;

    /** Every name is this machine for it. @param authorization the only {@code Proxy-Authorization} that is let through */
    HttpProxy(String authorization) {
        this.authorization = authorization;
        server = TcpServer.create()
                .host("127.0.0.1")
                .port(0)
                .doOnConnection(open::add)
                .handle(this::handle)
                .bindNow();
    }

    private Mono<Void> handle(NettyInbound in, NettyOutbound out) {
        Flux<ByteBuf> bytes = in.receive().retain();
        return bytes.switchOnFirst((first, rest) -> {
                    ByteBuf head = first.get();
                    if (head == null) {
                        return rest.thenMany(Flux.<Void>empty());
                    }
                    String text = head.toString(StandardCharsets.ISO_8859_1);
                    requests.add(text);
                    head.release();
                    if (!text.contains("authorization: " + authorization)
                            && !text.contains("Authorization: " + authorization)) {
                        return out.send(answer(
                                        "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"))
                                .then();
                    }
                    String[] target = text.split(" ")[1].split(":");
                    return TcpClient.create()
                            .host("127.0.0.1")
                            .port(Integer.parseInt(target[1]))
                            .connect()
                            .flatMap(upstream -> {
                                open.add(upstream);
                                Mono<Void> there =
                                        upstream.outbound().send(rest.skip(1)).then();
                                Mono<Void> back = out.send(Flux.concat(
                                                answer("HTTP/1.1 200 Connected\r\n\r\n"),
                                                upstream.inbound().receive().retain()))
                                        .then();
                                return Mono.when(there, back);
                            });
                })
                .then();
    }

    private static Mono<ByteBuf> answer(String text) {
        return Mono.fromSupplier(() -> Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
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
