// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.weir.core.spi.Outcome;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What a warm path allocates, counted by the JVM for the calling thread. */
class AllocationTest {

    private static final int CALLS = 20_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final SplittableRandom random = new SplittableRandom(1);

    /** The smallest of some rounds: compilers and the test itself allocate now and then. */
    private static double bytesPerCall(Runnable call) {
        long best = Long.MAX_VALUE;
        for (int round = 0; round < 8; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                call.run();
            }
            best = Math.min(best, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return (double) best / CALLS;
    }

    private long latency() {
        return 1_000_000 + random.nextLong(100_000_000);
    }

    @Test
    void recording_allocatesNothing() {
        try (TestMetrics test = new TestMetrics()) {
            LatencyHistogram histogram =
                    test.metrics.histogram("x").labels("a", "b", "c").build();
            BoundLatency bound = histogram.bind("1", "2", "3");
            Outcome server = TestMetrics.server("/a", "GET", 200, 5_000_000);
            Outcome client = TestMetrics.client("pay", 443, 200, 5_000_000);
            Outcome traced = new TestMetrics.Exchange(
                    Outcome.Side.SERVER, "GET", "/a", null, 0, 200, null, 5_000_000, 1, 2, 3, true);

            assertThat(bytesPerCall(() -> bound.record(latency()))).as("bound").isLessThan(0.01);
            assertThat(bytesPerCall(() -> bound.record(latency(), 1, 2, 3)))
                    .as("with trace")
                    .isLessThan(0.01);
            assertThat(bytesPerCall(() -> histogram.record(latency(), "1", "2", "3")))
                    .as("looked up")
                    .isLessThan(0.01);
            assertThat(bytesPerCall(() -> test.metrics.outcomes().onOutcome(server)))
                    .as("server")
                    .isLessThan(0.01);
            assertThat(bytesPerCall(() -> test.metrics.outcomes().onOutcome(client)))
                    .as("client")
                    .isLessThan(0.01);
            assertThat(bytesPerCall(() -> test.metrics.outcomes().onOutcome(traced)))
                    .as("traced")
                    .isLessThan(0.01);
        }
    }

    @Test
    void recordingIntoTheOverflowSeries_allocatesNothing() {
        try (TestMetrics test = new TestMetrics(LatencyMetrics.builder().maxSeries(2))) {
            LatencyHistogram histogram = test.metrics.histogram("x").labels("a").build();
            histogram.record(1, "1");
            histogram.record(1, "2");

            assertThat(bytesPerCall(() -> histogram.record(latency(), "3"))).isLessThan(0.01);
        }
    }

    @Test
    void reading_intoATargetAllocatesNothing() {
        try (TestMetrics test = new TestMetrics()) {
            BoundLatency bound = test.metrics.histogram("x").build().bind();
            for (int i = 0; i < 1000; i++) {
                bound.record(latency());
                if (i % 100 == 0) {
                    test.advance(TestMetrics.INTERVAL);
                }
            }
            WindowSnapshot target = bound.snapshot();

            assertThat(bytesPerCall(() -> bound.percentileNanos(95)))
                    .as("percentile")
                    .isLessThan(0.01);
            assertThat(bytesPerCall(() -> bound.snapshotInto(target).p99Nanos()))
                    .as("snapshot")
                    .isLessThan(0.01);
        }
    }

    @Test
    void anIdleTick_allocatesNothingForEachSeries() {
        try (TestMetrics test = new TestMetrics()) {
            LatencyHistogram histogram = test.metrics.histogram("x").labels("a").build();
            for (int i = 0; i < 500; i++) {
                histogram.record(1, "" + i);
            }
            test.metrics.closeInterval();

            assertThat(bytesPerCall(test.metrics::closeInterval) / 500)
                    .as("for each series")
                    .isLessThan(10);
        }
    }
}
