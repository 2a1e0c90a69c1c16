// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.CloseReport;
import dev.weir.core.LedgerSnapshot;
import dev.weir.core.Signal;
import dev.weir.core.testing.LedgerAssert;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.autoconfigure.spi.AutoConfigurationCustomizer;
import io.opentelemetry.sdk.autoconfigure.spi.AutoConfigurationCustomizerProvider;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** The last records of a program leave, or the report says where they are; whoever closes, and however often. */
@Timeout(120)
class CloseOnceTest {

    private static final Logger LOG = LoggerFactory.getLogger("shop");
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private OtlpServer receiver = new OtlpServer();
    private Weir weir;

    @AfterEach
    void end() {
        Thread.interrupted();
        if (weir != null) {
            weir.close();
        }
        receiver.close();
    }

    private WeirBuilder builder() {
        return Weir.builder()
                .serviceName("test")
                .set("weir.banner", "false")
                .set("weir.log.directory", directory.toString())
                .endpoint(receiver.url());
    }

    private void answerLate() {
        receiver.close();
        receiver = new OtlpServer(Duration.ofMillis(300));
    }

    private void record(String name) {
        weir.openTelemetry().getTracer("shop").spanBuilder(name).startSpan().end();
        LOG.info(name);
    }

    /** All that came in is in one of the three figures. */
    private void assertComplete(CloseReport report, long atLeast) {
        LedgerAssert.assertConserved(weir.ledger());
        long produced = 0;
        for (Signal signal : Signal.values()) {
            produced += weir.ledger().of(signal).snapshot().produced();
        }
        assertThat(report.delivered() + report.stored() + report.lost())
                .isEqualTo(produced)
                .isGreaterThanOrEqualTo(atLeast);
    }

    @Test
    void close_rightAfterTheOnlyLine_delivers() {
        for (int i = 0; i < 10; i++) {
            weir = builder().start();
            LOG.info("run {}", i);

            weir.close(LONG);
        }
        assertThat(receiver.lines)
                .containsAll(IntStream.range(0, 10).mapToObj(i -> "run " + i).toList());
    }

    @Test
    void close_onAnInterruptedThread_delivers() {
        answerLate();
        weir = builder().start();
        record("last");
        Thread.currentThread().interrupt();

        CloseReport report = weir.close(LONG);

        assertThat(Thread.currentThread().isInterrupted()).isTrue();
        assertThat(receiver.lines).contains("last");
        assertThat(receiver.spans).containsExactly("last");
        assertThat(report.stored()).isZero();
        assertThat(report.lost()).isZero();
        assertComplete(report, 2);
    }

    @Test
    void close_onAThreadThatIsInterruptedMeanwhile_delivers() throws Exception {
        answerLate();
        weir = builder().start();
        record("last");
        CompletableFuture<Boolean> flag = new CompletableFuture<>();
        Thread closer = new Thread(() -> {
            weir.close(LONG);
            flag.complete(Thread.currentThread().isInterrupted());
        });
        closer.start();
        while (!flag.isDone()) {
            closer.interrupt();
            TimeUnit.MILLISECONDS.sleep(20);
        }

        assertThat(flag).isCompletedWithValue(true);
        assertThat(receiver.lines).contains("last");
        assertThat(receiver.spans).containsExactly("last");
    }

