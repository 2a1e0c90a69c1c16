// SPDX-License-Identifier: Apache-2.0
package dev.weir.sampler;

import org.jspecify.annotations.Nullable;

/** The 56 random bits of a trace that every service sees alike. Stateless. */
final class Randomness {

    private static final int FIRST_DIGIT = 18;
    private static final int ID_LENGTH = 32;

    private Randomness() {}

    /** The explicit random value of {@code ot}, else the last 14 hex digits of the trace id. */
    static long of(String traceId, @Nullable String ot) {
        if (ot != null) {
            long explicit = OtelState.randomValue(ot);
            if (explicit != OtelState.NONE) {
                return explicit;
            }
        }
        return ofTraceId(traceId);
    }

    /** The last 14 hex digits; what is not a digit counts as 0. */
    static long ofTraceId(String traceId) {
        if (traceId.length() < ID_LENGTH) {
            return 0;
        }
        long value = 0;
        for (int i = FIRST_DIGIT; i < ID_LENGTH; i++) {
            value = value << 4 | Math.max(0, OtelState.digit(traceId.charAt(i)));
        }
        return value;
    }
}
