// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.libraries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.context.TracePropagation;
import dev.weir.context.Traced;
import dev.weir.context.Traces;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.reactive.RedisReactiveCommands;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.pubsub.api.reactive.RedisPubSubReactiveCommands;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class LettuceTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static RedisServer server;
    private static RedisClient client;

    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final Queue<String> seen = new ConcurrentLinkedQueue<>();
    private TracePropagation propagation;

    @BeforeAll
    static void start() throws IOException {
        server = RedisServer.start();
        client = RedisClient.create(RedisURI.create("127.0.0.1", server.port()));
    }

    @AfterAll
    static void stop() {
        if (client != null) {
            client.shutdown(Duration.ZERO, LIMIT);
        }
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void enable() {
        propagation = TracePropagation.enable();
    }

    @AfterEach
    void close() {
        propagation.close();
        assertThat(wrong).isEmpty();
        assertThat(Traces.current()).isZero();
    }

    private <T> T see(String place, long expected, T value) {
        seen.add(place + " " + expected);
        long current = Traces.current();
        if (current != expected) {
            wrong.add(place + ": " + current + " instead of " + expected + " on "
                    + Thread.currentThread().getName());
        }
        return value;
    }

    /** SET, then GET of the same key, with a lambda after each. */
    private Mono<String> request(RedisReactiveCommands<String, String> redis, long id) {
        Mono<String> work = redis.set("key" + id, "value" + id)
                .map(ok -> see("map of SET", id, ok))
                .flatMap(ok -> see("flatMap", id, redis.get("key" + id)))
                .map(value -> see("map of GET", id, value))
                .doFinally(signal -> see("doFinally", id, signal));
        return Traced.with(work, Traces.trace(id));
    }

    private void assertFourPlacesEach(int requests) {
        await().atMost(LIMIT).until(() -> seen.size() >= 4 * requests);
        assertThat(seen).hasSize(4 * requests);
    }

    /** The connection is opened in a trace that no later request may see. */
    private static StatefulRedisConnection<String, String> connectionOf(Context trace) {
        try (Scope scope = trace.makeCurrent()) {
            return client.connect();
        }
    }

    @Test
    void requestsOneAfterAnother_seeTheirOwnTraceInEveryLambda() {
        try (StatefulRedisConnection<String, String> connection = connectionOf(Traces.trace(99))) {
            List<String> values = Flux.range(1, 20)
                    .concatMap(id -> request(connection.reactive(), id))
                    .collectList()
                    .block(LIMIT);

            assertThat(values).hasSize(20).startsWith("value1", "value2").endsWith("value20");
            assertFourPlacesEach(20);
        }
    }

    /** Both commands wait in the connection's buffer and leave in one write, so their answers are read in one go. */
    @Test
    void twoInterleavedRequestsOnOneConnection_doNotMix() {
        try (StatefulRedisConnection<String, String> connection = connectionOf(Traces.trace(99))) {
            Queue<String> values = new ConcurrentLinkedQueue<>();
            connection.setAutoFlushCommands(false);
            request(connection.reactive(), 1).subscribe(values::add);
            request(connection.reactive(), 2).subscribe(values::add);
            assertThat(values).isEmpty();
            assertThat(seen).isEmpty();

            connection.setAutoFlushCommands(true);
            connection.flushCommands();

            await().atMost(LIMIT).until(() -> values.size() == 2);
            assertThat(values).containsExactlyInAnyOrder("value1", "value2");
            assertFourPlacesEach(2);
        }
    }

    @Test
    void manyRequestsAtOnceOnOneConnection_doNotMix() {
        try (StatefulRedisConnection<String, String> connection = connectionOf(Traces.trace(99))) {
            Flux.range(1, 200)
                    .flatMap(id -> request(connection.reactive(), id), 50)
                    .blockLast(LIMIT);
            assertFourPlacesEach(200);
        }
    }

    /** The first request opens, subscribes and goes away; the connection stays and serves others. */
    @Test
    void pubSubConnection_doesNotKeepTheTraceOfTheRequestThatOpenedIt() {
        Context first = Traces.trace(1);
        WeakReference<Context> firstIsHeld = new WeakReference<>(first);
        StatefulRedisPubSubConnection<String, String> subscriber;
        try (Scope scope = first.makeCurrent()) {
            subscriber = client.connectPubSub();
        }
        try (subscriber;
                StatefulRedisConnection<String, String> publisher = client.connect()) {
            RedisPubSubReactiveCommands<String, String> redis = subscriber.reactive();
            Disposable ofFirst = observe(redis, "first", 1, first);
            Traced.with(redis.subscribe("news"), first).block(LIMIT);
            subscriber.addListener(new RedisPubSubAdapter<>() {
                @Override
                public void message(String channel, String message) {
                    see("listener " + message, 0, message);
                }
            });

            publish(publisher, 3, "one");
            await().atMost(LIMIT).until(() -> seen.containsAll(List.of("first one 1", "listener one 0")));
            ofFirst.dispose();

            Disposable ofSecond = observe(redis, "second", 2, Traces.trace(2));
            Disposable ofNone = observe(redis, "none", 0, Context.root());
            publish(publisher, 4, "two");
            await().atMost(LIMIT)
                    .until(() -> seen.containsAll(List.of("second two 2", "none two 0", "listener two 0")));
            assertThat(seen).doesNotContain("first two 1");

            first = null;
            ofFirst = null;
            await().atMost(LIMIT).until(() -> {
                System.gc();
                return firstIsHeld.refersTo(null);
            });
            ofSecond.dispose();
            ofNone.dispose();
        }
    }

    private Disposable observe(
            RedisPubSubReactiveCommands<String, String> redis, String name, long expected, Context trace) {
        Flux<String> messages =
                redis.observeChannels().map(message -> see(name + " " + message.getMessage(), expected, "done"));
        return Traced.with(messages, trace).subscribe();
    }

    private static void publish(StatefulRedisConnection<String, String> connection, long id, String message) {
        Long receivers = Traced.with(connection.reactive().publish("news", message), Traces.trace(id))
                .block(LIMIT);
        assertThat(receivers).isEqualTo(1);
    }
}
