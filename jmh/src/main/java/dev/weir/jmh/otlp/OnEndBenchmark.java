// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.otlp;

import dev.weir.core.Signal;
import dev.weir.otlp.OtlpExport;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** What the end of a span costs its thread: bursts of 256 into a queue that has room. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class OnEndBenchmark {

    private static final int BURST = 256;

    /** Whose processor. */
    @Param({"weir", "sdk"})
    public String processor;

    private final ReadableSpan[] spans = SampleRecords.ended(BURST);
    private final AtomicLong taken = new AtomicLong();
    private SpanProcessor target;
    private BooleanSupplier roomy;
    private OtlpExport export;
    private DisposableServer server;

    /** Starts the processor and, for Weir, something that takes its batches. */
    @Setup
    public void start() {
        if (processor.equals("weir")) {
            server = HttpServer.create()
                    .host("127.0.0.1")
                    .port(0)
                    .handle((request, response) -> request.receive().then().then(response.send()))
                    .bindNow();
            export = OtlpExport.builder()
                    .endpoint("http://127.0.0.1:" + server.port())
                    .build();
            target = export.spanProcessor();
            roomy = () -> export.status().of(Signal.TRACES).queueRecords() < 16_000;
        } else {
            AtomicLong given = new AtomicLong();
            SpanProcessor batch =
                    BatchSpanProcessor.builder(new Swallowing(taken)).build();
            target = batch;
            roomy = () -> given.addAndGet(BURST) - taken.get() < 1_000_000;
        }
    }

    /** Stops it. */
    @TearDown
    public void stop() {
        target.shutdown().join(5, TimeUnit.SECONDS);
        if (export != null) {
            export.close();
            server.disposeNow();
        }
    }

    /** Waits, outside the measurement, until a burst fits. */
    @State(Scope.Thread)
    public static class Room {

        /** See the class. */
        @Setup(Level.Invocation)
        public void await(OnEndBenchmark benchmark) {
            LockSupport.parkNanos(300_000);
            while (!benchmark.roomy.getAsBoolean()) {
                LockSupport.parkNanos(100_000);
            }
        }
    }

    /** One thread. */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public void one(Room room) {
        burst();
    }

    /** Four threads. */
    @Benchmark
    @Threads(4)
    @OperationsPerInvocation(BURST)
    public void four(Room room) {
        burst();
    }

    private void burst() {
        for (ReadableSpan span : spans) {
            target.onEnd(span);
        }
    }

    private record Swallowing(AtomicLong taken) implements SpanExporter {

        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            taken.addAndGet(spans.size());
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }
}
