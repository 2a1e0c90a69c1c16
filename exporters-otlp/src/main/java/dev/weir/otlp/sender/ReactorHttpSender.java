// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.sender;

import dev.weir.core.Ticker;
import dev.weir.otlp.internal.transport.Clients;
import dev.weir.otlp.internal.transport.HttpTransport;
import dev.weir.otlp.internal.transport.Target;
import dev.weir.otlp.internal.transport.TlsMaterial;
import dev.weir.otlp.internal.transport.Versions;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.Compressor;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.IOException;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import reactor.netty.http.client.HttpClient;

/** An {@link HttpSender} on Reactor Netty. Thread-safe. */
final class ReactorHttpSender implements HttpSender {

    private final Delivery delivery;

    ReactorHttpSender(HttpSenderConfig config) {
        Compressor compressor = config.getCompressor();
        this.delivery = new Delivery(
                config.getEndpoint(),
                compressor,
                config.getRetryPolicy(),
                config.getTimeout(),
                config.getProxyOptions(),
                clients -> {
                    HttpClient client = client(clients, config);
                    return new HttpTransport(
                            Target.of(() -> client, config.getEndpoint()),
                            Delivery.headers(config.getHeadersSupplier()),
                            config.getContentType(),
                            compressor == null ? "" : compressor.getEncoding(),
                            Ticker.system());
                });
    }

    private static HttpClient client(Clients clients, HttpSenderConfig config) {
        if (!"https".equals(config.getEndpoint().getScheme())) {
            return clients.plain(Versions.HTTP_1);
        }
        SSLContext context = config.getSslContext();
        return context == null
                ? clients.secure(Versions.HTTP_1, TlsMaterial.NONE)
                : clients.secure(Versions.HTTP_1, context);
    }

    @Override
    public void send(MessageWriter message, Consumer<HttpResponse> onResponse, Consumer<Throwable> onError) {
        delivery.send(
                message,
                result -> {
                    if (result.status() < 0) {
                        onError.accept(new IOException(result.message()));
                    } else {
                        onResponse.accept(new Answer(result.status(), result.message(), result.body()));
                    }
                },
                onError);
    }

    @Override
    public CompletableResultCode shutdown() {
        return delivery.shutdown();
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Answer(int getStatusCode, String getStatusMessage, byte[] getResponseBody) implements HttpResponse {}
}
