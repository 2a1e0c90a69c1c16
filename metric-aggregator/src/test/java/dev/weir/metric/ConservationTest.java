// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.export.MetricProducer;
import io.opentelemetry.sdk.resources.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.scheduler.NonBlocking;

/**
 * Event loops and other threads record known values into the same series while intervals are closed as fast as they can
 * be and readers read: at the end every record is there once, in its slot.
 */
class ConservationTest {

    private static final int RECORDS = 200_000;

    /** What an event loop looks like to the metrics. */
    private static final class Loop extends Thread implements NonBlocking {
        Loop(Runnable task) {
            super(task);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 16})
    void everyRecord_isInExactlyOneInterval(int threads) throws Exception {
        LatencyMetricsBuilder builder =
                LatencyMetrics.builder().busyPerSecond(1).window(Duration.ofSeconds(5), 720);
        try (TestMetrics test = new TestMetrics(builder)) {
            BoundLatency series = test.metrics.histogram("x").build().bind();
            HdrLayout layout = test.metrics.recording().layout();
            AtomicLongArray expected = new AtomicLongArray(layout.slots());
            AtomicReference<Throwable> failure = new AtomicReference<>();
            CountDownLatch running = new CountDownLatch(threads);
            List<Thread> workers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int seed = i;
                Runnable task = () -> {
                    try {
                        SplittableRandom random = new SplittableRandom(seed);
                        for (int n = 0; n < RECORDS; n++) {
                            long value = random.nextLong(1_000_000_000L) >>> random.nextInt(20);
                            expected.incrementAndGet(layout.slotOf(value));
                            series.record(value, 1, n + 1, n + 1);
                        }
                    } catch (Throwable e) {
                        failure.set(e);
                    } finally {
                        running.countDown();
                    }
                };
                workers.add(i % 2 == 0 ? new Loop(task) : new Thread(task));
            }
            workers.forEach(Thread::start);
            MetricProducer producer = test.metrics.metricProducer();
            WindowSnapshot snapshot = series.snapshot();
            long seenByWindow = 0;
            long seenByReader = 0;
            int advances = 0;
            while (running.getCount() > 0) {
                // Not by the clock's open interval: the worker may be behind, and then skips some at once.
                if (advances++ < 700) {
                    test.ticker.advance(Duration.ofSeconds(5));
                }
                long now = series.snapshotInto(snapshot).count();
                assertThat(now).as("window").isGreaterThanOrEqualTo(seenByWindow);
                seenByWindow = now;
                var collected = producer.produce(Resource.getDefault());
                if (!collected.isEmpty()) {
                    ExponentialHistogramPointData point = (ExponentialHistogramPointData) collected
                            .iterator()
                            .next()
                            .getData()
                            .getPoints()
                            .iterator()
                            .next();
                    assertThat(point.getPositiveBuckets().getTotalCount() + point.getZeroCount())
                            .isEqualTo(point.getCount());
                    assertThat(point.getCount()).as("read-out").isGreaterThanOrEqualTo(seenByReader);
                    seenByReader = point.getCount();
                }
            }
            for (Thread worker : workers) {
                worker.join();
            }
            test.settle();

            assertThat(failure.get()).isNull();
            WindowSnapshot window = series.snapshot();
            WindowSnapshot total = new WindowSnapshot(layout);
            series.totalInto(total);
            for (int slot = 0; slot < layout.slots(); slot++) {
                assertThat(window.counts()[slot]).as("window, slot %d", slot).isEqualTo(expected.get(slot));
                assertThat(total.counts()[slot]).as("total, slot %d", slot).isEqualTo(expected.get(slot));
            }
            assertThat(window.count()).isEqualTo((long) threads * RECORDS);
            assertThat(total.count()).isEqualTo((long) threads * RECORDS);
            assertThat(window.sumNanos()).isEqualTo(total.sumNanos());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3})
    void theCellsOfADeadLoop_areTakenOverByTheNext(int generations) throws Exception {
        LatencyMetricsBuilder builder = LatencyMetrics.builder().busyPerSecond(1);
        try (TestMetrics test = new TestMetrics(builder)) {
            BoundLatency series = test.metrics.histogram("x").build().bind();
            for (int i = 0; i < 10; i++) {
                series.record(1_000_000);
            }
            test.advance(TestMetrics.INTERVAL);
            int loops = 2 * SeriesReading.OWNED_CELLS;
            for (int generation = 0; generation < generations; generation++) {
                List<Thread> alive = new ArrayList<>();
                for (int i = 0; i < loops; i++) {
                    Thread loop = new Loop(() -> series.record(1_000_000));
                    alive.add(loop);
                    loop.start();
                }
                for (Thread loop : alive) {
                    loop.join();
                }
                test.advance(TestMetrics.INTERVAL);
            }

            WindowSnapshot total = new WindowSnapshot(test.metrics.recording().layout());
            series.totalInto(total);
            assertThat(total.count()).isEqualTo(10 + (long) generations * loops);
        }
    }
}
