// SPDX-License-Identifier: Apache-2.0
package dev.weir.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a decision allocates, with the question for the trace state, counted by the JVM for the calling thread. */
class AllocationTest {

    private static final int CALLS = 20_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final String KEPT = "0123456789abcdef00ffffffffffffff";
    private static final String DROPPED = "0123456789abcdef0000000000000001";

    private static double bytesPerDecision(Context parent, String traceId) {
        ConsistentSampler sampler = ConsistentSampler.parentBased(0.01);
        TraceState parentState = Span.fromContext(parent).getSpanContext().getTraceState();
        long best = Long.MAX_VALUE;
        for (int round = 0; round < 8; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                sampler.shouldSample(parent, traceId, "n", SpanKind.SERVER, Attributes.empty(), List.of())
                        .getUpdatedTraceState(parentState);
            }
            best = Math.min(best, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return (double) best / CALLS;
    }

    private static Context remote(TraceFlags flags, TraceState state) {
        return Context.root()
                .with(Span.wrap(SpanContext.createFromRemoteParent(KEPT, "00f067aa0ba902b7", flags, state)));
    }

    @Test
    void decisions_allocateNothing() {
        TraceState state =
                TraceState.builder().put("ot", "th:8;rv:ffffffffffffff").build();

        assertThat(bytesPerDecision(Context.root(), DROPPED)).as("dropped root").isLessThan(0.01);
        assertThat(bytesPerDecision(Context.root(), KEPT)).as("kept root").isLessThan(0.01);
        assertThat(bytesPerDecision(remote(TraceFlags.getSampled(), state), KEPT))
                .as("sampled remote parent")
                .isLessThan(0.01);
        assertThat(bytesPerDecision(remote(TraceFlags.getDefault(), TraceState.getDefault()), KEPT))
                .as("unsampled remote parent")
                .isLessThan(0.01);
    }
}
