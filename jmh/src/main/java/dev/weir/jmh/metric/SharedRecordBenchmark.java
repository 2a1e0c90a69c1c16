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

/** Recording from threads that are not event loops, into the cell that they share. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SharedRecordBenchmark {

    @Benchmark
    public void weir(Sinks sinks, Latencies latencies) {
        sinks.weirBound.record(latencies.next());
    }

    @Benchmark
    public void hdrRecorder(Sinks sinks, Latencies latencies) {
        sinks.hdr.recordValue(latencies.next());
    }
}
