// SPDX-License-Identifier: Apache-2.0
package dev.weir.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.TraceStateBuilder;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConsistentSamplerTest {

    private static final String PREFIX = "0123456789abcdef00";
    private static final String LARGE = PREFIX + "ffffffffffffff";
    private static final String MIDDLE = PREFIX + "80000000000000";
    private static final String SMALL = PREFIX + "00000000000001";
    private static final String SPAN_ID = "00f067aa0ba902b7";

    @ParameterizedTest
    @CsvSource({
        "1, 00000000000000, true",
        "0.5, 80000000000000, true",
        "0.5, 7fffffffffffff, false",
        "0.01, fd70a000000000, true",
        "0.01, fd709fffffffff, false",
        "0, ffffffffffffff, false",
        "0x1p-57, ffffffffffffff, false"
    })
    void root_isKeptFromTheThresholdOn(String probability, String random, boolean kept) {
        Sampler sampler = ConsistentSampler.parentBased(Double.parseDouble(probability));

        SamplingResult result = decide(sampler, Context.root(), PREFIX + random);

        assertThat(result.getDecision()).isEqualTo(kept ? SamplingDecision.RECORD_AND_SAMPLE : SamplingDecision.DROP);
    }

    @Test
    void keptRoot_carriesItsThreshold() {
        SamplingResult result = decide(ConsistentSampler.parentBased(0.01), Context.root(), LARGE);

        assertThat(result.getUpdatedTraceState(TraceState.getDefault()).asMap())
                .containsExactly(java.util.Map.entry("ot", "th:fd70a"));
        assertThat(result.getAttributes()).isEqualTo(Attributes.empty());
    }

    @Test
    void certainRoot_carriesThresholdZero() {
        SamplingResult result = decide(ConsistentSampler.parentBased(1), Context.root(), SMALL);

        assertThat(result.getUpdatedTraceState(TraceState.getDefault()).get("ot"))
                .isEqualTo("th:0");
    }

    @Test
    void droppedRoot_carriesNothing() {
        SamplingResult result = decide(ConsistentSampler.parentBased(0.01), Context.root(), SMALL);

        assertThat(result.getUpdatedTraceState(TraceState.getDefault())).isSameAs(TraceState.getDefault());
    }

    @Test
    void sampledRemoteParent_isFollowedAndItsStateKept() {
        TraceState state = state("ot", "th:8;rv:c0000000000000;p:1", "rojo", "00f067aa0ba902b7");

        SamplingResult result = decide(ConsistentSampler.parentBased(0), remote(SMALL, true, state), SMALL);

        assertThat(result.getDecision()).isEqualTo(SamplingDecision.RECORD_AND_SAMPLE);
        assertThat(result.getUpdatedTraceState(state)).isSameAs(state);
    }

    @Test
    void sampledRemoteParentWithoutThreshold_getsNone() {
        TraceState state = state("rojo", "1");

        SamplingResult result = decide(ConsistentSampler.parentBased(1), remote(SMALL, true, state), SMALL);

        assertThat(result.getDecision()).isEqualTo(SamplingDecision.RECORD_AND_SAMPLE);
        assertThat(result.getUpdatedTraceState(state)).isSameAs(state);
    }

    @ParameterizedTest
    @ValueSource(strings = {"th:c", "x:1;th:c", "th:zz", "th:", "th:123456789012345"})
    void sampledRemoteParentWithAThresholdThatContradicts_losesItAndIsFollowed(String ot) {
        TraceState state = state("a", "1", "ot", ot, "b", "2");

        SamplingResult result = decide(ConsistentSampler.parentBased(0), remote(MIDDLE, true, state), MIDDLE);

        assertThat(result.getDecision()).isEqualTo(SamplingDecision.RECORD_AND_SAMPLE);
        TraceState updated = result.getUpdatedTraceState(state);
        assertThat(updated.get("ot")).isEqualTo(ot.startsWith("x") ? "x:1" : null);
        assertThat(updated.get("a")).isEqualTo("1");
        assertThat(updated.get("b")).isEqualTo("2");
    }

    @Test
    void explicitRandomValue_decidesInsteadOfTheTraceId() {
        TraceState state = state("ot", "rv:00000000000001;th:8");

        SamplingResult result = decide(ConsistentSampler.parentBased(0), remote(LARGE, true, state), LARGE);

        assertThat(result.getUpdatedTraceState(state).get("ot")).isEqualTo("rv:00000000000001");
    }

    @ParameterizedTest
    @CsvSource({"th:c, ", "th:c;rv:12345678901234, rv:12345678901234", "a:b;th:0;c:d, a:b;c:d", "thx:1, thx:1"})
    void unsampledRemoteParent_isDroppedWithoutThreshold(String ot, String left) {
        TraceState state = state("ot", ot, "rojo", "1");

        SamplingResult result = decide(ConsistentSampler.parentBased(1), remote(LARGE, false, state), LARGE);

        assertThat(result.getDecision()).isEqualTo(SamplingDecision.DROP);
        TraceState updated = result.getUpdatedTraceState(state);
        assertThat(updated.get("ot")).isEqualTo(left);
        assertThat(updated.get("rojo")).isEqualTo("1");
        assertThat(updated.size()).isEqualTo(left == null ? 1 : 2);
    }

    @Test
    void dropping_keepsAFullStateOfOtherVendors() {
        TraceStateBuilder builder = TraceState.builder();
        for (int i = 31; i > 0; i--) {
            builder.put("v" + i, "x" + i);
        }
        TraceState state = builder.put("ot", "th:c;rv:00000000000001;k:v").build();
        assertThat(state.size()).isEqualTo(32);

        SamplingResult result = decide(ConsistentSampler.parentBased(1), remote(SMALL, false, state), SMALL);

        TraceState updated = result.getUpdatedTraceState(state);
        assertThat(updated.size()).isEqualTo(32);
        assertThat(updated.get("ot")).isEqualTo("rv:00000000000001;k:v");
        for (int i = 1; i < 32; i++) {
            assertThat(updated.get("v" + i)).isEqualTo("x" + i);
        }
    }

    @Test
    void probability_replacesTheThresholdOfTheParent() {
        TraceState state = state("rojo", "1", "ot", "th:c;rv:90000000000000;k:v");
        Sampler sampler = ConsistentSampler.probability(0.5);

        SamplingResult result = decide(sampler, remote(SMALL, false, state), SMALL);

        assertThat(result.getDecision()).isEqualTo(SamplingDecision.RECORD_AND_SAMPLE);
        TraceState updated = result.getUpdatedTraceState(state);
        assertThat(updated.get("ot")).isEqualTo("th:8;rv:90000000000000;k:v");
        assertThat(updated.asMap().keySet()).containsExactly("ot", "rojo");
    }

    @Test
    void keeping_whenTheStateIsFullOfOtherVendors_givesUpTheRightmost() {
        TraceStateBuilder builder = TraceState.builder();
        for (int i = 32; i > 0; i--) {
            builder.put("v" + i, "x" + i);
        }
        TraceState state = builder.build();
        assertThat(state.asMap().keySet()).last().isEqualTo("v32");

        SamplingResult result = decide(ConsistentSampler.probability(0.5), remote(LARGE, true, state), LARGE);

        TraceState updated = result.getUpdatedTraceState(state);
        assertThat(updated.get("ot")).isEqualTo("th:8");
        assertThat(updated.size()).isEqualTo(32);
        assertThat(updated.get("v32")).isNull();
        assertThat(updated.get("v31")).isEqualTo("x31");
    }

    @Test
    void probability_dropsUnderASampledParentBelowItsThreshold() {
        TraceState state = state("ot", "th:0");

        SamplingResult result = decide(ConsistentSampler.probability(0.5), remote(SMALL, true, state), SMALL);

        assertThat(result.getDecision()).isEqualTo(SamplingDecision.DROP);
        assertThat(result.getUpdatedTraceState(state).isEmpty()).isTrue();
    }

    @Test
    void localParent_isFollowed() {
        Sampler sampler = ConsistentSampler.parentBased(0);
        TraceState state = state("ot", "th:0");
        Context kept =
                Context.root().with(Span.wrap(SpanContext.create(SMALL, SPAN_ID, TraceFlags.getSampled(), state)));
        Context dropped = Context.root()
                .with(Span.wrap(SpanContext.create(SMALL, SPAN_ID, TraceFlags.getDefault(), TraceState.getDefault())));

        assertThat(decide(sampler, kept, SMALL).getDecision()).isEqualTo(SamplingDecision.RECORD_AND_SAMPLE);
        assertThat(decide(sampler, kept, SMALL).getUpdatedTraceState(state)).isSameAs(state);
        assertThat(decide(ConsistentSampler.parentBased(1), dropped, LARGE).getDecision())
                .isEqualTo(SamplingDecision.DROP);
    }

    @Test
    void keptSets_areNested() {
        SplittableRandom random = new SplittableRandom(9);
        double[] probabilities = {1, 0.9, 0.5, 0.3, 0.1, 0.03, 0.01, 0.001};
        Sampler[] samplers = new Sampler[probabilities.length];
        for (int i = 0; i < samplers.length; i++) {
            samplers[i] = ConsistentSampler.parentBased(probabilities[i]);
        }
        for (int n = 0; n < 20_000; n++) {
            String traceId = PREFIX + Threshold.hex(random.nextLong(Threshold.VALUES));
            boolean before = true;
            for (Sampler sampler : samplers) {
                boolean kept =
                        decide(sampler, Context.root(), traceId).getDecision() == SamplingDecision.RECORD_AND_SAMPLE;
                assertThat(kept && !before)
                        .as("kept at a smaller, not at a larger probability")
                        .isFalse();
                before = kept;
            }
        }
    }

    @Test
    void keptCount_weighedByTheThreshold_estimatesAll() {
        SplittableRandom random = new SplittableRandom(10);
        int traces = 400_000;
        double probability = 0.02;
        Sampler sampler = ConsistentSampler.parentBased(probability);
        int kept = 0;
        for (int n = 0; n < traces; n++) {
            String traceId = PREFIX + Threshold.hex(random.nextLong(Threshold.VALUES));
            if (decide(sampler, Context.root(), traceId).getDecision() == SamplingDecision.RECORD_AND_SAMPLE) {
                kept++;
            }
        }
        double p = Threshold.ofProbability(probability).probability();
        // Six standard deviations: one run in a billion would miss by chance.
        assertThat((double) kept)
                .isBetween(
                        traces * p - 6 * Math.sqrt(traces * p * (1 - p)),
                        traces * p + 6 * Math.sqrt(traces * p * (1 - p)));
    }

    @Test
    void addRandomValue_givesRootsWithoutTheRandomFlagAValueThatDecides() {
        Sampler sampler = ConsistentSampler.builder(0.5).addRandomValue(true).build();
        int kept = 0;
        for (int i = 0; i < 200; i++) {
            SamplingResult result = decide(sampler, Context.root(), SMALL);
            String ot = result.getUpdatedTraceState(TraceState.getDefault()).get("ot");
            long random = OtelState.randomValue(ot);
            boolean isKept = result.getDecision() == SamplingDecision.RECORD_AND_SAMPLE;
            assertThat(random).isNotEqualTo(OtelState.NONE);
            assertThat(isKept).isEqualTo(random >= 1L << 55);
            assertThat(OtelState.hasThreshold(ot)).isEqualTo(isKept);
            kept += isKept ? 1 : 0;
        }
        assertThat(kept).isBetween(40, 160);
    }

    @Test
    void addRandomValue_trustsTheRandomFlag() {
        Sampler sampler = ConsistentSampler.builder(0.5).addRandomValue(true).build();
        Context root = Context.root()
                .with(Span.wrap(SpanContext.create("", "", TraceFlags.fromByte((byte) 2), TraceState.getDefault())));

        SamplingResult result = decide(sampler, root, LARGE);

        assertThat(result.getUpdatedTraceState(TraceState.getDefault()).get("ot"))
                .isEqualTo("th:8");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
    void probabilityOutOfRange_isRefused(double probability) {
        assertThatThrownBy(() -> ConsistentSampler.parentBased(probability))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("probability is \"" + probability + "\", allowed: 0.0…1.0");
    }

    @Test
    void aSecondCallOfTheBuilder_isRefusedWithTheName() {
        ConsistentSamplerBuilder builder =
                ConsistentSampler.builder(0.5).followParent(true).addRandomValue(true);

        assertThatThrownBy(() -> builder.followParent(true))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("followParent is set twice, allowed: once");
        assertThatThrownBy(() -> builder.addRandomValue(false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("addRandomValue is set twice, allowed: once");
    }

    private static SamplingResult decide(Sampler sampler, Context parent, String traceId) {
        return sampler.shouldSample(parent, traceId, "name", SpanKind.SERVER, Attributes.empty(), List.of());
    }

    private static Context remote(String traceId, boolean sampled, TraceState state) {
        return Context.root()
                .with(Span.wrap(SpanContext.createFromRemoteParent(
                        traceId, SPAN_ID, sampled ? TraceFlags.getSampled() : TraceFlags.getDefault(), state)));
    }

    private static TraceState state(String... pairs) {
        TraceStateBuilder builder = TraceState.builder();
        for (int i = pairs.length - 2; i >= 0; i -= 2) {
            builder.put(pairs[i], pairs[i + 1]);
        }
        return builder.build();
    }
}
