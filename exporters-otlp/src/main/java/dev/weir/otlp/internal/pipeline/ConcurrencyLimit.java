// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

/**
 * How many requests may be in flight, found from how the receiver answers. Owned by one thread.
 *
 * <p>The additive-increase control of Vector's adaptive request concurrency: once per mean round trip the limit grows
 * by one if it was reached, nothing pushed back and the last round trip was no slower than the mean; it shrinks by a
 * tenth when something pushed back or the round trip left the usual range, by half on an explicit throttle. Round trips
 * are compared per size of the request, so that a large batch is not mistaken for a slow receiver.
 *
 * <p>See vector/src/sinks/util/adaptive_concurrency/controller.rs (vectordotdev/vector).
 */
final class ConcurrencyLimit {

    private static final double ALPHA = 0.4;
    private static final double DEVIATIONS = 2.5;
    private static final double BACKOFF = 0.9;
    private static final int START = 2;

    private final int max;
    private double limit;
    private double meanNanos;
    private double variance;
    private long windowEndNanos;
    private boolean windowOpen;
    private boolean reached;
    private boolean pushedBack;
    private double worstNanos;

    ConcurrencyLimit(int max) {
        this.max = max;
        this.limit = Math.min(START, max);
    }

    int current() {
        return (int) limit;
    }

    /** The usual round trip of a small request. */
    double meanNanos() {
        return meanNanos;
    }

    /** A request starts while {@code inFlight}, itself included, are under way. */
    void started(int inFlight) {
        if (inFlight >= current()) {
            reached = true;
        }
    }

    /** A request succeeded. */
    void succeeded(long roundTripNanos, int bytes, long nowNanos) {
        double normal = roundTripNanos / (1.0 + bytes / 1_048_576.0);
        if (meanNanos == 0) {
            meanNanos = normal;
        }
        worstNanos = worstNanos == 0 ? normal : worstNanos + ALPHA * (normal - worstNanos);
        closeWindow(nowNanos);
        double off = normal - meanNanos;
        meanNanos += ALPHA * off;
        variance = (1 - ALPHA) * (variance + ALPHA * off * off);
    }

    /** A request met a retryable refusal or no answer. */
    void pushedBack(long nowNanos) {
        pushedBack = true;
        closeWindow(nowNanos);
    }

    /** The receiver asked for a pause. */
    void throttled() {
        limit = Math.max(1, limit / 2);
        pushedBack = false;
        windowOpen = false;
    }

    /** The receiver was not reachable: starts anew. */
    void reset() {
        limit = 1;
        meanNanos = 0;
        variance = 0;
        windowOpen = false;
        pushedBack = false;
    }

    private void closeWindow(long nowNanos) {
        if (windowOpen && nowNanos - windowEndNanos < 0) {
            return;
        }
        if (windowOpen) {
            double tolerated = meanNanos + DEVIATIONS * Math.sqrt(variance) + meanNanos * 0.25;
            if (pushedBack || worstNanos > tolerated) {
                limit = Math.max(1, limit * BACKOFF);
            } else if (reached) {
                limit = Math.min(max, limit + 1);
            }
        }
        windowOpen = true;
        windowEndNanos = nowNanos + Math.max(100_000, (long) meanNanos);
        reached = false;
        pushedBack = false;
        worstNanos = 0;
    }
}
