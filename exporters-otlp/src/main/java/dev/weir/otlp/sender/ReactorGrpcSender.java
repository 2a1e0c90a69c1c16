// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.sender;

import dev.weir.otlp.internal.transport.Clients;
import dev.weir.otlp.internal.transport.GrpcTransport;
import dev.weir.otlp.internal.transport.Target;
import dev.weir.otlp.internal.transport.TlsMaterial;
import dev.weir.otlp.internal.transport.Versions;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.Compressor;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcStatusCode;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.IOException;
import java.net.URI;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import reactor.netty.http.client.HttpClient;

/** A {@link GrpcSender} on Reactor Netty. Thread-safe. */
final class ReactorGrpcSender implements GrpcSender {

    private final Delivery delivery;

    ReactorGrpcSender(GrpcSenderConfig config) {
        Compressor compressor = config.getCompressor();
        this.delivery = new Delivery(
                config.getEndpoint(), compressor, config.getRetryPolicy(), config.getTimeout(), null, clients -> {
                    HttpClient client = client(clients, config);
                    return new GrpcTransport(
                            Target.of(() -> client, method(config)),
                            Delivery.headers(config.getHeadersSupplier()),
                            compressor == null ? "" : compressor.getEncoding(),
                            true);
                });
    }

    private static URI method(GrpcSenderConfig config) {
        URI endpoint = config.getEndpoint();
        return URI.create(endpoint.getScheme() + "://" + endpoint.getRawAuthority() + "/" + config.getFullMethodName());
    }

    private static HttpClient client(Clients clients, GrpcSenderConfig config) {
        if (!"https".equals(config.getEndpoint().getScheme())) {
            return clients.plain(Versions.HTTP_2);
        }
        SSLContext context = config.getSslContext();
        return context == null
                ? clients.secure(Versions.HTTP_2, TlsMaterial.NONE)
                : clients.secure(Versions.HTTP_2, context);
    }

    @Override
    public void send(MessageWriter message, Consumer<GrpcResponse> onResponse, Consumer<Throwable> onError) {
        delivery.send(
                message,
                result -> {
                    if (result.status() < 0) {
                        onError.accept(new IOException(result.message()));
                    } else {
                        onResponse.accept(
                                new Answer(GrpcStatusCode.fromValue(result.status()), result.message(), result.body()));
                    }
                },
                onError);
    }

    @Override
    public CompletableResultCode shutdown() {
        return delivery.shutdown();
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Answer(GrpcStatusCode getStatusCode, String getStatusDescription, byte[] getResponseMessage)
            implements GrpcResponse {}
}
