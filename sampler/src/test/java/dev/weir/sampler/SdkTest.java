// SPDX-License-Identifier: Apache-2.0
package dev.weir.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.IdGenerator;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import org.junit.jupiter.api.Test;

/** The sampler in OpenTelemetry's SDK: what spans and their children carry. */
class SdkTest {

    /** Ids as X-Ray makes them: time in front, the last 14 digits random. */
    private static final class TimeFirst implements IdGenerator {
        @Override
        public String generateSpanId() {
            return IdGenerator.random().generateSpanId();
        }

        @Override
        public String generateTraceId() {
            return "65f0c0de" + IdGenerator.random().generateTraceId().substring(8);
        }
    }

    /** Without a processor the SDK makes no spans. */
    private static final class Ignore implements SpanProcessor {
        @Override
        public void onStart(Context parentContext, ReadWriteSpan span) {}

        @Override
        public boolean isStartRequired() {
            return true;
        }

        @Override
        public void onEnd(ReadableSpan span) {}

        @Override
        public boolean isEndRequired() {
            return true;
        }
    }

    @Test
    void rootAndChild_carryTheSameThreshold() {
        try (SdkTracerProvider provider = provider(ConsistentSampler.parentBased(1))) {
            Tracer tracer = provider.get("test");
            Span root = tracer.spanBuilder("root").startSpan();
            Span child = tracer.spanBuilder("child")
                    .setParent(Context.root().with(root))
                    .startSpan();

            assertThat(root.getSpanContext().getTraceState().get("ot")).isEqualTo("th:0");
            assertThat(child.getSpanContext().getTraceState().get("ot")).isEqualTo("th:0");
            assertThat(child.getSpanContext().isSampled()).isTrue();
        }
    }

    @Test
    void aDroppedTrace_propagatesNoThreshold() {
        try (SdkTracerProvider provider = provider(ConsistentSampler.parentBased(0.5))) {
            TraceState state = TraceState.builder()
                    .put("rojo", "1")
                    .put("ot", "th:4;rv:00000000000000")
                    .build();
            Context remote = Context.root()
                    .with(Span.wrap(SpanContext.createFromRemoteParent(
                            "0123456789abcdef0123456789abcdef", "00f067aa0ba902b7", TraceFlags.getDefault(), state)));

            Span span =
                    provider.get("test").spanBuilder("server").setParent(remote).startSpan();

            assertThat(span.getSpanContext().isSampled()).isFalse();
            assertThat(span.getSpanContext().getTraceState().get("ot")).isEqualTo("rv:00000000000000");
            assertThat(span.getSpanContext().getTraceState().get("rojo")).isEqualTo("1");
        }
    }

    @Test
    void idsWithTimeInFront_areDecidedByTheirRandomEnd() {
        try (SdkTracerProvider provider = provider(ConsistentSampler.parentBased(0.5), new TimeFirst())) {
            int kept = 0;
            for (int i = 0; i < 1000; i++) {
                Span root = provider.get("test").spanBuilder("root").startSpan();
                boolean large = root.getSpanContext().getTraceId().charAt(18) >= '8';
                assertThat(root.getSpanContext().isSampled()).isEqualTo(large);
                kept += large ? 1 : 0;
            }
            assertThat(kept).isBetween(350, 650);
        }
    }

    @Test
    void explicitRandomValues_areInheritedUnchanged() {
        try (SdkTracerProvider provider =
                provider(ConsistentSampler.builder(1).addRandomValue(true).build(), new TimeFirst())) {
            Tracer tracer = provider.get("test");
            Span root = tracer.spanBuilder("root").startSpan();
            Span child = tracer.spanBuilder("child")
                    .setParent(Context.root().with(root))
                    .startSpan();

            String ot = root.getSpanContext().getTraceState().get("ot");
            assertThat(ot).matches("th:0;rv:[0-9a-f]{14}");
            assertThat(child.getSpanContext().getTraceState().get("ot")).isEqualTo(ot);
        }
    }

    private static SdkTracerProvider provider(ConsistentSampler sampler) {
        return provider(sampler, IdGenerator.random());
    }

    private static SdkTracerProvider provider(ConsistentSampler sampler, IdGenerator ids) {
        return SdkTracerProvider.builder()
                .setSampler(sampler)
                .setIdGenerator(ids)
                .addSpanProcessor(new Ignore())
                .build();
    }
}
