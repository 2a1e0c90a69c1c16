// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** A Collector that takes OTLP/HTTP and counts the spans in it, in the runner's process. */
final class Drain implements AutoCloseable {

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;

    private final AtomicLong spans = new AtomicLong();
    private final DisposableServer server;

    Drain() {
        server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .route(routes -> routes.post(
                                "/v1/traces",
                                (request, response) -> request.receive()
                                        .aggregate()
                                        .asByteArray()
                                        .doOnNext(body -> spans.addAndGet(count(body)))
                                        .then(Mono.defer(() -> Mono.from(response.send()))))
                        .post(
                                "/v1/{other}",
                                (request, response) ->
                                        request.receive().then(Mono.defer(() -> Mono.from(response.send())))))
                .bindNow();
    }

    String endpoint() {
        return "http://127.0.0.1:" + server.port();
    }

    /** Spans since the last call. */
    long take() {
        return spans.getAndSet(0);
    }

    @Override
    public void close() {
        server.disposeNow();
    }

    /** {@code resource_spans = 1 / scope_spans = 2 / spans = 2}. */
    private static long count(byte[] body) {
        return fields(
                body,
                0,
                body.length,
                1,
                (from, to) -> fields(body, from, to, 2, (start, end) -> fields(body, start, end, 2, (a, b) -> 1)));
    }

    private static long fields(byte[] body, int from, int to, int number, Message message) {
        long sum = 0;
        int[] at = {from};
        while (at[0] < to) {
            long tag = varint(body, at);
            switch ((int) tag & 7) {
                case VARINT -> varint(body, at);
                case FIXED64 -> at[0] += 8;
                case BYTES -> {
                    int length = (int) varint(body, at);
                    if (tag >>> 3 == number) {
                        sum += message.count(at[0], at[0] + length);
                    }
                    at[0] += length;
                }
                default -> at[0] += 4;
            }
        }
        return sum;
    }

    private static long varint(byte[] body, int[] at) {
        long value = 0;
        int shift = 0;
        byte next;
        do {
            next = body[at[0]++];
            value |= (long) (next & 0x7f) << shift;
            shift += 7;
        } while (next < 0);
        return value;
    }

    private interface Message {

        long count(int from, int to);
    }
}