    @Test
    void flush_onAnInterruptedThread_waits() {
        answerLate();
        weir = builder().start();
        record("flushed");
        Thread.currentThread().interrupt();

        assertThat(weir.flush(LONG)).isTrue();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(receiver.spans).contains("flushed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"weir.otlp.durability=memory", "weir.log.store=memory"})
    void close_withoutADiskForThem_saysThatSpansAreLost(String setting) {
        receiver.close();
        String[] parts = setting.split("=", 2);
        weir = builder().set(parts[0], parts[1]).start();
        record("lost");

        CloseReport report = weir.close(Duration.ofSeconds(2));

        LedgerSnapshot spans = weir.ledger().of(Signal.TRACES).snapshot();
        assertThat(spans.droppedTotal()).isEqualTo(1);
        long inFiles = parts[0].endsWith("store")
                ? 0
                : weir.ledger().of(Signal.LOGS).snapshot().queued();
        assertThat(report.stored()).isEqualTo(inFiles);
        assertComplete(report, 2);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void close_withoutTime_accountsForEverything(long seconds) {
        receiver.close();
        weir = builder().start();
        record("late");

        assertComplete(weir.close(Duration.ofSeconds(seconds)), 2);
    }

    @Test
    void close_withMoreTimeThanThereIs_ends() {
        weir = builder().start();
        record("in time");

        CloseReport report = weir.close(Duration.ofSeconds(Long.MAX_VALUE));

        assertComplete(report, 2);
        assertThat(receiver.spans).containsExactly("in time");
    }

    @Test
    void close_byManyAtOnce_givesAllTheSameReport() throws Exception {
        answerLate();
        weir = builder().start();
        record("last");

        List<CompletableFuture<CloseReport>> reports = IntStream.range(0, 4)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> weir.close(LONG)))
                .toList();

        CloseReport first = reports.get(0).get();
        for (CompletableFuture<CloseReport> report : reports) {
            assertThat(report.get()).isEqualTo(first);
        }
        assertThat(weir.close(LONG)).isEqualTo(first);
        assertComplete(first, 2);
        assertThat(receiver.lines).contains("last");
    }

    @Test
    void close_onAThreadThatMustNotWait_goesOnBehindIt() throws Exception {
        answerLate();
        weir = builder().start();
        record("last");

        CloseReport report = Mono.fromCallable(() -> weir.close(LONG))
                .subscribeOn(Schedulers.parallel())
                .block(LONG);

        assertThat(report).isEqualTo(CloseReport.NOTHING);
        await().atMost(LONG).until(() -> receiver.lines.contains("last") && receiver.spans.contains("last"));
        assertComplete(weir.close(LONG), 2);
    }

    @Test
    void close_inTheHandlerOfARequest_goesOnBehindIt() {
        weir = builder().start();
        DisposableServer server = weir.instrument(
                        HttpServer.create().host("127.0.0.1").port(0))
                .handle((request, response) -> {
                    weir.close(LONG);
                    return response.sendString(Mono.just("closing"));
                })
                .bindNow();
        try {
            String answer = HttpClient.create()
                    .get()
                    .uri("http://127.0.0.1:" + server.port())
                    .responseContent()
                    .aggregate()
                    .asString()
                    .block(LONG);

            assertThat(answer).isEqualTo("closing");
            await().atMost(LONG).until(() -> ownThreads().isEmpty());
        } finally {
            server.disposeNow();
        }
    }

    @Test
    void close_onAThreadOfItsOwn_endsIt() {
        AtomicReference<Weir> mine = new AtomicReference<>();
        CountDownLatch seen = new CountDownLatch(1);
        weir = builder()
                .tap((signal, records, body) -> {
                    mine.get().close(LONG);
                    seen.countDown();
                })
                .start();
        mine.set(weir);

        record("tapped");

        await().atMost(LONG).until(() -> seen.getCount() == 0);
        await().atMost(LONG)
                .until(() -> receiver.spans.contains("tapped") && ownThreads().isEmpty());
    }

    /** What somebody else put into the SDK. */
    public static final class Failing implements AutoConfigurationCustomizerProvider, SpanProcessor {

        static volatile boolean fails;

        @Override
        public void customize(AutoConfigurationCustomizer sdk) {
            if (fails) {
                sdk.addTracerProviderCustomizer((provider, config) -> provider.addSpanProcessor(this));
            }
        }

        @Override
        public void onStart(Context parent, ReadWriteSpan span) {}

        @Override
        public boolean isStartRequired() {
            return false;
        }

        @Override
        public void onEnd(ReadableSpan span) {}

        @Override
        public boolean isEndRequired() {
            return false;
        }

        @Override
        public CompletableResultCode shutdown() {
            throw new IllegalStateException("a processor of somebody else");
        }
    }

    @Test
    void close_whenAStepFails_doesTheOthers() {
        Failing.fails = true;
        try {
            weir = builder().start();
        } finally {
            Failing.fails = false;
        }
        record("last");

        CloseReport report = weir.close(LONG);

        assertThat(receiver.lines).contains("last");
        assertThat(receiver.spans).containsExactly("last");
        assertComplete(report, 2);
        assertThat(ownThreads()).isEmpty();
    }

    private static List<String> ownThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("weir-"))
                .collect(Collectors.toList());
    }
}
