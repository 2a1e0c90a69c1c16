// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.pipe;

import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.log.internal.store.Journal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * When the store is forced to the medium, and the callers that wait for it. The disk's thread only.
 *
 * <p>The ring is not drained while the thread waits for the disk, and a bad disk takes seconds. So a commit begins with
 * an empty ring (its caller sees to that), and the commits take at most a fifth of the thread's time (half of it when a
 * caller waits), as far as {@link #LONGEST_REST} allows.
 */
public final class GroupCommit {

    private static final int REST = 4;
    private static final Duration LONGEST_REST = Duration.ofSeconds(5);

    private final Ticker ticker;
    private final ThrottledLog log;
    private final long intervalNanos;
    private final Runnable spools;
    private final Deque<Waiter> waiters = new ArrayDeque<>();
    private long lastEndNanos;
    private long lastTookNanos;
    /** What is behind {@link #lostFrom} and not behind {@link #lostUntil} may be in no store. */
    private long lostFrom;

    private long lostUntil;
    private boolean ended;

    /**
     * @param intervalNanos 0 never forces anything
     * @param spools forces what else there is
     */
    public GroupCommit(Ticker ticker, long intervalNanos, Runnable spools) {
        this.ticker = ticker;
        this.log = ThrottledLog.of("weir.log", ticker::nanoTime);
        this.intervalNanos = intervalNanos;
        this.spools = spools;
        this.lastEndNanos = ticker.nanoTime();
    }

    /**
     * Calls {@code done} with true once everything before {@code position} of the ring is stored, and on the medium if
     * that is wanted; with false when the disk reported a failure, when the record may be lost, or when the pipe ends
     * before.
     */
    public void await(long position, Answer done) {
        if (ended) {
            done.accept(false);
        } else {
            waiters.add(new Waiter(position, done));
        }
    }

    public boolean isAwaited() {
        return !waiters.isEmpty();
    }

    public boolean isDue(long now) {
        if (intervalNanos == 0) {
            return isAwaited();
        }
        long rest = Math.min(LONGEST_REST.toNanos(), lastTookNanos * (isAwaited() ? 1 : REST));
        return now - lastEndNanos >= (isAwaited() ? rest : Math.max(intervalNanos, rest));
    }

    /** @param stored up to where the ring's records are in the store */
    public void run(Journal to, long stored) {
        boolean safe = true;
        if (intervalNanos > 0) {
            long begin = ticker.nanoTime();
            safe = to.force();
            if (!safe) {
                log.warn("fsync failed: " + to.problem() + "; a power loss can take more than one interval");
            }
            spools.run();
            lastEndNanos = ticker.nanoTime();
            lastTookNanos = lastEndNanos - begin;
        }
        boolean forced = safe;
        waiters.removeIf(waiter -> waiter.answer(stored, forced && !isLost(waiter.position)));
    }

    /** Records that end behind {@code from}, and not behind {@code until}, may be lost. Each call is for later ones. */
    public void lost(long from, long until) {
        if (lostUntil == 0) {
            lostFrom = from;
        }
        lostUntil = until;
    }

    /** What lies between two losses counts as lost, too: it was answered long before the second. */
    private boolean isLost(long position) {
        return position - lostFrom > 0 && position - lostUntil <= 0;
    }

    /** Nothing more will be stored. */
    public void end() {
        ended = true;
        waiters.forEach(waiter -> waiter.done.accept(false));
        waiters.clear();
    }

    /** Takes the answer of {@link #await}. */
    public interface Answer {
        void accept(boolean safe);
    }

    private record Waiter(long position, Answer done) {

        boolean answer(long stored, boolean safe) {
            if (stored - position >= 0) {
                done.accept(safe);
                return true;
            }
            return false;
        }
    }
}
