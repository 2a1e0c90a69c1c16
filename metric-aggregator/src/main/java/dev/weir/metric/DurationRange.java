// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import java.time.Duration;
import java.util.Objects;

/**
 * The durations that have slots of their own. Immutable.
 *
 * @param lowestNanos the smallest that is distinguished from 0, at least 1
 * @param highestNanos at least twice the lowest, at most 2 h
 */
record DurationRange(long lowestNanos, long highestNanos) {

    private static final Duration LIMIT = Duration.ofHours(2);

    /** @throws IllegalArgumentException naming the range and what is allowed */
    static DurationRange of(Duration lowest, Duration highest) {
        Objects.requireNonNull(lowest, "lowest");
        Objects.requireNonNull(highest, "highest");
        if (lowest.isNegative()
                || lowest.isZero()
                || highest.compareTo(LIMIT) > 0
                || highest.compareTo(lowest) < 0
                || highest.compareTo(lowest.multipliedBy(2)) < 0) {
            throw new IllegalArgumentException("range is \"" + lowest + "…" + highest
                    + "\", allowed: a lowest above 0, and a highest from twice the lowest to " + LIMIT);
        }
        return new DurationRange(lowest.toNanos(), highest.toNanos());
    }
}
