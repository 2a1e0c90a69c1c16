// SPDX-License-Identifier: Apache-2.0
package dev.weir.sampler.autoconfigure;

import dev.weir.sampler.ConsistentSampler;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.traces.ConfigurableSamplerProvider;
import io.opentelemetry.sdk.trace.samplers.Sampler;

/**
 * {@code OTEL_TRACES_SAMPLER=parentbased_weir}: follows the parent and keeps a share of the traces that begin here,
 * {@code OTEL_TRACES_SAMPLER_ARG}, 1.0 by default.
 *
 * @since 0.1
 */
public final class ParentBasedConsistentSamplerProvider implements ConfigurableSamplerProvider {

    /** The value of {@code otel.traces.sampler}. */
    public static final String NAME = "parentbased_weir";

    /** Made by {@link java.util.ServiceLoader}. */
    public ParentBasedConsistentSamplerProvider() {}

    @Override
    public Sampler createSampler(ConfigProperties config) {
        return ConsistentSampler.parentBased(ConsistentSamplerProvider.probability(config));
    }

    @Override
    public String getName() {
        return NAME;
    }
}
