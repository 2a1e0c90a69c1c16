// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.context;

import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;

/** W3C headers, ours beside OpenTelemetry's. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class HeaderCodecBenchmark {

    @Param({"weir", "otel"})
    public String codec;

    private HeaderCodecs codecs;

    @Setup
    public void create() {
        codecs = new HeaderCodecs(codec.equals("weir"));
    }

    @Benchmark
    public Object extract() {
        return codecs.extract();
    }

    @Benchmark
    public Object extractWithState() {
        return codecs.extractWithState();
    }

    @Benchmark
    public Object extractRejected() {
        return codecs.extractRejected();
    }

    @Benchmark
    public Object inject() {
        return codecs.inject();
    }
}
