// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.CloseReport;
import dev.weir.core.DropReason;
import dev.weir.core.Signal;
import dev.weir.core.testing.ManualTicker;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

/** Receivers, networks and callers that misbehave. Each case ends with the account of every record. */
class FaultTest extends ExportTestBase {

    /** Of the exports that {@link #withOwnTime} made: their timeouts and pauses end only in {@link #moveUntil(Callable)}. */
    private final ManualTicker ticker = new ManualTicker();

    private boolean ownsTime;

    private static OtlpExportBuilder to(String... urls) {
        return OtlpExport.builder()
                .endpoints(List.of(urls))
                .protocol(OtlpProtocol.HTTP_PROTOBUF)
                .timeout(LONG)
                .linger(Duration.ofMillis(20));
    }

    private OtlpExportBuilder withLinger(Duration linger) {
        return builder(linger).protocol(OtlpProtocol.HTTP_PROTOBUF).timeout(LONG);
    }

    private OtlpExportBuilder withOwnTime(String url, Duration timeout, Map<String, String> settings) {
        ownsTime = true;
        return builder(url).timeout(timeout).runtime(runtime(settings, ticker));
    }

    private OtlpExportBuilder withOwnTime(String url) {
        return withOwnTime(url, Duration.ZERO, Map.of());
    }

    private void moveUntil(Callable<Boolean> state) {
        moveUntil(ticker, state);
    }

    @AfterEach
    void closeWhereTimeStandsStill() {
        if (ownsTime) {
            export.close(Duration.ZERO);
        }
    }

    private void assertWaitsWithoutLoss(int records) {
        moveUntil(() -> export.status().of(Signal.TRACES).failedRequests() > 1);
        assertThat(account(Signal.TRACES).queued()).isEqualTo(records);
        assertThat(account(Signal.TRACES).droppedTotal()).isZero();
        assertConserved();
    }

    @Test
    void awayAtTheStart_thenUp_deliversAllFirstInFirstOut() {
        int port = receiver.port();
        receiver.close();
        use(withOwnTime("http://127.0.0.1:" + port));
        for (int i = 0; i < 5; i++) {
            spans(20);
            assertWaitsWithoutLoss((i + 1) * 20);
        }

        receiver = new Receiver(port);

        moveUntil(() -> account(Signal.TRACES).delivered() == 100);
        assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(names(100));
        assertConserved();
    }

    @Test
    void connectionEndsAfterHalfTheBody_isRepeated() {
        AtomicInteger first = new AtomicInteger();
        try (FaultServer server = new FaultServer((connection, text) -> {
            first.incrementAndGet();
            connection.channel().close();
        })) {
            use(withOwnTime(server.url()));
            spans(2_000);
            assertWaitsWithoutLoss(2_000);
            assertThat(first.get()).isGreaterThan(1);
        }
    }

