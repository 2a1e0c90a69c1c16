// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal;

import io.opentelemetry.context.Context;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs code of others under a trace. Stateless. */
public final class TracedCalls {

    private TracedCalls() {}

    /** Runs {@code task} under {@code trace}, null for the root. */
    public static void run(@Nullable Context trace, Runnable task) {
        @Nullable Object[] holder = Slot.holder();
        Object before = Slot.enter(holder, trace);
        try {
            task.run();
        } finally {
            Slot.exit(holder, before, trace);
        }
    }

    /** As {@link #run}. */
    public static <T extends @Nullable Object> T call(@Nullable Context trace, Callable<T> task) throws Exception {
        @Nullable Object[] holder = Slot.holder();
        Object before = Slot.enter(holder, trace);
        try {
            return task.call();
        } finally {
            Slot.exit(holder, before, trace);
        }
    }

    /** As {@link #run}. */
    public static <T extends @Nullable Object> T get(@Nullable Context trace, Supplier<T> supplier) {
        @Nullable Object[] holder = Slot.holder();
        Object before = Slot.enter(holder, trace);
        try {
            return supplier.get();
        } finally {
            Slot.exit(holder, before, trace);
        }
    }

    /** A task that takes a trace with it. */
    public static final class Task implements Runnable {

        private final @Nullable Context trace;
        private final Runnable task;

        public Task(@Nullable Context trace, Runnable task) {
            this.trace = trace;
            this.task = task;
        }

        @Override
        public void run() {
            TracedCalls.run(trace, task);
        }

        @Override
        public String toString() {
            return task.toString();
        }
    }
}
