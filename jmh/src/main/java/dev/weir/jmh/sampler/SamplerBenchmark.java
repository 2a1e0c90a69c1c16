// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.sampler;

import dev.weir.core.internal.HexIds;
import dev.weir.sampler.ConsistentSampler;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.List;
import java.util.SplittableRandom;
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
 * One decision with what the SDK then asks of the result. {@code harness} is a sampler that always says the same.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SamplerBenchmark {

    private static final int IDS = 1 << 10;
    private static final String PARENT = HexIds.traceId(1, 0xffffffffffffffL);

    @Param({"harness", "weir", "traceIdRatio", "contrib"})
    String sampler;

    private Sampler oneInAHundred = Sampler.alwaysOff();
    private Sampler all = Sampler.alwaysOn();
    private final String[] ids = new String[IDS];
    private int next;
    private Context localChild = Context.root();
    private Context remoteChild = Context.root();

    @Setup
    public void open() {
        switch (sampler) {
            case "weir" -> {
                oneInAHundred = ConsistentSampler.parentBased(0.01);
                all = ConsistentSampler.parentBased(1);
            }
            case "traceIdRatio" -> {
                oneInAHundred = Sampler.parentBased(Sampler.traceIdRatioBased(0.01));
                all = Sampler.parentBased(Sampler.traceIdRatioBased(1));
            }
            case "contrib" -> {
                oneInAHundred = contrib(0.01);
                all = contrib(1);
            }
            default -> {}
        }
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < IDS; i++) {
            ids[i] = HexIds.traceId(random.nextLong() | 1, random.nextLong());
        }
        TraceState state = TraceState.builder().put("ot", "th:8").build();
        localChild = Context.root()
                .with(Span.wrap(SpanContext.create(PARENT, HexIds.spanId(1), TraceFlags.getSampled(), state)));
        remoteChild = Context.root()
                .with(Span.wrap(
                        SpanContext.createFromRemoteParent(PARENT, HexIds.spanId(1), TraceFlags.getSampled(), state)));
    }

    private static Sampler contrib(double probability) {
        return io.opentelemetry.contrib.sampler.consistent56.ConsistentSampler.parentBased(
                io.opentelemetry.contrib.sampler.consistent56.ConsistentSampler.probabilityBased(probability));
    }

    private TraceState decide(Sampler sampler, Context parent, String traceId) {
        return sampler.shouldSample(parent, traceId, "GET /", SpanKind.SERVER, Attributes.empty(), List.of())
                .getUpdatedTraceState(Span.fromContext(parent).getSpanContext().getTraceState());
    }

    /** A root at 1 %: 99 of 100 are dropped. */
    @Benchmark
    public TraceState rootDropped() {
        return decide(oneInAHundred, Context.root(), ids[next++ & (IDS - 1)]);
    }

    @Benchmark
    public TraceState rootKept() {
        return decide(all, Context.root(), ids[next++ & (IDS - 1)]);
    }

    @Benchmark
    public TraceState localChild() {
        return decide(oneInAHundred, localChild, PARENT);
    }

    @Benchmark
    public TraceState remoteChild() {
        return decide(oneInAHundred, remoteChild, PARENT);
    }
}
