// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The moment until which a close or a flush waits. An interrupt does not end such a wait, because what has not left the process
 * by then is lost: the thread has its flag again afterwards. Immutable; waits are for threads that may block.
 */
public final class Deadline {

    /** Too far to be waited for, near enough for sums of nanoseconds. */
    private static final Duration FARTHEST = Duration.ofDays(365);

    private final long endNanos;

    private Deadline(long endNanos) {
        this.endNanos = endNanos;
    }

    /** Something to wait for. */
    @FunctionalInterface
    public interface Wait {

        /** @return whether it has come within {@code nanos} */
        boolean atMost(long nanos) throws InterruptedException;
    }

    /** After {@code time} from now; a negative one is over already, one of years is a year. */
    public static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + bounded(time).toNanos());
    }

    /** {@code time}, neither negative nor longer than a year. */
    public static Duration bounded(Duration time) {
        if (time.isNegative()) {
            return Duration.ZERO;
        }
        return time.compareTo(FARTHEST) > 0 ? FARTHEST : time;
    }

    /** The time that is left, never negative. */
    public Duration left() {
        return Duration.ofNanos(Math.max(0, endNanos - System.nanoTime()));
    }

    /** Whether no time is left. */
    public boolean isOver() {
        return System.nanoTime() - endNanos >= 0;
    }

    /** @return whether it came in time */
    public boolean await(Wait what) {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return what.atMost(left().toNanos());
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** @return whether it was counted down in time */
    public boolean await(CountDownLatch latch) {
        return await(nanos -> latch.await(nanos, TimeUnit.NANOSECONDS));
    }

    /** @return whether it is done in time, with a result or without */
    public boolean await(Future<?> future) {
        return await(nanos -> {
            try {
                future.get(nanos, TimeUnit.NANOSECONDS);
                return true;
            } catch (ExecutionException e) {
                return true;
            } catch (TimeoutException e) {
                return false;
            }
        });
    }
}
