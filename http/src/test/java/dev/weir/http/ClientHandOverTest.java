// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.context.TracePropagation;
import dev.weir.context.Traced;
import dev.weir.http.webclient.WebClientTelemetry;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.EventExecutor;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Schedulers;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.PrematureCloseException;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;

/**
 * A connection that is given back goes on to the next caller on the same stack. Whatever runs for a caller, on whichever thread and
 * after whichever other caller, runs under its trace; that of a caller without one runs under none.
 */
class ClientHandOverTest {

    private static final int CALLS = 60;

    /** Where callers wait for one connection, and what becomes of it between two of them. */
    enum Pool {
        HTTP11,
        CLOSED_AFTER_EACH,
        H2C,
        H2C_UPGRADE;

        DisposableServer server(HttpFixture it, HttpClient back) {
            HttpServer server = HttpServer.create();
            if (this == H2C || this == H2C_UPGRADE) {
                server = server.protocol(HttpProtocol.HTTP11, HttpProtocol.H2C)
                        .http2Settings(settings -> settings.maxConcurrentStreams(1));
            }
            return it.bind(server.handle((req, res) -> {
                if (this == CLOSED_AFTER_EACH) {
                    res.header("connection", "close");
                }
                return req.receive()
                        .aggregate()
                        .asString()
                        .defaultIfEmpty("")
                        .flatMapMany(body -> req.uri().startsWith("/moved")
                                ? res.sendRedirect("/again")
                                : res.sendString(Mono.just(body)));
            }));
        }

        @SuppressWarnings("deprecation") // the overload that is new is not in the oldest supported version
        HttpClient client(HttpClient client) {
            return switch (this) {
                case H2C -> client.protocol(HttpProtocol.H2C);
                case H2C_UPGRADE -> client.protocol(HttpProtocol.HTTP11, HttpProtocol.H2C);
                default -> client;
            };
        }
    }

    private final Map<Integer, Queue<String>> seen = new ConcurrentHashMap<>();
    private TracePropagation propagation;

    @BeforeEach
    void enable() {
        propagation = TracePropagation.enable();
    }

    @AfterEach
    void disable() {
        propagation.close();
    }

    /** Every fourth caller has none. */
    private static Context trace(int caller) {
        return caller % 4 == 0
                ? Context.root()
                : Context.root()
                        .with(Span.wrap(SpanContext.create(
                                traceId(caller),
                                "00000000000000aa",
                                TraceFlags.getDefault(),
                                TraceState.getDefault())));
    }

    private static String traceId(int caller) {
        return caller % 4 == 0 ? "0".repeat(32) : "%032x".formatted(caller);
    }

    private void see(int caller, String where) {
        seen.computeIfAbsent(caller, c -> new ConcurrentLinkedQueue<>())
                .add(where + " " + Span.current().getSpanContext().getTraceId());
    }

