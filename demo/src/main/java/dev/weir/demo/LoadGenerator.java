// SPDX-License-Identifier: Apache-2.0
package dev.weir.demo;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/**
 * Sends requests at fixed instants whether or not earlier ones were answered, and measures each from the instant at which it
 * was due. A server that stalls is charged for every request that had to wait (no coordinated omission).
 */
final class LoadGenerator {

    private static final long HIGHEST_NANOS = Duration.ofSeconds(60).toNanos();
    private static final int MAX_CONNECTIONS = 256;

    private final HttpClient client;
    private final ConnectionProvider connections;
    private final Histogram latency = new ConcurrentHistogram(HIGHEST_NANOS, 3);
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private long sent;

    LoadGenerator(int port) {
        connections = ConnectionProvider.builder("load")
                .maxConnections(MAX_CONNECTIONS)
                .pendingAcquireMaxCount(-1)
                .build();
        client = HttpClient.create(connections).host("127.0.0.1").port(port).responseTimeout(Duration.ofSeconds(10));
    }

    /** Sends {@code perSecond} requests a second for {@code duration}, then waits for the last answers (at most 10 s). */
    void run(int perSecond, Duration duration) {
        long interval = 1_000_000_000L / perSecond;
        long start = System.nanoTime();
        long end = start + duration.toNanos();
        for (long due = start; due - end < 0; due += interval) {
            for (long early; (early = due - System.nanoTime()) > 0; ) {
                LockSupport.parkNanos(early);
            }
            send(due);
        }
        long patience = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (answered.get() + failed.get() < sent && System.nanoTime() - patience < 0) {
            LockSupport.parkNanos(1_000_000);
        }
        connections.dispose();
    }

    private void send(long due) {
        client.get()
                .uri("/checkout/cart-" + sent++)
                .responseSingle((answer, body) -> body.asString()
                        .defaultIfEmpty("")
                        .thenReturn(answer.status().code()))
                .subscribe(
                        status -> {
                            answered.incrementAndGet();
                            latency.recordValue(Math.min(HIGHEST_NANOS, Math.max(0, System.nanoTime() - due)));
                        },
                        error -> failed.incrementAndGet());
    }

    /** Requests sent. */
    long sent() {
        return sent;
    }

    /** Requests without any answer. */
    long failed() {
        return failed.get();
    }

    /** From the due instant to the last byte, in nanoseconds. */
    Histogram latency() {
        return latency;
    }
}
