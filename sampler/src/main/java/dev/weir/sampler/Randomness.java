// SPDX-License-Identifier: Apache-2.0
package dev.weir.sampler;

import dev.weir.core.internal.HexIds;
import org.jspecify.annotations.Nullable;

/** The 56 random bits of a trace, the same in every service. Stateless. */
final class Randomness {

    private static final int FIRST_DIGIT = 18;
    private static final int ID_LENGTH = 32;
    private static final int LEAD_SHIFT = 40;

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
        return traceId.length() < ID_LENGTH ? 0 : digits(traceId, FIRST_DIGIT, ID_LENGTH);
    }

    /**
     * Whether the random value of {@code traceId} is at least {@code rejected}. Four digits settle all but one of
     * 65,536 cases.
     */
    static boolean isAtLeast(String traceId, long rejected) {
        if (traceId.length() < ID_LENGTH) {
            return rejected <= 0;
        }
        long lead = digits(traceId, FIRST_DIGIT, FIRST_DIGIT + 4);
        long needed = rejected >>> LEAD_SHIFT;
        return lead == needed ? ofTraceId(traceId) >= rejected : lead > needed;
    }

    private static long digits(String text, int from, int to) {
        long value = 0;
        for (int i = from; i < to; i++) {
            value = value << 4 | Math.max(0, HexIds.digit(text.charAt(i)));
        }
        return value;
    }
}
