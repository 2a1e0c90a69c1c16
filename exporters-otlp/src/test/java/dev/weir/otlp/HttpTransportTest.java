// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Ticker;
import dev.weir.otlp.internal.transport.Clients;
import dev.weir.otlp.internal.transport.HttpTransport;
import dev.weir.otlp.internal.transport.RequestHeaders;
import dev.weir.otlp.internal.transport.Target;
import dev.weir.otlp.internal.transport.Transport;
import dev.weir.otlp.internal.transport.Versions;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

class HttpTransportTest extends TransportContract {

    private final AtomicInteger givenUp = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private final Receiver receiver = new Receiver(HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .doOnChannelInit((observer, channel, remote) -> connections.incrementAndGet()));

    @AfterEach
    void close() {
        receiver.close();
    }

    @Override
    Transport transport(Clients clients, RequestHeaders headers) {
        return to(clients, receiver.port(), headers);
    }

    @Override
    Transport transportTo(Clients clients, int port) {
        return to(clients, port, RequestHeaders.of(Map.of()));
    }

    private static Transport to(Clients clients, int port, RequestHeaders headers) {
        HttpClient client = clients.plain(Versions.HTTP_1);
        Target target = Target.of(() -> client, URI.create("http://127.0.0.1:" + port + "/v1/traces"));
        return new HttpTransport(target, headers, HttpTransport.PROTOBUF, "gzip", Ticker.system());
    }

    @Override
    void ignoreNext() {
        receiver.answerNext((taken, response) -> Mono.<Void>never().doOnCancel(givenUp::incrementAndGet));
    }

    @Override
    void refuseCredentials() {
        receiver.answerNext(Receiver.status(401));
    }

    @Override
    void refuseForNow() {
        receiver.answerNext(Receiver.status(503));
    }

    @Override
    void reject() {
        receiver.answerNext(Receiver.status(400));
    }

    @Override
    int connections() {
        return connections.get();
    }

    @Override
    int givenUp() {
        return givenUp.get();
    }

    @Override
    int arrived() {
        return receiver.requests.size();
    }

    @Override
    List<byte[]> accepted() {
        return receiver.accepted.stream().map(Receiver.Taken::body).toList();
    }
}
