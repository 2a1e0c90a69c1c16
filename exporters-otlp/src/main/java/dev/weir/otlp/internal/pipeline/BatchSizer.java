// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import java.time.Duration;

/**
 * Finds the size at which a batch is closed, from how fast records arrive and how the destination answers. Owned by the
 * worker. A size is the ring's estimate; bounds of a request are bytes of its body.
 *
 * <p>Once a second: as many bytes as arrive within the linger, so that a busy signal is sent in few large requests;
 * half as much again while the destination is saturated and records pile up; less while it is slow and lets only one or
 * two requests in flight. Never outside of the bounds. It stays below the longest request and the longest that the
 * receiver is known to accept, by the error of recent estimates: a body that is too long would be encoded for nothing
 * and cut.
 */
public final class BatchSizer {

    /** The largest target. */
    public static final int LARGEST = 4 << 20;

    private static final long TICK_NANOS = Duration.ofSeconds(1).toNanos();
    private static final double GROWTH = 1.5;
    private static final double RELIEF = 0.7;
    /** The target shrinks to no less than this share in a second. */
    private static final double DECAY = 0.8;

    /** A worse estimate than before counts at once, a better one with this share. */
    private static final double TRUST = 1.0 / 16;
    /** How much a body may differ from the one before it. */
    private static final double MARGIN = 1 + 1.0 / 64;

    private final int min;
    private final int max;
    private final int longest;
    private final double lingerSeconds;
    private final SizeLimit limit;
    private double target;
    /** Bytes of a body for one estimated byte; at least 1. */
    private double error = 1;

    private long takenBytes;
    private long tickNanos;

    /** @param longest bytes that a body may have */
    public BatchSizer(int min, int max, int longest, Duration linger, SizeLimit limit, long nowNanos) {
        this.min = min;
        this.max = Math.max(min, max);
        this.longest = longest;
        this.lingerSeconds = linger.toNanos() / 1e9;
        this.limit = limit;
        this.target = min;
        this.tickNanos = nowNanos;
    }

    public int bytes() {
        return (int) Math.min(target, Math.min(longest, limit.bytes()) / (error * MARGIN));
    }

    /** Records of an estimated size were made into a body of {@code bytes}. */
    public void taken(long estimated, int bytes) {
        takenBytes += bytes;
        double found = Math.max(1, (double) bytes / Math.max(1, estimated));
        error = Math.max(found, error + (found - error) * TRUST);
    }

    /**
     * Computes the target anew once a second.
     *
     * @param saturated whether records wait because the destination takes no more requests
     * @param slow whether the destination answers late although little is in flight
     */
    public void update(long nowNanos, boolean saturated, boolean slow) {
        long elapsed = nowNanos - tickNanos;
        if (elapsed < TICK_NANOS) {
            return;
        }
        double wanted = takenBytes / (elapsed / 1e9) * lingerSeconds;
        double next;
        if (slow) {
            next = target * RELIEF;
        } else if (saturated) {
            next = Math.max(wanted, target * GROWTH);
        } else {
            next = Math.max(wanted, target * DECAY);
        }
        target = Math.max(min, Math.min(max, next));
        takenBytes = 0;
        tickNanos = nowNanos;
    }
}
