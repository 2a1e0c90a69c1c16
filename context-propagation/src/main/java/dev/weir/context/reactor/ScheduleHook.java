// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.reactor;

import dev.weir.context.internal.Slot;
import io.opentelemetry.context.Context;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Takes the trace of the thread that schedules along to the thread that runs. The root is taken along too: a trampolining
 * scheduler runs one task inside another.
 */
final class ScheduleHook implements Function<Runnable, Runnable> {

    static final String KEY = "weir.context";

    @Override
    public Runnable apply(Runnable task) {
        return new TracedTask(task, ConnectionCode.isConnectionCode(task) ? null : Slot.current());
    }

    private static final class TracedTask implements Runnable {

        private final Runnable task;
        private final @Nullable Context trace;

        TracedTask(Runnable task, @Nullable Context trace) {
            this.task = task;
            this.trace = trace;
        }

        @Override
        public void run() {
            @Nullable Object[] holder = Slot.holder();
            Object before = Slot.enter(holder, trace);
            try {
                task.run();
            } finally {
                Slot.exit(holder, before, trace);
            }
        }

        @Override
        public String toString() {
            return task.toString();
        }
    }
}
