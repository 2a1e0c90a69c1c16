// SPDX-License-Identifier: Apache-2.0
package dev.weir.sampler;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** The results that samplers hand out, prebuilt where they can be. Immutable. */
final class SamplingResults {

    /** Not kept: what is left of the trace state has no threshold. */
    static final SamplingResult DROPPED = new WithoutThreshold(SamplingDecision.DROP);

    /** Recorded for local use, not sampled. */
    static final SamplingResult RECORDED = new WithoutThreshold(SamplingDecision.RECORD_ONLY);

    /** Kept because the parent is; its threshold was wrong. */
    static final SamplingResult FOLLOWED_WITHOUT_THRESHOLD = new WithoutThreshold(SamplingDecision.RECORD_AND_SAMPLE);

    /** Kept because the parent is, with the parent's trace state as it is. */
    static final SamplingResult FOLLOWED = SamplingResult.recordAndSample();

    private SamplingResults() {}

    /** Kept by this threshold. */
    static SamplingResult kept(Threshold threshold) {
        return new Kept(threshold);
    }

    /** Decides with a new random value, which the trace then carries. */
    static SamplingResult withRandomValue(@Nullable Threshold threshold) {
        long random = ThreadLocalRandom.current().nextLong(Threshold.VALUES);
        return new WithRandomValue(threshold != null && threshold.keeps(random) ? threshold : null, random);
    }

    private record WithoutThreshold(SamplingDecision getDecision) implements SamplingResult {

        @Override
        public Attributes getAttributes() {
            return Attributes.empty();
        }

        @Override
        public TraceState getUpdatedTraceState(TraceState parent) {
            return parent.isEmpty() ? parent : OtelState.withThreshold(parent, null);
        }
    }

    private static final class Kept implements SamplingResult {

        private final Threshold threshold;
        private final TraceState alone;

        Kept(Threshold threshold) {
            this.threshold = threshold;
            this.alone = OtelState.withThreshold(TraceState.getDefault(), threshold.text());
        }

        @Override
        public SamplingDecision getDecision() {
            return SamplingDecision.RECORD_AND_SAMPLE;
        }

        @Override
        public Attributes getAttributes() {
            return Attributes.empty();
        }

        @Override
        public TraceState getUpdatedTraceState(TraceState parent) {
            return parent.isEmpty() ? alone : OtelState.withThreshold(parent, threshold.text());
        }
    }

    private record WithRandomValue(@Nullable Threshold threshold, long random) implements SamplingResult {

        @Override
        public SamplingDecision getDecision() {
            return threshold == null ? SamplingDecision.DROP : SamplingDecision.RECORD_AND_SAMPLE;
        }

        @Override
        public Attributes getAttributes() {
            return Attributes.empty();
        }

        @Override
        public TraceState getUpdatedTraceState(TraceState parent) {
            return OtelState.with(parent, threshold == null ? null : threshold.text(), Threshold.hex(random));
        }
    }
}
