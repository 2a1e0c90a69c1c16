// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.log;

import dev.weir.log.internal.wire.RecordEncoder;
import dev.weir.log.internal.wire.RecordLimits;
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

/**
 * The start of a log record: {@code known} is a severity whose fields the encoder keeps, {@code other} the same severity with an
 * equal text that is another object, whose fields are encoded each time.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RecordStartBenchmark {

    @Param({"known", "other"})
    String severity;

    private final RecordEncoder encoder = new RecordEncoder(RecordLimits.DEFAULT);
    private String text = "ERROR";

    @Setup
    public void setUp() {
        encoder.start(1, 1, 17, text);
        if (severity.equals("other")) {
            text = new StringBuilder(text).toString();
        }
    }

    @Benchmark
    public RecordEncoder start() {
        encoder.start(1_700_000_000_000_000_000L, 1_700_000_000_000_000_001L, 17, text);
        return encoder;
    }
}
