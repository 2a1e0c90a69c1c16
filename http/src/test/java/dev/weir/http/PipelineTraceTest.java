// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import static dev.weir.http.HttpFixture.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpObject;
import io.opentelemetry.api.trace.Span;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.NettyPipeline;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerMetricsRecorder;
import reactor.netty.http.server.logging.AccessLog;
import reactor.netty.http.server.logging.error.ErrorLog;
import reactor.netty.resources.ConnectionProvider;

/** The trace of a request is current for every handler that its messages pass, at whatever place, in the first request as in later ones. */
class PipelineTraceTest {

    /** What was done, and the trace that was current. */
    private record Seen(String what, String traceId) {}

    private final Queue<Seen> seen = new ConcurrentLinkedQueue<>();

    private void see(String what) {
        seen.add(new Seen(what, Span.current().getSpanContext().getTraceId()));
    }

    private final class Watch extends ChannelDuplexHandler {

        private final String place;

        Watch(String place) {
            this.place = place;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            if (msg instanceof HttpObject) {
                see(place + " read");
            }
            ctx.fireChannelRead(msg);
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            see(place + " write");
            ctx.write(msg, promise);
        }

        @Override
        public void flush(ChannelHandlerContext ctx) {
            see(place + " flush");
            ctx.flush();
        }
    }

    private static String traceId(int request) {
        return Integer.toString(request).repeat(32);
    }

    private static void get(HttpClient client, int request) {
        client.headers(h -> h.set("traceparent", "00-" + traceId(request) + "-00000000000000aa-01"))
                .get()
                .uri("/" + request)
                .responseContent()
                .aggregate()
                .asString()
                .onErrorComplete()
                .block(LIMIT);
    }

    private void onlyOf(int request) {
        assertThat(seen)
                .isNotEmpty()
                .allSatisfy(one -> assertThat(one.traceId).as(one.what).isEqualTo(traceId(request)));
    }

    @ParameterizedTest
    @EnumSource(
            value = ProtocolTest.Wire.class,
            names = {"HTTP11", "H2C_PRIOR_KNOWLEDGE", "HTTP11_TLS", "H2_TLS"})
    void handlersAnywhere_seeTheTraceOfTheirRequest(ProtocolTest.Wire wire) throws Exception {
        try (HttpFixture it = new HttpFixture();
                HttpFixture unseen = new HttpFixture()) {
            DisposableServer server = it.bind(wire.server(it)
                    .doOnConnection(connection -> connection
                            .addHandlerLast("last", new Watch("last"))
                            .addHandlerFirst("first", new Watch("first")))
                    .handle((req, res) -> Mono.delay(Duration.ofMillis(5))
                            .then(res.sendString(Flux.just("x", "y")).then())));
            unseen.http.close();
            HttpClient plain = wire.client(unseen, server);

            for (int i = 1; i <= 3; i++) {
                seen.clear();
                get(plain, i);
                it.awaitNothingOpen();
                assertThat(seen)
                        .extracting(Seen::what)
                        .contains("first read", "last read", "first write", "last write", "first flush", "last flush");
                onlyOf(i);
            }
        }
    }

