// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.log;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A log call of 256 bytes with a current span, as fast as one thread can. This is more than a disk takes: queues fill, and then
 * each sink does what it does (drops, blocks); read the allocation here and the latency in {@link PacedLatency}.
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
            "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED"
        })
public class LogCallBenchmark {

    @Param({
        "none",
        "weir-file",
        "weir-chronicle",
        "weir-logback",
        "log4j2-async",
        "logback-async",
        "otel-blrp",
        "chronicle-direct"
    })
    String sink;

    private final String message = LogSinks.message();
    private LogSink open = LogSinks.open("none", Path.of("."));
    private Path directory = Path.of(".");

    @Setup
    public void open() throws IOException {
        directory = Files.createTempDirectory("weir-log-bench");
        open = LogSinks.open(sink, directory);
    }

    @TearDown
    public void close() throws IOException {
        open.close();
        PacedLatency.delete(directory);
    }

    /** The thread's span is made current once. */
    @State(org.openjdk.jmh.annotations.Scope.Thread)
    public static class Current {
        private Scope scope = Scope.noop();

        @Setup
        public void makeCurrent() {
            scope = Span.wrap(SpanContext.create(
                            "0af7651916cd43dd8448eb211c80319c",
                            "b7ad6b7169203331",
                            TraceFlags.getSampled(),
                            TraceState.getDefault()))
                    .makeCurrent();
        }

        @TearDown
        public void end() {
            scope.close();
        }
    }

    @Benchmark
    public void call(Current current) {
        open.log(message);
    }
}
