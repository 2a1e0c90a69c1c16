// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import dev.weir.context.internal.Slot;
import dev.weir.context.internal.TracedCalls;
import java.util.function.Function;

/**
 * Takes the trace of the thread that schedules along to the thread that runs. The root is taken along too: a trampolining
 * scheduler runs one task inside another.
 */
final class ScheduleHook implements Function<Runnable, Runnable> {

    static final String KEY = "weir.context";

    @Override
    public Runnable apply(Runnable task) {
        return new TracedCalls.Task(CodeOwner.of(task) == CodeOwner.CONNECTION ? null : Slot.current(), task);
    }
}