    @Test
    void handlersThatAreThereFromTheStart_seeTheTraceOfWhatIsWritten() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .doOnChannelInit((observer, channel, remote) -> {
                        channel.pipeline().addFirst("wire", new Watch("wire"));
                        channel.pipeline().addBefore(NettyPipeline.ReactiveBridge, "inner", new Watch("inner"));
                    })
                    .handle((req, res) -> Mono.delay(Duration.ofMillis(5))
                            .then(res.sendString(Mono.just("x")).then())));
            HttpClient plain =
                    HttpClient.create(ConnectionProvider.create("one", 1)).baseUrl("http://127.0.0.1:" + server.port());

            for (int i = 1; i <= 3; i++) {
                seen.clear();
                get(plain, i);
                it.awaitNothingOpen();
                assertThat(seen)
                        .extracting(Seen::what)
                        .contains("wire write", "wire flush", "inner read", "inner write");
                onlyOf(i);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4_000_000})
    void accessLogAndMetrics_seeTheTraceWheneverTheLastByteIsWritten(int bytes) {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .accessLog(true, args -> {
                        see("access log");
                        return AccessLog.create("{}", args.uri());
                    })
                    .metrics(true, Recorder::new)
                    .handle((req, res) -> Mono.delay(Duration.ofMillis(5))
                            .then(res.sendString(Mono.just("x".repeat(bytes))).then())));
            HttpClient plain =
                    HttpClient.create(ConnectionProvider.create("one", 1)).baseUrl("http://127.0.0.1:" + server.port());

            for (int i = 1; i <= 3; i++) {
                seen.clear();
                get(plain, i);
                it.awaitNothingOpen();
                org.awaitility.Awaitility.await()
                        .atMost(LIMIT)
                        .untilAsserted(() -> assertThat(seen)
                                .extracting(Seen::what)
                                .contains("access log", "data sent time", "data received time"));
                onlyOf(i);
            }
        }
    }

    @Test
    void errorLog_seesTheTraceOfTheRequestThatFailed() {
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .errorLog(true, args -> {
                        see("error log");
                        return ErrorLog.create("{}", args.cause().toString());
                    })
                    .handle((req, res) ->
                            Mono.delay(Duration.ofMillis(5)).then(Mono.error(new IllegalStateException("as asked")))));
            HttpClient plain =
                    HttpClient.create(ConnectionProvider.create("one", 1)).baseUrl("http://127.0.0.1:" + server.port());

            get(plain, 1);
            it.awaitNothingOpen();

            assertThat(seen).extracting(Seen::what).contains("error log");
            onlyOf(1);
        }
    }

    /** Requests that come at once are taken up one after another: none inside the one before. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void pipelinedRequest_isTakenUpOutsideOfTheOneBefore(boolean atOnce) {
        int requests = 9;
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(it.http
                    .instrument(HttpServer.create())
                    .doOnConnection(connection -> see("taken up"))
                    .handle((req, res) -> {
                        see("handler " + req.uri());
                        String body = req.uri().equals("/" + requests) ? "last" : "x";
                        return atOnce
                                ? res.sendString(Mono.just(body))
                                : Mono.delay(Duration.ofMillis(2))
                                        .then(res.sendString(Mono.just(body)).then());
                    }));

            StringBuilder heads = new StringBuilder();
            for (int i = 1; i <= requests; i++) {
                heads.append("GET /")
                        .append(i)
                        .append(" HTTP/1.1\r\nHost: t\r\ntraceparent: 00-")
                        .append(traceId(i))
                        .append("-00000000000000aa-01\r\n")
                        .append("\r\n");
            }
            try (RawClient client = new RawClient(server.port())) {
                client.send(heads.toString()).readUntil("last");
            }
            it.spans(requests);

            assertThat(seen)
                    .filteredOn(one -> one.what.equals("taken up"))
                    .hasSize(requests)
                    .allSatisfy(one -> assertThat(one.traceId).isEqualTo("0".repeat(32)));
            assertThat(seen)
                    .filteredOn(one -> one.what.startsWith("handler"))
                    .hasSize(requests)
                    .allSatisfy(one -> assertThat(one.traceId)
                            .isEqualTo(traceId(Integer.parseInt(one.what.substring("handler /".length())))));
        }
    }

    /** Streams share a connection: what one flushes are the others' bytes, too, and their listeners run then. */
    @Test
    void listenersOfManyStreams_areNotRunInsideTheFlushOfAnother() throws Exception {
        int streams = 60;
        try (HttpFixture it = new HttpFixture()) {
            DisposableServer server = it.bind(ProtocolTest.Wire.H2C_PRIOR_KNOWLEDGE
                    .server(it)
                    .doOnConnection(connection -> connection.addHandlerFirst("listener", new Listening()))
                    .handle((req, res) -> Mono.delay(Duration.ofMillis(1))
                            .then(res.sendByteArray(Mono.just(new byte[300_000]))
                                    .then())));
            HttpClient client = ProtocolTest.Wire.H2C_PRIOR_KNOWLEDGE.client(it, server);

            List<Long> sizes = Flux.range(0, streams)
                    .flatMap(
                            i -> client.get()
                                    .uri("/" + i)
                                    .responseContent()
                                    .map(b -> (long) b.readableBytes())
                                    .reduce(0L, Long::sum),
                            streams)
                    .collectList()
                    .block(LIMIT);
            it.awaitNothingOpen();

            assertThat(sizes).hasSize(streams).containsOnly(300_000L);
            assertThat(seen)
                    .isNotEmpty()
                    .allSatisfy(one -> assertThat(one.traceId)
                            .as("of the request of trace %s", one.what)
                            .isIn(one.what, "0".repeat(32)));
        }
    }

    /** Tells the trace in which the writes of a response are done, and the one of the response. */
    private final class Listening extends ChannelDuplexHandler {

        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            String own = Span.current().getSpanContext().getTraceId();
            ctx.write(msg, promise.unvoid().addListener(written -> see(own)));
        }
    }

    private final class Recorder implements HttpServerMetricsRecorder {

        @Override
        public void recordDataReceivedTime(String uri, String method, Duration time) {
            see("data received time");
        }

        @Override
        public void recordDataSentTime(String uri, String method, String status, Duration time) {
            see("data sent time");
        }

        @Override
        public void recordResponseTime(String uri, String method, String status, Duration time) {
            see("response time");
        }

        @Override
        public void recordDataReceived(SocketAddress remote, String uri, long bytes) {
            see("data received");
        }

        @Override
        public void recordDataSent(SocketAddress remote, String uri, long bytes) {
            see("data sent");
        }

        @Override
        public void incrementErrorsCount(SocketAddress remote, String uri) {
            see("error");
        }

        @Override
        public void recordDataReceived(SocketAddress remote, long bytes) {}

        @Override
        public void recordDataSent(SocketAddress remote, long bytes) {}

        @Override
        public void incrementErrorsCount(SocketAddress remote) {}

        @Override
        public void recordTlsHandshakeTime(SocketAddress remote, Duration time, String status) {}

        @Override
        public void recordConnectTime(SocketAddress remote, Duration time, String status) {}

        @Override
        public void recordResolveAddressTime(SocketAddress remote, Duration time, String status) {}
    }
}
