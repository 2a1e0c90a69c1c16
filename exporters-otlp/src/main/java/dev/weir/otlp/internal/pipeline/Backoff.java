// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import java.time.Duration;
import java.util.SplittableRandom;

/** Pauses between attempts: exponential with decorrelated jitter, within {@link #MIN} and {@link #MAX}. Stateless. */
public final class Backoff {

    /** The shortest pause. */
    public static final Duration MIN = Duration.ofMillis(100);
    /** The longest pause. */
    public static final Duration MAX = Duration.ofSeconds(30);

    private Backoff() {}

    /** The pause after one of {@code lastNanos}, 0 for the first. */
    static long next(SplittableRandom random, long lastNanos) {
        long ceiling = Math.max(MIN.toNanos() + 1, Math.min(MAX.toNanos(), lastNanos * 3));
        return random.nextLong(MIN.toNanos(), ceiling);
    }
}
