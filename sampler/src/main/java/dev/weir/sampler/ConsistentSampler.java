// SPDX-License-Identifier: Apache-2.0
package dev.weir.sampler;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a fixed share of traces, consistently: every service that decides by the same trace id keeps nested sets, and
 * each kept span carries the threshold it passed ({@code tracestate: ot=th:…}), so that a receiver can weigh it
 * exactly.
 *
 * <p>{@link #parentBased} follows the parent where there is one and decides at roots; {@link #probability} decides anew
 * in each service and span.
 *
 * <p>Rules, as OpenTelemetry specifies them: a dropped span keeps no {@code th}; {@code rv}, unknown pairs and other
 * vendors' entries are passed on; a parent's {@code th} that contradicts its sampled flag is erased, the flag is
 * followed; a parent that is sampled without {@code th} stays so, since its probability is unknown.
 *
 * <p>Thread-safe. A decision takes no lock, never throws and allocates nothing, unless a trace state that came with the
 * parent must be rewritten.
 *
 * @since 0.1
 */
public final class ConsistentSampler implements Sampler {
    /*
     * The random value of a trace is the last 56 bits of its id, or rv where the trace state has one. It is kept when
     * that is not below the threshold. The common result is one of three prebuilt objects; the SDK asks the result for
     * the trace state; for a root without a trace state of other vendors it is prebuilt as well.
     */

    private static final int RANDOM_FLAG = 0x02;

    private final @Nullable Threshold threshold;
    private final long rejected;
    private final boolean followsParent;
    private final boolean addsRandomValue;
    private final SamplingResult kept;
    private final String description;

    ConsistentSampler(@Nullable Threshold threshold, boolean followsParent, boolean addsRandomValue) {
        this.threshold = threshold;
        this.rejected = threshold == null ? Threshold.VALUES : threshold.rejected();
        this.followsParent = followsParent;
        this.addsRandomValue = addsRandomValue;
        this.kept = threshold == null ? SamplingResults.DROPPED : SamplingResults.kept(threshold);
        this.description = "ConsistentSampler{" + (followsParent ? "parentBased, " : "") + "probability="
                + (threshold == null ? 0 : threshold.probability()) + ", th="
                + (threshold == null ? "none" : threshold.text()) + "}";
    }

    /**
     * Follows the parent; keeps this share of the traces that begin here.
     *
     * @param probability 0…1; kept to four significant hex digits, so 0.01 is 1 in 99.9977
     * @return a sampler that adds no random value
     * @throws IllegalArgumentException when out of range
     */
    public static ConsistentSampler parentBased(double probability) {
        return builder(probability).followParent(true).build();
    }

    /**
     * Keeps this share of all traces, whatever the parent decided.
     *
     * @param probability 0…1; kept to four significant hex digits
     * @return a sampler that adds no random value
     * @throws IllegalArgumentException when out of range
     */
    public static ConsistentSampler probability(double probability) {
        return builder(probability).followParent(false).build();
    }

    /**
     * Starts a builder.
     *
     * @param probability the share of traces to keep, 0…1
     * @return a builder that follows the parent, until it is set otherwise
     * @throws IllegalArgumentException when the probability is not within 0…1
     */
    public static ConsistentSamplerBuilder builder(double probability) {
        return new ConsistentSamplerBuilder(probability);
    }

    @Override
    public SamplingResult shouldSample(
            Context parentContext,
            String traceId,
            String name,
            SpanKind spanKind,
            Attributes attributes,
            List<LinkData> parentLinks) {
        Span parentSpan = Span.fromContext(parentContext);
        SpanContext parent = parentSpan.getSpanContext();
        boolean hasParent = parent.isValid();
        if (hasParent && followsParent) {
            return follow(parentSpan, parent, traceId);
        }
        TraceState state = parent.getTraceState();
        if (state.isEmpty() && !addsRandomValue) {
            return Randomness.isAtLeast(traceId, rejected) ? kept : SamplingResults.DROPPED;
        }
        String ot = state.get(OtelState.KEY);
        if (addsRandomValue && !hasParent && OtelState.randomValue(ot) == OtelState.NONE && !isRandom(parent)) {
            return SamplingResults.withRandomValue(threshold);
        }
        return Randomness.of(traceId, ot) >= rejected ? kept : SamplingResults.DROPPED;
    }

    /** The SDK marks a root's context so when its id generator promises random ids. */
    private static boolean isRandom(SpanContext root) {
        return (root.getTraceFlags().asByte() & RANDOM_FLAG) != 0;
    }

    private static SamplingResult follow(Span parentSpan, SpanContext parent, String traceId) {
        if (parent.isSampled()) {
            if (!parent.isRemote()) {
                // The first span of the trace in this process has corrected the trace state.
                return SamplingResults.FOLLOWED;
            }
            TraceState state = parent.getTraceState();
            String ot = state.isEmpty() ? null : state.get(OtelState.KEY);
            return ot == null || isConsistent(traceId, ot)
                    ? SamplingResults.FOLLOWED
                    : SamplingResults.FOLLOWED_WITHOUT_THRESHOLD;
        }
        // A local parent that records without being sampled can use its children too; a remote one never records.
        return parentSpan.isRecording() ? SamplingResults.RECORDED : SamplingResults.DROPPED;
    }

    private static boolean isConsistent(String traceId, String ot) {
        long threshold = OtelState.threshold(ot);
        return threshold == OtelState.NONE ? !OtelState.hasThreshold(ot) : Randomness.of(traceId, ot) >= threshold;
    }

    /** The probability after rounding, and its threshold. */
    @Override
    public String getDescription() {
        return description;
    }

    @Override
    public String toString() {
        return description;
    }
}
