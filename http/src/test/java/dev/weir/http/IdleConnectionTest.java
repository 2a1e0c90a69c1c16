// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.context.Traced;
import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;

/** A connection that waits in its pool keeps nothing of the call that had it before. */
class IdleConnectionTest {

    private static final ContextKey<Object> KEY = ContextKey.named("user");

    @ParameterizedTest
    @ValueSource(strings = {"plain", "redirect", "error status", "websocket"})
    void idleConnection_keepsNothingOfItsLastCall(String kind) {
        try (HttpFixture it = new HttpFixture(b -> b.bodySizes(true).websocketSessions(true))) {
            DisposableServer server = it.bind(HttpServer.create()
                    .route(routes -> routes.post("/x", (req, res) -> switch (kind) {
                                case "redirect" -> res.sendRedirect("/y");
                                case "error status" -> res.status(500).send();
                                default -> res.sendString(Mono.just("ok"));
                            })
                            .post("/y", (req, res) -> res.sendString(Mono.just("ok")))
                            .ws("/ws", (in, out) -> out.sendString(Mono.just("ok")))));
            ConnectionProvider one = ConnectionProvider.create("one", 1);
            HttpClient client = it.http
                    .instrument(HttpClient.create(one))
                    .followRedirect(true)
                    .baseUrl("http://127.0.0.1:" + server.port());

            List<WeakReference<Object>> kept = call(client, kind);

            await().atMost(LIMIT).untilAsserted(() -> {
                System.gc();
                assertThat(kept)
                        .allSatisfy(reference -> assertThat(reference.get()).isNull());
            });
            one.disposeLater().block(LIMIT);
        }
    }

    private static List<WeakReference<Object>> call(HttpClient client, String kind) {
        Object user = new Object();
        Object value = new Object();
        Span span = Span.wrap(io.opentelemetry.api.trace.SpanContext.create(
                "1".repeat(32),
                "2".repeat(16),
                io.opentelemetry.api.trace.TraceFlags.getDefault(),
                io.opentelemetry.api.trace.TraceState.getDefault()));
        Context trace = Context.root().with(span).with(KEY, value).with(Baggage.empty());
        Mono<?> call = kind.equals("websocket")
                ? client.websocket().uri("/ws").receive().aggregate().asString()
                : client.post()
                        .uri("/x")
                        .send(ByteBufFlux.fromString(Mono.just("body")))
                        .responseContent()
                        .aggregate()
                        .asString();
        Traced.with(call.contextWrite(reactor -> reactor.put("user", user)), trace)
                .onErrorComplete()
                .block(LIMIT);
        List<WeakReference<Object>> references = new ArrayList<>();
        for (Object object : List.of(user, value, span, trace, call)) {
            references.add(new WeakReference<>(object));
        }
        return references;
    }
}
