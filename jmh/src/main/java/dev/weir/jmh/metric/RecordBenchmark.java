// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.metric;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/** Recording one latency into a series whose labels are bound, on event loops. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Djmh.executor=CUSTOM", "-Djmh.executor.class=dev.weir.jmh.metric.Loops"})
public class RecordBenchmark {

    @Benchmark
    public long generator(Latencies latencies) {
        return latencies.next();
    }

    @Benchmark
    public void weir(Sinks sinks, Latencies latencies) {
        sinks.weirBound.record(latencies.next());
    }

    @Benchmark
    public void weirTraced(Sinks sinks, Latencies latencies) {
        long value = latencies.next();
        sinks.weirBound.record(value, 1, value, value);
    }

    @Benchmark
    public void hdrRecorder(Sinks sinks, Latencies latencies) {
        sinks.hdr.recordValue(latencies.next());
    }

    /** Valid with one thread only. */
    @Benchmark
    public void hdrSingleWriterRecorder(Sinks sinks, Latencies latencies) {
        sinks.hdrSingleWriter.recordValue(latencies.next());
    }

    @Benchmark
    public void otelExplicit(Sinks sinks, Latencies latencies) {
        sinks.otelExplicit.record(latencies.next() / 1e9, sinks.otelLabels);
    }

    @Benchmark
    public void otelExponential(Sinks sinks, Latencies latencies) {
        sinks.otelExponential.record(latencies.next() / 1e9, sinks.otelLabels);
    }

    @Benchmark
    public void micrometerTimer(Sinks sinks, Latencies latencies) {
        sinks.timer.record(latencies.next(), TimeUnit.NANOSECONDS);
    }

    @Benchmark
    public void micrometerTimerWithPercentiles(Sinks sinks, Latencies latencies) {
        sinks.timerWithPercentiles.record(latencies.next(), TimeUnit.NANOSECONDS);
    }

    @Benchmark
    public void prometheusClassic(Sinks sinks, Latencies latencies) {
        sinks.prometheusClassic.observe(latencies.next() / 1e9);
    }

    @Benchmark
    public void prometheusNative(Sinks sinks, Latencies latencies) {
        sinks.prometheusNative.observe(latencies.next() / 1e9);
    }
}
