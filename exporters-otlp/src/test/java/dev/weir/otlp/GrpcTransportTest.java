// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.otlp.internal.transport.Clients;
import dev.weir.otlp.internal.transport.GrpcTransport;
import dev.weir.otlp.internal.transport.RequestHeaders;
import dev.weir.otlp.internal.transport.Target;
import dev.weir.otlp.internal.transport.Transport;
import dev.weir.otlp.internal.transport.Versions;
import io.grpc.Attributes;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import reactor.netty.http.client.HttpClient;

class GrpcTransportTest extends TransportContract {

    private static final String METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

    private final AtomicInteger connections = new AtomicInteger();
    private final GrpcReceiver receiver = new GrpcReceiver(
            0,
            builder -> builder.addTransportFilter(new ServerTransportFilter() {
                @Override
                public Attributes transportReady(Attributes attributes) {
                    connections.incrementAndGet();
                    return attributes;
                }
            }));

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
        HttpClient client = clients.plain(Versions.HTTP_2);
        return new GrpcTransport(
                Target.of(() -> client, URI.create("http://127.0.0.1:" + port + METHOD)), headers, "gzip", false);
    }

    @Override
    void ignoreNext() {
        receiver.ignoreNext();
    }

    @Override
    void refuseCredentials() {
        receiver.refuseNext(Status.UNAUTHENTICATED);
    }

    @Override
    void refuseForNow() {
        receiver.refuseNext(Status.UNAVAILABLE);
    }

    @Override
    void reject() {
        receiver.refuseNext(Status.INVALID_ARGUMENT);
    }

    @Override
    int connections() {
        return connections.get();
    }

    @Override
    int givenUp() {
        return receiver.givenUp.get();
    }

    @Override
    int arrived() {
        return receiver.calls.get();
    }

    @Override
    List<byte[]> accepted() {
        return receiver.accepted.stream().map(Receiver.Taken::body).toList();
    }
}
