// SPDX-License-Identifier: Apache-2.0
package dev.weir.sampler;

import dev.weir.core.Setting;
import dev.weir.core.spi.Choices;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Configures a {@link ConsistentSampler}. A second call of a method is refused with an {@link IllegalStateException}.
 * Not thread-safe.
 *
 * @since 0.1
 */
public final class ConsistentSamplerBuilder {

    /** Not a setting of the process: it only checks what the program sets. */
    private static final Setting<Double> PROBABILITY =
            Setting.decimal("probability", 1, 0, 1, "share of all traces that is kept");

    private final double probability;
    private @Nullable Boolean followParent;
    private @Nullable Boolean addRandomValue;

    ConsistentSamplerBuilder(double probability) {
        this.probability = PROBABILITY.check(probability);
    }

    /**
     * Whether spans that have a parent follow it. Default: true.
     *
     * @param followParent false to decide anew in each service and span
     * @return this
     * @throws IllegalStateException when it was set before
     */
    public ConsistentSamplerBuilder followParent(boolean followParent) {
        this.followParent = Choices.once("followParent", this.followParent, followParent);
        return this;
    }

    /**
     * Whether roots get an explicit random value ({@code ot=rv:…}) when their id is not marked as random: for id
     * generators that put time or other structure into the last 14 digits. It costs an allocation for each root.
     * Default: false, because ids are usually random.
     *
     * @param addRandomValue true when the last 14 digits of the ids are not random
     * @return this
     * @throws IllegalStateException when it was set before
     */
    public ConsistentSamplerBuilder addRandomValue(boolean addRandomValue) {
        this.addRandomValue = Choices.once("addRandomValue", this.addRandomValue, addRandomValue);
        return this;
    }

    /** {@return a new sampler with this configuration} */
    public ConsistentSampler build() {
        Threshold threshold = probability < Threshold.MIN_PROBABILITY ? null : Threshold.ofProbability(probability);
        return new ConsistentSampler(
                threshold,
                Objects.requireNonNullElse(followParent, true),
                Objects.requireNonNullElse(addRandomValue, false));
    }
}
