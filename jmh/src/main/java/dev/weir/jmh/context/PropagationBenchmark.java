// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.context;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The shapes under each propagation, by the clock. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PropagationBenchmark {

    @Param({"none", "ambient", "weir", "auto", "auto-observation", "otel"})
    public String mode;

    private Shapes shapes;

    @Setup
    public void enter() throws Exception {
        shapes = new Shapes(Propagation.enter(mode));
    }

    @Benchmark
    public Object requestChain() {
        return shapes.requestChain();
    }

    @Benchmark
    public Object twoHops() {
        return shapes.twoHops();
    }

    @Benchmark
    public Object callbackSource() {
        return shapes.callbackSource();
    }

    @Benchmark
    @OperationsPerInvocation(Shapes.ELEMENTS)
    public Object nestedScopes() {
        return shapes.nestedScopes();
    }

    @Benchmark
    @OperationsPerInvocation(Shapes.ELEMENTS)
    public Object elementsCrossScope() {
        return shapes.elementsCrossScope();
    }

    @Benchmark
    @OperationsPerInvocation(Shapes.ELEMENTS)
    public Object tenOperators() {
        return shapes.tenOperators();
    }
}
