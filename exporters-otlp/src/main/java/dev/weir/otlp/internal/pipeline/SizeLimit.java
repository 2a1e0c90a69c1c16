// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import dev.weir.core.Ticker;
import java.time.Duration;

/**
 * The longest body that a destination accepts, as far as it is known: learned when a body is refused for its size, and
 * raised by a tenth every {@link #PROBE} to find out whether the receiver accepts longer ones now. Owned by the worker;
 * {@link #known} may be read by any thread.
 */
public final class SizeLimit {

    static final Duration PROBE = Duration.ofMinutes(10);
    /** The limit is never lower than this. */
    static final int LEAST = 64 * 1024;
    /** A limit above this is none: no request is longer. */
    private static final long LONGEST = 64L << 20;

    private final Ticker ticker;
    private volatile int limit = Integer.MAX_VALUE;
    private int largestTaken;
    private long raisedNanos;

    SizeLimit(Ticker ticker) {
        this.ticker = ticker;
    }

    /** Bodies that are longer should be cut before they are sent. */
    int bytes() {
        int known = limit;
        if (known == Integer.MAX_VALUE) {
            return known;
        }
        long now = ticker.nanoTime();
        if (now - raisedNanos >= PROBE.toNanos()) {
            raisedNanos = now;
            long raised = known + known / 10L;
            known = raised > LONGEST ? Integer.MAX_VALUE : (int) raised;
            limit = known;
        }
        return known;
    }

    /** A body was refused because of its length. */
    void refused(int bytes) {
        int half = Math.max(LEAST, bytes / 2);
        int taken = largestTaken < bytes ? largestTaken : 0;
        limit = Math.min(limit, Math.max(half, taken));
        largestTaken = 0;
        raisedNanos = ticker.nanoTime();
    }

    /** A body was accepted. */
    void taken(int bytes) {
        largestTaken = Math.max(largestTaken, bytes);
    }

    /** What was learned; {@code Integer.MAX_VALUE} when nothing was. */
    public int known() {
        return limit;
    }
}
