// SPDX-License-Identifier: Apache-2.0
package dev.weir.sampler.autoconfigure;

import dev.weir.core.Setting;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.sampler.ConsistentSampler;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.traces.ConfigurableSamplerProvider;
import io.opentelemetry.sdk.trace.samplers.Sampler;

/**
 * {@code OTEL_TRACES_SAMPLER=weir}: keeps a share of all traces, {@code OTEL_TRACES_SAMPLER_ARG}, 1.0 by default.
 *
 * @since 0.1
 */
public final class ConsistentSamplerProvider implements ConfigurableSamplerProvider {

    /** The value of {@code otel.traces.sampler}. */
    public static final String NAME = "weir";

    private static final Setting<Double> ARGUMENT =
            Setting.decimal("otel.traces.sampler.arg", 1.0, 0, 1, "share of all traces that is kept");

    /** Made by {@link java.util.ServiceLoader}. */
    public ConsistentSamplerProvider() {}

    @Override
    public Sampler createSampler(ConfigProperties config) {
        return ConsistentSampler.probability(probability(config));
    }

    @Override
    public String getName() {
        return NAME;
    }

    /** By OpenTelemetry's rule, an argument without a meaning is logged and counts as unset. */
    static double probability(ConfigProperties config) {
        String text = config.getString(ARGUMENT.name());
        if (text == null || text.isBlank()) {
            return 1.0;
        }
        try {
            return ARGUMENT.parse(text);
        } catch (IllegalArgumentException e) {
            ThrottledLog.of("weir.settings", System::nanoTime).warn(e.getMessage() + "; it counts as unset");
            return 1.0;
        }
    }
}
