// SPDX-License-Identifier: Apache-2.0
package dev.weir.sampler;

import dev.weir.core.internal.HexIds;

/**
 * A rejection threshold of consistent probability sampling: of 2^56 equally likely random values those from
 * {@code rejected} on are kept. Immutable.
 *
 * @param rejected how many of the 2^56 values are rejected, 0…2^56−1
 * @param text the {@code th} value: {@code rejected} as 14 hex digits without trailing zeros, {@code 0} for none
 */
record Threshold(long rejected, String text) {
    /*
     * The threshold that is decided with is the one that is written: it is rounded first. Otherwise the weight that a
     * receiver computes from th would not be the inverse of the probability that was applied, and every count would be
     * biased.
     *
     * Precision: this number of hex digits after the leading f's, as in OpenTelemetry's SDKs. See "TraceState:
     * Probability Sampling" in the OpenTelemetry specification.
     */

    /** Significant hex digits after the leading f's. */
    static final int DEFAULT_PRECISION = 4;

    static final int DIGITS = 14;
    static final long VALUES = 1L << 56;

    /** The smallest probability that has a threshold, 2^-56. */
    static final double MIN_PROBABILITY = 0x1p-56;

    /**
     * The threshold nearest to {@code probability}.
     *
     * @param probability above 0 (at least 2^-56) to 1
     */
    static Threshold ofProbability(double probability) {
        return ofProbability(probability, DEFAULT_PRECISION);
    }

    static Threshold ofProbability(double probability, int precision) {
        if (!(probability >= MIN_PROBABILITY && probability <= 1)) {
            throw new IllegalArgumentException("probability is \"" + probability + "\", allowed: 2^-56…1");
        }
        long rejected = VALUES - Math.round(probability * VALUES);
        int leading = Long.numberOfLeadingZeros(~rejected & (VALUES - 1)) - 8 >>> 2;
        int digits = Math.min(DIGITS, leading + precision);
        int droppedBits = 4 * (DIGITS - digits);
        if (droppedBits > 0) {
            long unit = 1L << droppedBits;
            rejected = (rejected + unit / 2) & -unit;
        }
        return ofRejected(Math.min(rejected, VALUES - 1));
    }

    private static Threshold ofRejected(long rejected) {
        String digits = hex(rejected);
        int length = DIGITS;
        while (length > 1 && digits.charAt(length - 1) == '0') {
            length--;
        }
        return new Threshold(rejected, digits.substring(0, length));
    }

    /** All 14 digits of a 56-bit value. */
    static String hex(long value) {
        return HexIds.spanId(value).substring(16 - DIGITS);
    }

    /** The share of traces that are kept. */
    double probability() {
        return (double) (VALUES - rejected) / VALUES;
    }

    boolean keeps(long random) {
        return random >= rejected;
    }
}
