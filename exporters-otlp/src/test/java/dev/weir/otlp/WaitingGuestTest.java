// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.Signal;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.MetricData;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;

/** Code of the application that the export calls, and that waits: a lock, a pool, a peer that does not answer. */
class WaitingGuestTest extends ExportTestBase {

    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch gate = new CountDownLatch(1);
    private SdkMeterProvider meters;

    /** Whose code a collection of metrics runs. */
    enum Collected {
        CALLBACK {
            @Override
            void register(SdkMeterProvider meters, Runnable code) {
                meters.get("test").gaugeBuilder("pool.size").buildWithCallback(to -> {
                    code.run();
                    to.record(7);
                });
            }
        },
        COUNTER {
            @Override
            void register(SdkMeterProvider meters, Runnable code) {
                meters.get("test").counterBuilder("pool.size").buildWithCallback(to -> {
                    code.run();
                    to.record(7);
                });
            }
        },
        BATCH {
            @Override
            void register(SdkMeterProvider meters, Runnable code) {
                var gauge = meters.get("test").gaugeBuilder("pool.size").buildObserver();
                meters.get("test")
                        .batchCallback(
                                () -> {
                                    code.run();
                                    gauge.record(7);
                                },
                                gauge);
            }
        };

        abstract void register(SdkMeterProvider meters, Runnable code);
    }

    @AfterEach
    void comeBack() {
        gate.countDown();
        if (meters != null) {
            meters.close();
        }
    }

