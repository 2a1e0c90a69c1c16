// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class CurrentSpanTest {

    private static final SpanContext PARENT = SpanContext.create(
            "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", TraceFlags.getSampled(), TraceState.getDefault());

    @Test
    void get_insideAScope_hasTheIdsAsLongs() {
        try (Scope scope = Span.wrap(PARENT).makeCurrent()) {
            CurrentSpan current = CurrentSpan.get();

            assertThat(current.isValid()).isTrue();
            assertThat(HexIds.traceId(current.traceIdHigh(), current.traceIdLow()))
                    .isEqualTo(PARENT.getTraceId());
            assertThat(HexIds.spanId(current.spanId())).isEqualTo(PARENT.getSpanId());
            assertThat(current.flags()).isEqualTo(1);
            assertThat(current.isSampled()).isTrue();
        }
    }

    @Test
    void get_afterTheScope_isEmptyAgain() {
        try (Scope scope = Span.wrap(PARENT).makeCurrent()) {
            assertThat(CurrentSpan.get().isValid()).isTrue();
        }

        CurrentSpan current = CurrentSpan.get();
        assertThat(current.isValid()).isFalse();
        assertThat(current.traceIdHigh()).isZero();
        assertThat(current.traceIdLow()).isZero();
        assertThat(current.flags()).isZero();
    }

    @Test
    void get_onAnotherThread_doesNotSeeThisThreadsSpan() throws Exception {
        AtomicReference<Boolean> seen = new AtomicReference<>();
        try (Scope scope = Span.wrap(PARENT).makeCurrent()) {
            CurrentSpan.get();
            Thread other = new Thread(() -> seen.set(CurrentSpan.get().isValid()));
            other.start();
            other.join();
        }

        assertThat(seen).hasValue(false);
    }

    @Test
    void of_readsAContextThatIsNotCurrent() {
        Context context = Context.root().with(Span.wrap(PARENT));

        assertThat(HexIds.spanId(CurrentSpan.of(context).spanId())).isEqualTo(PARENT.getSpanId());
        assertThat(CurrentSpan.get().isValid()).isFalse();
    }

    @Test
    void get_allocatesNothing() {
        com.sun.management.ThreadMXBean memory = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().getId();
        Context with = Context.root().with(Span.wrap(PARENT));
        long sum = 0;
        long allocated = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long before = memory.getThreadAllocatedBytes(id);
            for (int i = 0; i < 10_000; i++) {
                sum += CurrentSpan.of((i & 1) == 0 ? with : Context.root()).spanId();
            }
            allocated = Math.min(allocated, memory.getThreadAllocatedBytes(id) - before);
        }

        assertThat(sum).isNotZero();
        assertThat(allocated).as("bytes for 10,000 reads that alternate").isLessThan(10_000);
    }
}
