// SPDX-License-Identifier: Apache-2.0
package dev.weir.sampler.autoconfigure;

import dev.weir.sampler.ConsistentSampler;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.opentelemetry.sdk.autoconfigure.spi.traces.ConfigurableSamplerProvider;
import io.opentelemetry.sdk.trace.samplers.Sampler;

/** {@code OTEL_TRACES_SAMPLER=weir}: keeps a share of all traces, {@code OTEL_TRACES_SAMPLER_ARG}, 1.0 by default. */
public final class ConsistentSamplerProvider implements ConfigurableSamplerProvider {

    /** The value of {@code otel.traces.sampler}. */
    public static final String NAME = "weir";

    private static final String ARGUMENT = "otel.traces.sampler.arg";

    /** For the service loader. */
    public ConsistentSamplerProvider() {}

    @Override
    public Sampler createSampler(ConfigProperties config) {
        return ConsistentSampler.probability(probability(config));
    }

    @Override
    public String getName() {
        return NAME;
    }

    static double probability(ConfigProperties config) {
        double probability = config.getDouble(ARGUMENT, 1.0);
        if (!(probability >= 0 && probability <= 1)) {
            throw new ConfigurationException(ARGUMENT + " is \"" + probability + "\", allowed: 0…1");
        }
        return probability;
    }
}
