// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import dev.weir.core.TelemetryLoop;
import io.netty.channel.ChannelOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.Http2AllocationStrategy;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/**
 * Makes HTTP clients that run on the application's loops, share two small pools and do nothing behind our back: no retry, no
 * redirect, no decompression, no metrics. Thread-safe.
 */
public final class Clients {

    private static final Duration ACQUIRE = Duration.ofSeconds(5);
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration MAX_IDLE = Duration.ofSeconds(45);
    /** A connection is left now and then, so that a name that moved is looked up again. */
    private static final Duration MAX_LIFE = Duration.ofMinutes(10);

    private final ConnectionProvider http1;
    private final ConnectionProvider http2;
    private final @Nullable LoopResources loops;

    /** @param loops where connections live; null for Reactor Netty's shared loops */
    public Clients(int maxConnections, TelemetryLoop worker, @Nullable LoopResources loops) {
        this.loops = loops;
        this.http1 = ConnectionProvider.builder("weir-otlp")
                .maxConnections(maxConnections)
                .pendingAcquireMaxCount(4 * maxConnections)
                .pendingAcquireTimeout(ACQUIRE)
                .pendingAcquireTimer((task, delay) -> worker.schedule(delay, task)::close)
                .maxIdleTime(MAX_IDLE)
                .maxLifeTime(MAX_LIFE)
                .build();
        this.http2 = ConnectionProvider.builder("weir-otlp-h2")
                .allocationStrategy(Http2AllocationStrategy.builder()
                        .minConnections(0)
                        .maxConnections(1)
                        .build())
                .pendingAcquireMaxCount(1024)
                .pendingAcquireTimeout(ACQUIRE)
                .pendingAcquireTimer((task, delay) -> worker.schedule(delay, task)::close)
                .maxIdleTime(MAX_IDLE)
                .maxLifeTime(MAX_LIFE)
                .build();
    }

    /** For OTLP/HTTP without TLS. */
    public HttpClient plainHttp1() {
        return basic(http1).protocol(HttpProtocol.HTTP11);
    }

    /** For gRPC without TLS: HTTP/2 from the first byte on. */
    public HttpClient plainHttp2() {
        return basic(http2).protocol(HttpProtocol.H2C);
    }

    /** For OTLP/HTTP with TLS. */
    public HttpClient secureHttp1() {
        return basic(http1).protocol(HttpProtocol.HTTP11);
    }

    /** For gRPC with TLS. */
    public HttpClient secureHttp2() {
        return basic(http2).protocol(HttpProtocol.H2);
    }

    private HttpClient basic(ConnectionProvider provider) {
        HttpClient client = HttpClient.create(provider)
                .disableRetry(true)
                .followRedirect(false)
                .compress(false)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT.toMillis())
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.TCP_NODELAY, true);
        return loops == null ? client : client.runOn(loops);
    }

    /** Closes all connections, at the latest after {@code quiet}. */
    public Mono<Void> dispose() {
        return Mono.whenDelayError(http1.disposeLater(), http2.disposeLater());
    }
}
