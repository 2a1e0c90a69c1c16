// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.metric;

import dev.weir.core.Settings;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.testing.ManualTicker;
import dev.weir.metric.BoundLatency;
import dev.weir.metric.LatencyMetrics;
import dev.weir.metric.WindowSnapshot;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Reading the 95th percentile of a window of N intervals, each with 1,000 records. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ReadBenchmark {

    @Param({"12", "60", "300"})
    int intervals;

    private TelemetryRuntime runtime;
    private LatencyMetrics metrics;
    private BoundLatency series;
    private WindowSnapshot target;
    private Histogram[] histograms;
    private final Histogram merged = new Histogram(1000, 60_000_000_000L, 2);

    @Setup
    public void fill() {
        ManualTicker ticker = new ManualTicker();
        runtime = TelemetryRuntime.create(Settings.load(), ticker);
        metrics = LatencyMetrics.builder()
                .runtime(runtime)
                .window(Duration.ofSeconds(1), intervals)
                .build();
        series = metrics.histogram("x").build().bind();
        histograms = new Histogram[intervals];
        Latencies latencies = new Latencies();
        for (int i = 0; i < intervals; i++) {
            histograms[i] = new Histogram(1000, 60_000_000_000L, 2);
            for (int n = 0; n < 1000; n++) {
                long value = latencies.next();
                series.record(value);
                histograms[i].recordValue(value);
            }
            ticker.advance(Duration.ofSeconds(1));
            while (series.windowCount() < 1000L * (i + 1)) {
                Thread.onSpinWait();
            }
        }
        target = series.snapshot();
        if (series.percentileNanos(95) != hdrMerge()) {
            throw new IllegalStateException("the percentiles differ");
        }
    }

    @TearDown
    public void close() {
        metrics.close();
        runtime.close();
    }

    /** Of the closed intervals. */
    @Benchmark
    public double weirPercentile() {
        return series.percentileNanos(95);
    }

    /** Up to this moment, as a copy. */
    @Benchmark
    public WindowSnapshot weirSnapshot() {
        return series.snapshotInto(target);
    }

    /** What a ring of histograms costs to read. */
    @Benchmark
    public double hdrMerge() {
        merged.reset();
        for (Histogram histogram : histograms) {
            merged.add(histogram);
        }
        return merged.getValueAtPercentile(95);
    }
}
