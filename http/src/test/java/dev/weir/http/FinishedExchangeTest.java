// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import java.lang.ref.WeakReference;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;

/** An idle connection keeps nothing of the requests that it served: it may live for minutes, and much hangs on a request. */
class FinishedExchangeTest {

    private final Queue<WeakReference<Object>> finished = new ConcurrentLinkedQueue<>();

    private void watch(HttpFixture it, HttpServerRequest request) {
        Context context = it.http.context(request);
        finished.add(new WeakReference<>(request));
        finished.add(new WeakReference<>(request.requestHeaders()));
        finished.add(new WeakReference<>(context));
        finished.add(new WeakReference<>(Span.fromContext(context)));
    }

    private void isForgotten() {
        assertThat(finished).isNotEmpty();
        await().atMost(LIMIT).untilAsserted(() -> {
            System.gc();
            assertThat(finished)
                    .extracting(WeakReference::get)
                    .as("what is still reachable")
                    .containsOnlyNulls();
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = ProtocolTest.Wire.class,
            names = {"HTTP11", "H2C_PRIOR_KNOWLEDGE", "HTTP11_TLS", "H2_TLS"})
    void idleConnection_keepsNothingOfItsRequests(ProtocolTest.Wire wire) throws Exception {
        try (HttpFixture it = new HttpFixture(b -> b.bodySizes(true));
                HttpFixture unseen = new HttpFixture()) {
            unseen.http.close();
            DisposableServer server = it.bind(wire.server(it).handle((req, res) -> {
                watch(it, req);
                return res.sendString(req.receive().aggregate().asString().defaultIfEmpty("x"));
            }));

            for (int i = 0; i < 3; i++) {
                wire.client(unseen, server)
                        .post()
                        .uri("/x")
                        .send(reactor.netty.ByteBufFlux.fromString(Mono.just("abc")))
                        .responseContent()
                        .aggregate()
                        .asString()
                        .block(LIMIT);
            }
            it.awaitNothingOpen();
            it.exporter.reset();

            isForgotten();
        }
    }

    @Test
    void idleConnectionOfARawClient_keepsNothingOfAFailedRequest() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server =
                    it.bind(it.http.instrument(HttpServer.create()).handle((req, res) -> {
                        watch(it, req);
                        return res.status(500).sendString(Mono.just("failed"));
                    }));

            try (RawClient client = new RawClient(server.port())) {
                client.send("GET /x HTTP/1.1\r\nHost: t\r\n\r\n").readUntil("failed");
                it.awaitNothingOpen();
                it.exporter.reset();

                isForgotten();
            }
        }
    }

    /** A websocket keeps what its own handler keeps; the exchange of its upgrade is over. */
    @Test
    void websocket_keepsNoExchange() throws Exception {
        long ofOtherTests = live("dev.weir.http.internal.server.ServerExchange");
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.serve(routes -> routes.ws(
                    "/ws",
                    (in, out) ->
                            out.sendString(Mono.just("hello")).then(in.receive().then())));

            try (RawClient client = new RawClient(server.port())) {
                client.send("GET /ws HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                        .readUntil("hello");
                it.spans(1);

                await().atMost(LIMIT)
                        .untilAsserted(() -> assertThat(live("dev.weir.http.internal.server.ServerExchange"))
                                .isLessThanOrEqualTo(ofOtherTests));
            }
        }
    }

    @Test
    void requestThatIsAnsweredBeforeItsBodyCame_isForgottenToo() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server =
                    it.bind(it.http.instrument(HttpServer.create()).handle((req, res) -> {
                        watch(it, req);
                        return res.sendString(Mono.just("early"));
                    }));

            try (RawClient client = new RawClient(server.port())) {
                client.send("POST /x HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\n")
                        .readUntil("early");
                it.awaitNothingOpen();
                it.exporter.reset();

                isForgotten();
            }
        }
    }

    /** Objects of a class after a full collection. */
    private static long live(String type) throws Exception {
        String histogram = (String) java.lang.management.ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new javax.management.ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        return histogram
                .lines()
                .map(line -> line.trim().split("\\s+"))
                .filter(columns -> columns.length >= 4 && columns[3].equals(type))
                .mapToLong(columns -> Long.parseLong(columns[1]))
                .sum();
    }
}