    private void waits() {
        entered.countDown();
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void meters() {
        meters = SdkMeterProvider.builder()
                .registerMetricReader(export.metricReader())
                .build();
    }

    private void aLine() {
        SdkLoggerProvider.builder()
                .addLogRecordProcessor(export.logRecordProcessor())
                .build()
                .get("test")
                .logRecordBuilder()
                .setBody("a line")
                .emit();
    }

    private void awaitLine(String words) {
        await().atMost(LONG).untilAsserted(() -> assertThat(log.lines()).anyMatch(line -> line.contains(words)));
    }

    @ParameterizedTest
    @EnumSource(Collected.class)
    void collectionThatWaits_delaysMetricsOnly_andIsNamedOnce(Collected whose) throws InterruptedException {
        use(builder().metricInterval(Duration.ofMillis(50)));
        meters();
        whose.register(meters, this::waits);
        assertThat(entered.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();

        spans(5);
        aLine();

        await().atMost(LONG).until(() -> receiver.names("traces").size() == 5);
        await().atMost(LONG).until(() -> receiver.names("logs").contains("a line"));
        assertThat(receiver.names("metrics")).isEmpty();
        awaitLine("a callback of a metric has not come back for 1.0 s at " + WaitingGuestTest.class.getName());
        assertThat(export.flush(LONG).block()).isTrue();

        gate.countDown();
        await().atMost(LONG).until(() -> receiver.names("metrics").contains("pool.size"));
        awaitLine("a callback of a metric is back after");
        assertThat(log.lines())
                .filteredOn(line -> line.contains("has not come back"))
                .hasSize(1);
    }

    @Test
    void producerThatWaits_delaysMetricsOnly() throws InterruptedException {
        use(builder().metricInterval(Duration.ofMillis(50)));
        meters = SdkMeterProvider.builder()
                .registerMetricReader(export.metricReader())
                .registerMetricProducer(resource -> {
                    waits();
                    return List.<MetricData>of();
                })
                .build();
        meters.get("test").counterBuilder("taken").build().add(1);
        assertThat(entered.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();

        spans(5);

        await().atMost(LONG).until(() -> receiver.names("traces").size() == 5);
        gate.countDown();
        await().atMost(LONG).until(() -> receiver.names("metrics").contains("taken"));
    }

    @Test
    void callbackThatThrowsAnError_stopsNothing() {
        use(builder().metricInterval(Duration.ofMillis(50)));
        meters();
        AtomicInteger calls = new AtomicInteger();
        meters.get("test").gaugeBuilder("pool.size").buildWithCallback(to -> {
            if (calls.incrementAndGet() < 3) {
                throw new StackOverflowError("callback");
            }
            to.record(7);
        });

        await().atMost(LONG).until(() -> receiver.names("metrics").contains("pool.size"));
    }

    @Test
    void close_whileACallbackWaits_endsInTime_deliversTheRest_andSaysWhatIsGivenUp() throws InterruptedException {
        use(builder().metricInterval(Duration.ofHours(1)));
        meters();
        Collected.CALLBACK.register(meters, this::waits);
        spans(5);
        aLine();

        export.close(Duration.ofSeconds(2));

        assertThat(entered.await(0, TimeUnit.SECONDS)).isTrue();
        assertThat(receiver.names("traces")).hasSize(5);
        assertThat(receiver.names("logs")).containsExactly("a line");
        assertThat(log.lines()).anyMatch(line -> line.startsWith("the last metrics are lost"));
        assertThat(export.closed().block(Duration.ZERO.plusMillis(1)).lost()).isZero();
    }

    @Test
    void close_whenTheCollectionBeforeIsLateAlready_doesNotWaitForIt() throws InterruptedException {
        use(builder().metricInterval(Duration.ofMillis(50)));
        meters();
        Collected.CALLBACK.register(meters, this::waits);
        awaitLine("has not come back");
        spans(5);

        export.close(Duration.ofMinutes(5));

        assertThat(gate.getCount()).as("it waits still").isOne();
        assertThat(receiver.names("traces")).hasSize(5);
        assertThat(log.lines()).anyMatch(line -> line.startsWith("the last metrics are lost"));
    }

    @Test
    void close_waitsForACollectionThatIsOnlySlow() {
        use(builder().metricInterval(Duration.ofHours(1)));
        meters();
        Collected.CALLBACK.register(meters, () -> {
            try {
                gate.await(1500, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });

        export.close(LONG);

        assertThat(receiver.names("metrics")).contains("pool.size");
    }

    @Test
    void tapThatWaits_keepsNobodyWaiting_andSeesTheRestLater() throws InterruptedException {
        AtomicInteger seen = new AtomicInteger();
        AtomicInteger others = new AtomicInteger();
        use(builder()
                .tap((signal, records, body) -> {
                    waits();
                    seen.addAndGet(records);
                })
                .tap((signal, records, body) -> others.addAndGet(records)));
        spans(5);
        assertThat(entered.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        spans(5);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).hasSize(10);
        assertThat(others).hasValue(10);
        awaitLine("the signal tap " + WaitingGuestTest.class.getName());

        gate.countDown();
        await().atMost(LONG).until(() -> seen.get() == 10);
    }

    @Test
    void sourceOfHeadersThatWaits_delaysRequestsOnly() throws InterruptedException {
        AtomicBoolean once = new AtomicBoolean();
        use(builder().timeout(Duration.ofMinutes(1)).headerSource(refused -> {
            if (once.compareAndSet(false, true)) {
                waits();
            }
            return Mono.just(Map.of("authorization", "token"));
        }));
        spans(5);
        assertThat(entered.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();

        assertThat(export.flush(Duration.ofMillis(300)).block(LONG)).isFalse();
        awaitLine("the source of headers has not come back");
        assertThat(account(Signal.TRACES).queued()).isEqualTo(5);

        gate.countDown();
        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).hasSize(5);
    }

    @Test
    void sourceOfHeadersThatBlocksWhenItIsSubscribedTo_delaysRequestsOnly() throws InterruptedException {
        use(builder()
                .timeout(Duration.ofMinutes(1))
                .headerSource(refused -> Mono.fromCallable(() -> {
                    waits();
                    return Map.of("authorization", "token");
                })));
        spans(5);
        assertThat(entered.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();

        export.close(Duration.ofMillis(500));

        assertThat(account(Signal.TRACES).delivered()).isZero();
        assertThat(account(Signal.TRACES).droppedTotal()).isEqualTo(5);
    }
}
