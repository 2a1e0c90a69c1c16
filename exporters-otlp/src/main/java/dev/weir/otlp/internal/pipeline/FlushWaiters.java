// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Flushes of one pipeline that are not complete. A flush waits until the sources have given away what they held when it
 * began, then until the batches made of it are settled and the taps have received them. Owned by the worker.
 */
final class FlushWaiters {

    private final List<Waiter> waiters = new ArrayList<>();

    /**
     * Adds one.
     *
     * @param settled whether what was taken out of the spool has to be settled, too
     */
    void add(List<RecordSource> sources, boolean settled, Runnable done) {
        waiters.add(new Waiter(List.copyOf(sources), settled, done));
    }

    /** {@code done} will not be called any more. */
    void remove(Runnable done) {
        waiters.removeIf(waiter -> waiter.done == done);
    }

    void clear() {
        waiters.clear();
    }

    boolean isEmpty() {
        return waiters.isEmpty();
    }

    /** Whether a flush waits for the sources. */
    boolean areSourcesAwaited() {
        for (int i = 0; i < waiters.size(); i++) {
            if (waiters.get(i).sequence < 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Completes those that are done.
     *
     * @param stored whether nothing is on its way to the disk
     */
    void check(AckWindow window, boolean stored, TapDispatcher taps) {
        for (Iterator<Waiter> each = waiters.iterator(); each.hasNext(); ) {
            Waiter waiter = each.next();
            if (waiter.isDone(window, taps) && stored) {
                each.remove();
                waiter.done.run();
            }
        }
    }

    private static final class Waiter {

        private final List<RecordSource> sources;
        private final long[] marks;
        private final boolean settled;
        private final Runnable done;
        private long sequence = -1;
        private long[] shown = {};

        Waiter(List<RecordSource> sources, boolean settled, Runnable done) {
            this.sources = sources;
            this.settled = settled;
            this.marks = new long[sources.size()];
            this.done = done;
            for (int i = 0; i < marks.length; i++) {
                marks[i] = sources.get(i).mark();
            }
        }

        boolean isDone(AckWindow window, TapDispatcher taps) {
            if (sequence < 0) {
                for (int i = 0; i < marks.length; i++) {
                    if (!sources.get(i).passed(marks[i])) {
                        return false;
                    }
                }
                sequence = window.last();
                shown = taps.mark();
            }
            return (settled ? window.low() : window.safe()) >= sequence && taps.passed(shown);
        }
    }
}
