// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.CloseReport;
import dev.weir.core.Duty;
import dev.weir.core.Registration;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.testing.ManualTicker;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How long the worker rests, and what ends its rest. */
class RestTest extends ExportTestBase {

    private static final long IDLE = 1;
    private static final Duration LINGER = Duration.ofSeconds(60);
    private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

    private final ManualTicker ticker = new ManualTicker();
    private TelemetryLoop worker;

    @BeforeEach
    void start() {
        TelemetryRuntime runtime = runtime(Map.of(), ticker);
        worker = runtime.threads().worker();
        use(builder(LINGER).runtime(runtime));
    }

    /** What the worker would rest if it rested now. */
    private Duration rest() {
        CompletableFuture<Long> rest = new CompletableFuture<>();
        worker.execute(() -> rest.complete(export.rounds().restNanos(IDLE)));
        return Duration.ofNanos(rest.join());
    }

    private void awaitRest(Duration expected) {
        await().atMost(LONG).until(this::rest, expected::equals);
    }

    @Test
    void withoutRecords_nothingIsDue() {
        awaitRest(FOR_EVER);
    }

    @Test
    void withMetrics_theNextCollectionIsDue_andNothingElse() {
        Duration interval = Duration.ofMinutes(1);
        try (SdkMeterProvider meters = SdkMeterProvider.builder()
                .registerMetricReader(export.metricReader())
                .build()) {
            awaitRest(interval);

            ticker.advance(Duration.ofSeconds(20));

            awaitRest(interval.minusSeconds(20));
        }
    }

    @Test
    void firstRecord_wakesTheWorker_andIsSentAfterItsLinger() {
        awaitRest(FOR_EVER);
        AtomicInteger rounds = new AtomicInteger();
        try (Registration counting = worker.addDuty(LINGER, counting(rounds))) {
            await().atMost(LONG).until(() -> rounds.get() > 0);
            awaitRest(FOR_EVER);
            int before = rounds.get();

            spans(1);

            await().atMost(Duration.ofSeconds(5)).until(() -> rounds.get() > before);
            awaitRest(LINGER);
            ticker.advance(LINGER.minusNanos(1));
            awaitRest(Duration.ofNanos(1));
            assertThat(account(Signal.TRACES).delivered()).isZero();
            ticker.advance(Duration.ofNanos(1));
            await().atMost(LONG).until(() -> account(Signal.TRACES).delivered() == 1);
        }
    }

    @Test
    void recordsOfOneLinger_costOneRest_howeverManyTheyAre() {
        awaitRest(FOR_EVER);
        spans(1);
        awaitRest(LINGER);
        AtomicInteger rounds = new AtomicInteger();
        try (Registration counting = worker.addDuty(LINGER, counting(rounds))) {
            awaitRest(LINGER);
            int before = rounds.get();

            spans(500);

            awaitRest(LINGER);
            assertThat(rounds.get() - before).isLessThan(50);
            ticker.advance(LINGER);
            await().atMost(LONG).until(() -> account(Signal.TRACES).delivered() == 501);
            assertThat(export.status().of(Signal.TRACES).requests()).isEqualTo(1);
        }
    }

    @Test
    void afterABatch_oneMoreLingerPasses_andThenNothingIsDue() {
        spans(1);
        awaitRest(LINGER);
        ticker.advance(LINGER);
        await().atMost(LONG).until(() -> account(Signal.TRACES).delivered() == 1);

        awaitRest(LINGER);
        ticker.advance(LINGER);

        awaitRest(FOR_EVER);
    }

    @Test
    void close_sendsWhatLingers() {
        spans(3);
        awaitRest(LINGER);

        CompletableFuture<CloseReport> closed = CompletableFuture.supplyAsync(() -> export.close(LONG));
        moveUntil(ticker, closed::isDone);

        assertThat(closed.join().delivered()).isEqualTo(3);
    }

    private static Duty counting(AtomicInteger rounds) {
        return new Duty() {
            @Override
            public int doWork() {
                rounds.incrementAndGet();
                return 0;
            }

            @Override
            public long restNanos(long idleNanos) {
                return idleNanos;
            }
        };
    }
}
