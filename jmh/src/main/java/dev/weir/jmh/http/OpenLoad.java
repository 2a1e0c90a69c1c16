// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/** Calls a server at a fixed rate, however long the answers take; to saturate it is for profiles. */
final class OpenLoad {

    private static final int CONNECTIONS = 200;
    private static final int MAX_OPEN = 10_000;
    private static final int SATURATING = 16;

    private final HttpClient client;

    OpenLoad(String name, int port) {
        client = HttpClient.create(ConnectionProvider.create(name, CONNECTIONS))
                .runOn(LoopResources.create("load-" + name, 1, true))
                .baseUrl("http://127.0.0.1:" + port);
    }

    /** Latencies in nanoseconds, from the moment when each request was due; -1 for one that was not answered. */
    long[] run(String path, int rate, int seconds) {
        int count = rate * seconds;
        long[] latencies = new long[count];
        Arrays.fill(latencies, -1);
        long start = System.nanoTime();
        long step = 1_000_000_000L / rate;
        int[] next = {0};
        Flux.interval(Duration.ofMillis(1))
                .onBackpressureDrop()
                .concatMapIterable(tick -> due(next, count, start, step))
                .take(count)
                .flatMap(
                        i -> call(path)
                                .doOnNext(x -> latencies[i] = System.nanoTime() - start - i * step)
                                .onErrorComplete(),
                        MAX_OPEN)
                .blockLast(Duration.ofSeconds(seconds * 5L + 10));
        return latencies;
    }

    /** Calls as fast as the server answers; gives the number of the answers. */
    long saturate(String path, int seconds) {
        long start = System.nanoTime();
        return Flux.range(0, Integer.MAX_VALUE)
                .takeWhile(i -> System.nanoTime() - start < seconds * 1_000_000_000L)
                .flatMap(i -> call(path).onErrorComplete(), SATURATING)
                .count()
                .blockOptional(Duration.ofSeconds(seconds * 5L + 10))
                .orElseThrow();
    }

    private Mono<String> call(String path) {
        return client.get().uri(path).responseContent().aggregate().asString();
    }

    private static List<Integer> due(int[] next, int count, long start, long step) {
        List<Integer> due = new ArrayList<>();
        while (next[0] < count && next[0] * step <= System.nanoTime() - start) {
            due.add(next[0]++);
        }
        return due;
    }
}