    @Test
    void connectionEndsAfterTheBody_isRepeatedAndTheRepeatIsCounted() {
        receiver.answerNext((taken, response) -> {
            response.withConnection(connection -> connection.channel().close());
            return Mono.never();
        });
        use(to(receiver.url()));

        spans(10);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.requests).hasSize(2);
        assertThat(export.status().of(Signal.TRACES).retries()).isEqualTo(1);
        assertThat(account(Signal.TRACES).delivered()).isEqualTo(10);
        assertConserved();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "soon", "", "Thu, 01 Jan 1970 00:00:00 GMT"})
    void retryAfter_thatAsksForNothing_isTriedAgainSoon(String value) {
        receiver.answerNext(Receiver.status(429, "Retry-After", value), Receiver.status(503, "Retry-After", value));
        use(to(receiver.url()));

        spans(5);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).hasSize(5);
        assertConserved();
    }

    @Test
    void retryAfter_inSeconds_throttlesTheDestination() {
        receiver.answerNext(Receiver.status(429, "Retry-After", "3"));
        use(withOwnTime(receiver.url()));

        spans(5);
        moveUntil(() -> export.status().of(Signal.TRACES).state().equals("throttled"));
        spans(5);

        assertThat(receiver.requests).hasSize(1);
        moveUntil(() -> account(Signal.TRACES).delivered() == 10);
        assertThat(receiver.names("traces")).hasSize(10);
        assertConserved();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1000000000", "99999999999999999999", "date"})
    void retryAfter_farAway_isCutAndTheCloseDoesNotWaitForIt(String value) {
        String header = value.equals("date")
                ? DateTimeFormatter.RFC_1123_DATE_TIME.format(
                        ZonedDateTime.now(ZoneOffset.UTC).plusYears(1))
                : value;
        receiver.answerNext(Receiver.status(503, "Retry-After", header));
        use(to(receiver.url()));

        spans(5);
        await().until(() -> export.status().of(Signal.TRACES).state().equals("throttled"));

        assertThat(export.close(Duration.ofMillis(300))).isEqualTo(new CloseReport(0, 0, 5));
        assertConserved();
    }

    @Test
    void receiverThatNeverAnswers_isGivenUpAfterTheTimeout() {
        try (FaultServer server = FaultServer.silent()) {
            use(withOwnTime(server.url(), Duration.ofMillis(500), Map.of()));
            spans(5);
            assertWaitsWithoutLoss(5);
            moveUntil(() -> export.status().of(Signal.TRACES).lastFailure().contains("no answer within"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc"})
    void answerThatNeverEnds_isGivenUpAfterTheTimeout(String beginning) {
        try (FaultServer server = FaultServer.answering(beginning)) {
            use(withOwnTime(server.url(), Duration.ofMillis(500), Map.of()));
            spans(5);
            assertWaitsWithoutLoss(5);
        }
    }

    @Test
    void receiverThatDoesNotRead_isGivenUpAfterTheTimeout() {
        try (FaultServer server = new FaultServer(
                (connection, text) -> connection.channel().config().setAutoRead(false))) {
            use(withOwnTime(server.url(), Duration.ofMillis(500), Map.of()));
            spans(20_000);
            moveUntil(() -> export.status().of(Signal.TRACES).failedRequests() > 0);
            assertThat(account(Signal.TRACES).queued() + account(Signal.TRACES).droppedTotal())
                    .isEqualTo(20_000);
            assertConserved();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0a020803, 3", // rejected 3
        "0a0212026e6f, 0", // malformed: the length does not fit
        "0a0412026e6f, 0", // a warning only
        "ffffffffff, 0", // garbage
        "'', 0", // nothing
        "0a0b08ffffffffffffffffff01, 0", // -1
        "0a0a08ffffffffffffffff7f, 5" // more than there are
    })
    void partialSuccess_isCounted(String hex, long rejected) {
        receiver.answerNext(Receiver.body(200, java.util.HexFormat.of().parseHex(hex)));
        use(to(receiver.url()));

        spans(5);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(account(Signal.TRACES).delivered()).isEqualTo(5 - rejected);
        assertThat(account(Signal.TRACES).droppedTotal()).isEqualTo(rejected);
        assertThat(receiver.requests).hasSize(1);
        assertConserved();
    }

    @Test
    void tooLarge_isCutUntilItFits() {
        receiver.answerAlways((taken, response) -> {
            if (taken.body().length > 8_000) {
                return response.status(413).send();
            }
            receiver.accepted.add(taken);
            return response.status(200).send();
        });
        use(to(receiver.url()));

        spans(2_000);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(names(2_000));
        assertConserved();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void oneSpanThatIsTooLarge_isLostAndCounted_theOthersArrive(boolean gzip) {
        use(to(receiver.url()).compression(gzip ? Compression.GZIP : Compression.NONE));
        spans(10);
        tracer().spanBuilder("huge")
                .setAttribute("text", "x".repeat(6 << 20))
                .startSpan()
                .end();
        spans(10);

        assertThat(export.flush(LONG).block()).isTrue();

        assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(names(20));
        assertThat(account(Signal.TRACES).dropped()).containsEntry(DropReason.TOO_LARGE, 1L);
        assertConserved();
    }

    @Test
    void deadConnection_isLeftAfterTwoTimeouts() {
        try (GrpcReceiver grpc = new GrpcReceiver();
                ForwardingProxy proxy = new ForwardingProxy(grpc.port())) {
            use(OtlpExport.builder()
                    .endpoint(proxy.url())
                    .protocol(OtlpProtocol.GRPC)
                    .timeout(Duration.ofMillis(400))
                    .linger(Duration.ofMillis(20)));
            spans(10);
            assertThat(export.flush(LONG).block()).isTrue();
            proxy.freeze();

            spans(10);
            await().until(() -> export.status().of(Signal.TRACES).failedRequests() >= 1);
            proxy.thawNewConnections();

            await().atMost(LONG).until(() -> account(Signal.TRACES).delivered() == 20);
            assertThat(proxy.connections.get()).isGreaterThan(1);
            assertConserved();
        }
    }

    @Test
    void unknownName_waitsWithoutLoss() {
        use(withOwnTime("http://no-such-host.invalid:4318"));
        spans(5);
        assertWaitsWithoutLoss(5);
    }

    @ParameterizedTest
    @CsvSource({"HTTP_PROTOBUF, 4317, OTLP over gRPC", "GRPC, 4318, OTLP over HTTP"})
    void usualPortOfTheOtherProtocol_isToldWithTheFailure(OtlpProtocol protocol, int port, String usual) {
        // A receiver on this machine would listen on 127.0.0.1.
        use(withOwnTime("http://127.0.0.2:" + port).protocol(protocol));

        spans(1);

        moveUntil(() -> log.lines().stream()
                .anyMatch(line ->
                        line.contains(port + " is the usual port of " + usual) && line.endsWith(protocol.toString())));
    }

    @Test
    void oneOfTwoAddressesDead_theOtherGetsAll() {
        Receiver dead = new Receiver();
        dead.close();
        use(to(dead.url(), receiver.url()));

        for (int i = 0; i < 10; i++) {
            spans(100);
            assertThat(export.flush(LONG).block()).isTrue();
        }

        assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(names(1_000));
        assertConserved();
    }

    @Test
    void twoAddresses_shareTheWork() {
        try (Receiver second = new Receiver()) {
            use(to(receiver.url(), second.url()).runtime(runtime(Map.of("weir.otlp.batch.bytes", "4k"))));

            spans(5_000);

            assertThat(export.flush(LONG).block()).isTrue();
            assertThat(receiver.requests.size()).isPositive();
            assertThat(second.requests.size()).isPositive();
            assertThat(receiver.names("traces").size() + second.names("traces").size())
                    .isEqualTo(5_000);
        }
    }

    @Test
    void endlessBody_isNotReadToItsEnd() {
        receiver.answerNext((taken, response) ->
                response.sendByteArray(reactor.core.publisher.Flux.generate(sink -> sink.next(new byte[64 * 1024]))));
        use(to(receiver.url()));

        spans(5);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(account(Signal.TRACES).delivered()).isEqualTo(5);
        assertConserved();
    }

    @Test
    void gzipBomb_isNotInflated() {
        receiver.answerNext((taken, response) ->
                response.header("content-encoding", "gzip").sendByteArray(Mono.just(new byte[1024])));
        use(to(receiver.url()));

        spans(5);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(account(Signal.TRACES).delivered()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"garbage\r\n\r\n", "HTTP/1.1 999999 ???\r\n\r\n", "HTTP/1.1 200 OK\r\nx: %s\r\n\r\n"})
    void answerThatIsNotHttp_waitsWithoutLoss(String answer) {
        try (FaultServer server = FaultServer.answering(answer.formatted("y".repeat(100_000)))) {
            use(withOwnTime(server.url(), Duration.ofMillis(500), Map.of()));
            spans(5);
            assertWaitsWithoutLoss(5);
        }
    }

    @Test
    void htmlOfAProxyInsteadOfGrpc_waitsOrIsCounted() {
        receiver.answerAlways((taken, response) -> response.sendString(Mono.just("<html>hello</html>")));
        use(to(receiver.url()));

        spans(5);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(account(Signal.TRACES).queued()).isZero();
        assertConserved();
    }

    @Test
    void controlCharactersInAnAnswer_doNotReachPeople() {
        receiver.answerNext(Receiver.body(400, "bad\r\n\u001b[31mrequest".getBytes(StandardCharsets.UTF_8)));
        use(to(receiver.url()));

        spans(1);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(export.deadLetters().get(0).reason()).isEqualTo("HTTP 400: bad   [31mrequest");
    }

    @Test
    void proxyThatWantsCredentials_waitsWithoutLoss() {
        try (FaultServer proxy =
                FaultServer.answering("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")) {
            use(withOwnTime(receiver.url(), Duration.ZERO, Map.of("weir.otlp.proxy", proxy.url())));
            spans(5);
            assertWaitsWithoutLoss(5);
            assertThat(receiver.requests).isEmpty();
        }
    }

    @Test
    void proxyThatIsDown_waitsWithoutLoss() {
        FaultServer proxy = FaultServer.silent();
        proxy.close();
        use(withOwnTime(receiver.url(), Duration.ZERO, Map.of("weir.otlp.proxy", proxy.url())));
        spans(5);
        assertWaitsWithoutLoss(5);
    }

    @Test
    void refusedCredentials_areRenewedAndNothingIsLost() {
        AtomicInteger renewed = new AtomicInteger();
        receiver.answerAlways((taken, response) -> {
            if (!"new".equals(taken.headers().get("authorization"))) {
                return response.status(401).send();
            }
            receiver.accepted.add(taken);
            return response.status(200).send();
        });
        use(to(receiver.url()).headerSource(refused -> {
            renewed.addAndGet(refused ? 1 : 0);
            return Mono.just(Map.of("Authorization", renewed.get() > 0 ? "new" : "old"));
        }));

        spans(5);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).hasSize(5);
        assertThat(renewed.get()).isPositive();
        assertConserved();
    }

    @Test
    void refusedCredentials_withPolicyDrop_areCounted() {
        receiver.answerNext(Receiver.status(403));
        use(to(receiver.url()).runtime(runtime(Map.of("weir.otlp.auth.policy", "drop"))));

        spans(5);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(account(Signal.TRACES).dropped()).containsEntry(DropReason.REJECTED, 5L);
        assertConserved();
    }

    @Test
    void burst_isTakenInWhole() {
        use(to(receiver.url())
                .runtime(runtime(Map.of("weir.otlp.queue.records", "65536", "weir.otlp.queue.bytes", "64m"))));

        spans(50_000);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(account(Signal.TRACES).delivered()).isEqualTo(50_000);
        assertThat(receiver.names("traces")).hasSize(50_000).doesNotHaveDuplicates();
        assertConserved();
    }

    @Test
    void fullQueue_keepsRoomForErrors() {
        receiver.answerAlways((taken, response) -> Mono.never());
        use(to(receiver.url())
                .runtime(runtime(Map.of(
                        "weir.otlp.queue.records", "64",
                        "weir.otlp.memory.bytes", "64k",
                        "weir.otlp.batch.bytes", "64k"))));
        await().until(() -> {
            spans(200);
            return account(Signal.TRACES).dropped().containsKey(DropReason.SEVERITY_RESERVE)
                    && export.status().of(Signal.TRACES).queueRecords() == 56;
        });
        long before = account(Signal.TRACES).queued();

        for (int i = 0; i < 8; i++) {
            errorSpan("error");
        }

        assertThat(account(Signal.TRACES).queued()).isEqualTo(before + 8);
        assertConserved();
    }

    @Test
    void close_fromAnEventLoop_doesNotBlockIt() throws Exception {
        use(withLinger(Duration.ofSeconds(30)));
        spans(100);
        CountDownLatch returned = new CountDownLatch(1);
        LoopResources loops = LoopResources.create("test-loop", 1, true);

        loops.onClient(true).execute(() -> {
            export.close(Duration.ofSeconds(5));
            returned.countDown();
        });

        assertThat(returned.await(2, TimeUnit.SECONDS)).isTrue();
        assertThat(export.closed().block(LONG)).isEqualTo(new CloseReport(100, 0, 0));
        loops.dispose();
        assertConserved();
    }

    @Test
    void close_fromAParallelThread_doesNotBlockIt() {
        use(withLinger(Duration.ofSeconds(30)));
        spans(10);

        Mono.fromRunnable(() -> export.close(Duration.ofSeconds(5)))
                .subscribeOn(Schedulers.parallel())
                .block(LONG);

        assertThat(export.closed().block(LONG)).isEqualTo(new CloseReport(10, 0, 0));
    }

    @Test
    void close_afterTheLoopsAreGone_countsWhatIsLost() {
        LoopResources loops = LoopResources.create("test-loop", 1, true);
        use(to(receiver.url()).loopResources(loops));
        spans(10);
        assertThat(export.flush(LONG).block()).isTrue();
        loops.disposeLater(Duration.ZERO, Duration.ofSeconds(1)).block(LONG);
        spans(10);

        CloseReport report = export.close(Duration.ofSeconds(1));

        assertThat(report.delivered() + report.lost()).isEqualTo(10);
        assertConserved();
    }

    @Test
    void processor_afterShutdown_completesItsCallers() {
        use(to(receiver.url()));
        assertThat(export.spanProcessor().shutdown().join(10, TimeUnit.SECONDS).isSuccess())
                .isTrue();
        export.close(Duration.ofSeconds(1));

        assertThat(export.spanProcessor()
                        .forceFlush()
                        .join(10, TimeUnit.SECONDS)
                        .isDone())
                .isTrue();
        assertThat(export.spanProcessor().shutdown().join(10, TimeUnit.SECONDS).isDone())
                .isTrue();
        assertThat(export.flush(Duration.ofMillis(100)).block(LONG)).isNotNull();
    }

    @Test
    void headerSource_thatThrows_waitsWithoutLoss() {
        use(withOwnTime(receiver.url()).headerSource(refused -> {
            throw new IllegalStateException("no token");
        }));
        spans(5);
        assertWaitsWithoutLoss(5);
        assertThat(export.status().of(Signal.TRACES).lastFailure()).contains("no token");
    }

    @Test
    @SuppressWarnings("NullAway")
    void headerSource_thatGivesNull_waitsWithoutLoss() {
        use(withOwnTime(receiver.url()).headerSource(refused -> null));
        spans(5);
        assertWaitsWithoutLoss(5);
    }

    @Test
    void headerSource_withALineBreak_waitsWithoutLoss() {
        use(withOwnTime(receiver.url()).headerSource(refused -> Mono.just(Map.of("a", "b\r\nc: d"))));
        spans(5);
        assertWaitsWithoutLoss(5);
        assertThat(receiver.requests).isEmpty();
    }

    @Test
    void tap_thatThrows_isIgnored() {
        use(to(receiver.url()).tap((signal, records, body) -> {
            throw new IllegalStateException("tap");
        }));
        spans(5);
        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(account(Signal.TRACES).delivered()).isEqualTo(5);
    }

    @Test
    void tap_seesEachBatchOnceThoughItIsRepeated() {
        AtomicInteger records = new AtomicInteger();
        receiver.answerNext(Receiver.status(503));
        use(to(receiver.url()).tap((signal, count, body) -> {
            assertThat(body.isReadOnly()).isTrue();
            records.addAndGet(count);
        }));
        spans(5);
        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(records).hasValue(5);
    }

    static List<Throwable> ofTheApplication() {
        return List.of(new IllegalStateException("broken"), new NoClassDefFoundError("broken"));
    }

    @ParameterizedTest
    @MethodSource("ofTheApplication")
    void spanThatCannotBeRead_isCounted_theOthersArrive(Throwable thrown) {
        use(to(receiver.url()));
        SdkTracerProvider.builder()
                .addSpanProcessor(new BrokenSpans(export.spanProcessor(), thrown))
                .build()
                .get("t")
                .spanBuilder("broken")
                .startSpan()
                .end();
        spans(5);

        assertThat(export.flush(LONG).block()).isTrue();

        assertThat(receiver.names("traces")).hasSize(5);
        assertThat(account(Signal.TRACES).dropped()).containsEntry(DropReason.ENCODING_FAILED, 1L);
        assertConserved();
    }

    @Test
    void threads_areTwoAndTheLoops() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        use(to(receiver.url()));
        spans(1_000);
        assertThat(export.flush(LONG).block()).isTrue();

        await().untilAsserted(() -> assertThat(threadsOfItsOwn())
                .extracting(Thread::getName)
                .containsExactlyInAnyOrder("weir-worker", "weir-io"));
        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> !before.contains(thread))
                .extracting(Thread::getName)
                .noneMatch(name -> name.contains("OkHttp") || name.startsWith("BatchSpanProcessor"));
    }

    @Test
    void unsampledSpans_areNotTaken() {
        use(to(receiver.url()));
        SdkTracerProvider.builder()
                .setSampler(io.opentelemetry.sdk.trace.samplers.Sampler.alwaysOff())
                .addSpanProcessor(export.spanProcessor())
                .build()
                .get("t")
                .spanBuilder("no")
                .setParent(Context.root())
                .startSpan()
                .end();

        assertThat(account(Signal.TRACES).produced()).isZero();
    }

    private record BrokenSpans(io.opentelemetry.sdk.trace.SpanProcessor next, Throwable thrown)
            implements io.opentelemetry.sdk.trace.SpanProcessor {

        @Override
        public void onStart(Context parent, io.opentelemetry.sdk.trace.ReadWriteSpan span) {}

        @Override
        public boolean isStartRequired() {
            return false;
        }

        @Override
        public void onEnd(ReadableSpan span) {
            next.onEnd((ReadableSpan) java.lang.reflect.Proxy.newProxyInstance(
                    FaultTest.class.getClassLoader(),
                    new Class<?>[] {ReadableSpan.class},
                    (proxy, method, arguments) -> {
                        if (method.getName().equals("toSpanData")) {
                            throw thrown;
                        }
                        return method.invoke(span, arguments);
                    }));
        }

        @Override
        public boolean isEndRequired() {
            return true;
        }
    }
}
