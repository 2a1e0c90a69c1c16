// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Those who wait for a flush of one lane: first until the intakes gave away what they held at that moment, then until the
 * batches made of it are settled and seen by those who look on. Owned by the worker.
 */
final class FlushWaiters {

    private final List<Waiter> waiters = new ArrayList<>();

    /**
     * One more waits.
     *
     * @param settled whether what lies in the spool already has to be settled, too, once it was taken out to be sent
     */
    void add(List<Intake> intakes, boolean settled, Runnable done) {
        waiters.add(new Waiter(List.copyOf(intakes), settled, done));
    }

    /** Nobody waits for {@code done} any more. */
    void remove(Runnable done) {
        waiters.removeIf(waiter -> waiter.done == done);
    }

    void clear() {
        waiters.clear();
    }

    boolean isEmpty() {
        return waiters.isEmpty();
    }

    /** Whether somebody waits for the intakes. */
    boolean areIntakesAwaited() {
        for (int i = 0; i < waiters.size(); i++) {
            if (waiters.get(i).sequence < 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Tells those who have waited long enough.
     *
     * @param stored whether nothing is on its way to the disk
     */
    void check(AckWindow window, boolean stored, Taps taps) {
        for (Iterator<Waiter> each = waiters.iterator(); each.hasNext(); ) {
            Waiter waiter = each.next();
            if (waiter.isDone(window, taps) && stored) {
                each.remove();
                waiter.done.run();
            }
        }
    }

    private static final class Waiter {

        private final List<Intake> intakes;
        private final long[] marks;
        private final boolean settled;
        private final Runnable done;
        private long sequence = -1;
        private long[] shown = {};

        Waiter(List<Intake> intakes, boolean settled, Runnable done) {
            this.intakes = intakes;
            this.settled = settled;
            this.marks = new long[intakes.size()];
            this.done = done;
            for (int i = 0; i < marks.length; i++) {
                marks[i] = intakes.get(i).mark();
            }
        }

        boolean isDone(AckWindow window, Taps taps) {
            if (sequence < 0) {
                for (int i = 0; i < marks.length; i++) {
                    if (!intakes.get(i).passed(marks[i])) {
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
