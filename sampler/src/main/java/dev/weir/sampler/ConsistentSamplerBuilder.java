// SPDX-License-Identifier: Apache-2.0
package dev.weir.sampler;

/** Configures a {@link ConsistentSampler}. Not thread-safe. */
public final class ConsistentSamplerBuilder {

    private final double probability;
    private boolean followParent = true;
    private boolean addRandomValue;

    ConsistentSamplerBuilder(double probability) {
        if (!(probability >= 0 && probability <= 1)) {
            throw new IllegalArgumentException("probability must be within 0…1, was " + probability);
        }
        this.probability = probability;
    }

    /** Whether spans that have a parent follow it; they do by default. */
    public ConsistentSamplerBuilder followParent(boolean followParent) {
        this.followParent = followParent;
        return this;
    }

    /**
     * Whether roots get an explicit random value ({@code ot=rv:…}) when their id is not marked as random: for id generators
     * that put time or other structure into the last 14 digits. Off by default, since ids are random as a rule; costs some
     * allocation for each root.
     */
    public ConsistentSamplerBuilder addRandomValue(boolean addRandomValue) {
        this.addRandomValue = addRandomValue;
        return this;
    }

    /** A sampler with this configuration. */
    public ConsistentSampler build() {
        Threshold threshold = probability < Threshold.MIN_PROBABILITY ? null : Threshold.ofProbability(probability);
        return new ConsistentSampler(threshold, followParent, addRandomValue);
    }
}
