// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.disk;

import java.time.Duration;

/** How long to wait before something that failed is tried again: a second, then twice as long each time, at most 30. One thread. */
public final class RetryPause {

    private static final long FIRST_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long LONGEST_NANOS = Duration.ofSeconds(30).toNanos();

    private long pauseNanos;
    private long endNanos;

    /** It failed, again unless {@link #reset} was called since. */
    public void failed(long nowNanos) {
        pauseNanos = pauseNanos == 0 ? FIRST_NANOS : Math.min(LONGEST_NANOS, 2 * pauseNanos);
        endNanos = nowNanos + pauseNanos;
    }

    /** It works. */
    public void reset() {
        pauseNanos = 0;
    }

    public boolean isOver(long nowNanos) {
        return pauseNanos == 0 || nowNanos - endNanos >= 0;
    }
}
