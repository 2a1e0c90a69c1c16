// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import java.util.List;
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
import reactor.core.publisher.Flux;

/**
 * Elements of a source that asks for conditional subscribers, through a guard, to operators of six classes: three are conditional
 * and three are not. Figures per subscription of all six with {@code elements} elements each.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class GuardBenchmark {

    private static final ContextKey<String> KEY = ContextKey.named("trace");

    @Param({"2", "1000"})
    int elements;

    private List<Flux<?>> pipelines = List.of();

    @Setup
    public void setUp() {
        Flux<Integer> source =
                Guards.scope(Flux.range(0, elements), Context.root().with(KEY, "a"));
        pipelines = List.of(
                source.map(i -> i),
                source.scan((a, b) -> b),
                source.index(),
                source.filter(i -> i >= 0),
                source.distinctUntilChanged(),
                source.skip(1));
    }

    @Benchmark
    public void subscribe() {
        for (Flux<?> pipeline : pipelines) {
            pipeline.subscribe();
        }
    }
}
