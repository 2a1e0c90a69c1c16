// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.internal.Deadline;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * The steps of a close in their order. Each step runs whatever the steps before it threw, an {@link Error} too. Not thread-safe
 * while steps are added; bounded by what a start makes.
 */
final class CloseSteps {

    /** What a step does. */
    @FunctionalInterface
    interface Action {

        /** @param deadline what is left of the time for the whole close */
        void run(Deadline deadline) throws Exception;
    }

    /** @param what is closed, for messages */
    record Step(String what, Action action) {}

    private final Deque<Step> steps = new ArrayDeque<>();

    /** Adds a step after all others. */
    CloseSteps then(String what, Action action) {
        steps.addLast(new Step(what, action));
        return this;
    }

    /** Adds a step before all others. */
    void before(String what, Action action) {
        steps.addFirst(new Step(what, action));
    }

    List<Step> steps() {
        return List.copyOf(steps);
    }

    /** @param failed gets what was closed and what was thrown; what it throws itself is ignored */
    void run(Deadline deadline, BiConsumer<String, Throwable> failed) {
        for (Step step : steps) {
            try {
                step.action.run(deadline);
            } catch (Throwable failure) {
                report(step.what, failure, failed);
            }
        }
    }

    private static void report(String what, Throwable failure, BiConsumer<String, Throwable> failed) {
        try {
            failed.accept(what, failure);
        } catch (Throwable unreported) {
            // The steps that are left matter more than the line.
        }
    }
}