    private void assertEachSawItsOwn(int places) {
        // What follows a response runs after its caller has it.
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(seen.values())
                        .allSatisfy(lines -> assertThat(lines).hasSizeGreaterThanOrEqualTo(places)));
        seen.forEach((caller, lines) -> assertThat(lines)
                .as("caller %s", caller)
                .allSatisfy(line -> assertThat(line).endsWith(' ' + traceId(caller))));
    }

    private HttpClient watched(HttpClient client, int caller) {
        return client.doOnRequest((req, c) -> see(caller, "doOnRequest"))
                .doAfterRequest((req, c) -> see(caller, "doAfterRequest"))
                .doOnResponse((res, c) -> see(caller, "doOnResponse"))
                .doAfterResponseSuccess((res, c) -> see(caller, "doAfterResponseSuccess"));
    }

    private Mono<String> post(HttpClient client, String uri, int caller) {
        return watched(client, caller)
                .post()
                .uri(uri)
                .send(ByteBufFlux.fromString(Mono.fromCallable(() -> {
                    see(caller, "body");
                    return "body";
                })))
                .responseContent()
                .aggregate()
                .asString()
                .doOnNext(body -> see(caller, "response"));
    }

    /** A trace that is only current, and in no Context. */
    @SuppressWarnings("try") // the scope is only opened and closed
    private static <T> void ambient(Mono<T> call, int caller, MonoSink<T> sink) {
        try (Scope scope = trace(caller).makeCurrent()) {
            call.subscribe(sink::success, sink::error, sink::success);
        }
    }

    /** Subscribes on the kinds of threads that there are. */
    private <T> Mono<T> from(Mono<T> call, int caller, EventExecutor loop) {
        Mono<T> traced = Traced.with(call, trace(caller));
        return switch (caller / 4 % 4) {
            case 0 -> Mono.delay(Duration.ofMillis(caller % 3)).then(traced);
            case 1 -> traced.subscribeOn(Schedulers.boundedElastic());
            case 2 -> Mono.create(sink -> new Thread(() -> ambient(call, caller, sink)).start());
            default ->
                Mono.create(sink -> loop.execute(() -> traced.subscribe(sink::success, sink::error, sink::success)));
        };
    }

    @ParameterizedTest
    @EnumSource
    void callersOfOneConnection_seeTheirOwnTraceEverywhere(Pool pool) {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = pool.server(it, HttpClient.create());
            ConnectionProvider one = ConnectionProvider.builder("one")
                    .maxConnections(1)
                    .pendingAcquireMaxCount(-1)
                    .build();
            HttpClient client = pool.client(it.http
                    .instrument(HttpClient.create(one))
                    .followRedirect(true)
                    .baseUrl("http://127.0.0.1:" + server.port()));
            EventExecutor loop =
                    client.configuration().loopResources().onClient(true).next();

            List<Integer> done = Flux.range(0, CALLS)
                    .flatMap(
                            caller -> from(post(client, caller % 5 == 0 ? "/moved" : "/x", caller), caller, loop)
                                    .thenReturn(caller),
                            CALLS)
                    .collectList()
                    .block(LIMIT);

            assertThat(done).hasSize(CALLS);
            assertThat(seen).hasSize(CALLS);
            assertEachSawItsOwn(5);
            one.disposeLater().block(LIMIT);
        }
    }

    @Test
    void callersOfOneConnectionThatAreGivenUp_leaveNoTraceToTheNext() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(HttpServer.create()
                    .handle((req, res) -> req.uri().equals("/never")
                            ? Mono.never()
                            : res.sendString(Flux.range(0, 50).map(i -> "part " + i))));
            ConnectionProvider one = ConnectionProvider.builder("one")
                    .maxConnections(1)
                    .pendingAcquireMaxCount(-1)
                    .build();
            AtomicInteger inits = new AtomicInteger();
            Queue<String> strangers = new ConcurrentLinkedQueue<>();
            HttpClient client = it.http
                    .instrument(HttpClient.create(one))
                    .baseUrl("http://127.0.0.1:" + server.port())
                    .doOnChannelInit((observer, channel, remote) -> {
                        inits.incrementAndGet();
                        Context waiting = Traced.find(observer.currentContext());
                        Span now = Span.current();
                        if (now.getSpanContext().isValid() && (waiting == null || now != Span.fromContext(waiting))) {
                            strangers.add(now + " for " + waiting);
                        }
                    });
            EventExecutor loop =
                    client.configuration().loopResources().onClient(true).next();

            Flux.range(0, CALLS)
                    .flatMap(
                            caller -> from(
                                    watched(client, caller)
                                            .get()
                                            .uri(caller % 2 == 0 ? "/never" : "/parts")
                                            .responseContent()
                                            .asString()
                                            .next()
                                            .doOnNext(part -> see(caller, "response"))
                                            .timeout(Duration.ofMillis(20 + 10 * caller), Mono.just("given up"))
                                            // A caller that gave up closes the connection, at times under the next one.
                                            .onErrorReturn(PrematureCloseException.class, "given up by another one"),
                                    caller,
                                    loop),
                            CALLS)
                    .blockLast(LIMIT);

            assertThat(inits).hasValueGreaterThan(1);
            assertThat(strangers).isEmpty();
            assertEachSawItsOwn(1);
            one.disposeLater().block(LIMIT);
        }
    }

    @Test
    void callInsideABody_isAChildOfItsOwnCaller() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = Pool.HTTP11.server(it, HttpClient.create());
            HttpClient inner = it.client(server);
            ConnectionProvider two = ConnectionProvider.builder("two")
                    .maxConnections(2)
                    .pendingAcquireMaxCount(-1)
                    .build();
            WebClient web = WebClientTelemetry.instrument(WebClient.builder(), it.http, HttpClient.create(two))
                    .build();
            EventExecutor loop =
                    inner.configuration().loopResources().onClient(true).next();

            Flux.range(0, CALLS)
                    .flatMap(
                            caller -> from(
                                    web.post()
                                            .uri("http://127.0.0.1:" + server.port() + "/outer/" + caller)
                                            .body(
                                                    inner.get()
                                                            .uri("/inner/" + caller)
                                                            .responseContent()
                                                            .aggregate()
                                                            .asString()
                                                            .defaultIfEmpty("empty"),
                                                    String.class)
                                            .retrieve()
                                            .bodyToMono(String.class)
                                            .doOnNext(body -> see(caller, "response")),
                                    caller,
                                    loop),
                            CALLS)
                    .blockLast(LIMIT);

            for (SpanData span : it.spans(2 * CALLS)) {
                int caller = Integer.parseInt(HttpFixture.text(span, "url.full").replaceAll(".*/", ""));
                assertThat(span.getParentSpanContext().getTraceId())
                        .as(HttpFixture.text(span, "url.full"))
                        .isEqualTo(traceId(caller));
            }
            assertEachSawItsOwn(1);
            two.disposeLater().block(LIMIT);
        }
    }

    @Test
    void handlersOfTheChannel_readAndWriteUnderTheTraceOfEachCall() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = Pool.HTTP11.server(it, HttpClient.create());
            ConnectionProvider one = ConnectionProvider.create("one", 1);
            AtomicInteger caller = new AtomicInteger();
            HttpClient client = it.http
                    .instrument(HttpClient.create(one))
                    .baseUrl("http://127.0.0.1:" + server.port())
                    .doOnRequest((req, c) -> {
                        c.addHandlerFirst("first", new Watching("first", caller));
                        c.addHandlerLast("last", new Watching("last", caller));
                    })
                    .doOnChannelInit((observer, channel, remote) ->
                            channel.pipeline().addFirst("init", new Watching("init", caller)));

            for (int i = 1; i <= 3; i++) {
                caller.set(i);
                Traced.with(post(client, "/x", i), trace(i)).block(LIMIT);
            }

            assertThat(seen.keySet()).containsExactlyInAnyOrder(1, 2, 3);
            seen.values()
                    .forEach(lines -> assertThat(lines.toString())
                            .contains(
                                    "first read", "first write", "last read", "last write", "init read", "init write"));
            assertEachSawItsOwn(10);
            one.disposeLater().block(LIMIT);
        }
    }

    private final class Watching extends ChannelDuplexHandler {

        private final String name;
        private final AtomicInteger caller;

        Watching(String name, AtomicInteger caller) {
            this.name = name;
            this.caller = caller;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            see(caller.get(), name + " read");
            ctx.fireChannelRead(msg);
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            see(caller.get(), name + " write");
            ctx.write(msg, promise);
        }
    }
}
