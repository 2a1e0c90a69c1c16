// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.libraries;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.context.TracePropagation;
import dev.weir.context.Traced;
import dev.weir.context.Traces;
import io.r2dbc.h2.H2ConnectionConfiguration;
import io.r2dbc.h2.H2ConnectionFactory;
import io.r2dbc.spi.Connection;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.SocketAcceptor;
import io.rsocket.core.RSocketConnector;
import io.rsocket.core.RSocketServer;
import io.rsocket.transport.local.LocalClientTransport;
import io.rsocket.transport.local.LocalServerTransport;
import io.rsocket.util.DefaultPayload;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

class LibrariesTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final Queue<Long> seen = new ConcurrentLinkedQueue<>();
    private TracePropagation propagation;

    @BeforeEach
    void enable() {
        propagation = TracePropagation.enable();
    }

    @AfterEach
    void close() {
        propagation.close();
        assertThat(wrong).isEmpty();
        assertThat(seen).isNotEmpty();
        assertThat(Traces.current()).isZero();
    }

    private <T> T see(long expected, T value) {
        seen.add(expected);
        long current = Traces.current();
        if (current != expected) {
            wrong.add(current + " instead of " + expected + " on "
                    + Thread.currentThread().getName());
        }
        return value;
    }

    /** A connection that one request opened and that others use. */
    @Test
    void r2dbc_queriesOfManyRequestsOnOneConnection() {
        H2ConnectionFactory factory = new H2ConnectionFactory(H2ConnectionConfiguration.builder()
                .inMemory("context")
                .option("DB_CLOSE_DELAY=-1")
                .build());
        Connection connection = Traced.with(Mono.from(factory.create()).map(c -> see(99, c)), Traces.trace(99))
                .block(LIMIT);

        Flux.range(1, 20)
                .concatMap(id -> Traced.with(
                        Mono.from(connection.createStatement("SELECT " + id).execute())
                                .flatMapMany(result -> see(id, result).map((row, meta) -> see(id, row.get(0))))
                                .publishOn(Schedulers.parallel())
                                .map(value -> see(id, value)),
                        Traces.trace(id)))
                .blockLast(LIMIT);
        Mono.from(connection.close()).block(LIMIT);
    }

    /** One socket with a connection of its own; requests and answers cross in it. */
    @Test
    void rsocket_requestsOfManyTracesOverOneConnection() {
        Disposable server = RSocketServer.create(SocketAcceptor.forRequestResponse(payload -> {
                    Payload answer = DefaultPayload.create(payload.getDataUtf8());
                    return Mono.just(answer).delayElement(Duration.ofMillis(2));
                }))
                .bindNow(LocalServerTransport.create("context"));
        RSocket client = RSocketConnector.connectWith(LocalClientTransport.create("context"))
                .block(LIMIT);

        Flux.range(1, 50)
                .flatMap(id -> Traced.with(
                        client.requestResponse(DefaultPayload.create("r" + id))
                                .map(answer -> see(id, answer.getDataUtf8()))
                                .doOnNext(answer -> assertThat(answer).isEqualTo("r" + id))
                                .doFinally(signal -> see(id, signal)),
                        Traces.trace(id)))
                .blockLast(LIMIT);
        client.dispose();
        server.dispose();
    }

    /** The shape of a broker's client: one endless source, each record of a trace of its own, acknowledged at the end. */
    @Test
    void broker_recordsOfManyTracesInOneStream() {
        Sinks.Many<Long> records = Sinks.many().unicast().onBackpressureBuffer();
        Schedulers.single().schedule(() -> {
            for (long id = 1; id <= 100; id++) {
                records.tryEmitNext(id);
            }
            records.tryEmitComplete();
        });

        List<Long> handled = Traced.perElement(records.asFlux(), Traces::trace, id -> {
                    see(id, id);
                    return Mono.just(id)
                            .publishOn(id % 2 == 0 ? Schedulers.parallel() : Schedulers.immediate())
                            .map(value -> see(value, value));
                })
                .map(id -> see(0, id))
                .collectList()
                .block(LIMIT);

        assertThat(handled).hasSize(100).isSorted();
    }
}
