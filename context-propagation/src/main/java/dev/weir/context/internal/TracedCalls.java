// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal;

import io.opentelemetry.context.Context;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
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

    /**
     * {@code code} under {@code trace}, as the same kind of thing; tasks that other code recognises by their class, and
     * kinds that are not known, stay what they are.
     */
    public static Object wrapAny(Context trace, Object code) {
        if (code instanceof Task) {
            return code;
        }
        if (code instanceof Runnable task) {
            boolean recognised = code instanceof Future || code instanceof CompletableFuture.AsynchronousCompletionTask;
            return recognised ? code : new Task(trace, task);
        }
        if (code instanceof Function<?, ?> function) {
            return ofFunction(trace, function);
        }
        if (code instanceof BiFunction<?, ?, ?> function) {
            return ofBiFunction(trace, function);
        }
        if (code instanceof Consumer<?> consumer) {
            return ofConsumer(trace, consumer);
        }
        if (code instanceof BiConsumer<?, ?> consumer) {
            return ofBiConsumer(trace, consumer);
        }
        return code;
    }

    /** {@code function} under {@code trace}. */
    public static <T, R extends @Nullable Object> Function<T, R> ofFunction(
            @Nullable Context trace, Function<T, R> function) {
        return value -> get(trace, () -> function.apply(value));
    }

    /** {@code function} under {@code trace}. */
    public static <T, U, R extends @Nullable Object> BiFunction<T, U, R> ofBiFunction(
            @Nullable Context trace, BiFunction<T, U, R> function) {
        return (first, second) -> get(trace, () -> function.apply(first, second));
    }

    /** {@code consumer} under {@code trace}. */
    public static <T> Consumer<T> ofConsumer(@Nullable Context trace, Consumer<T> consumer) {
        return value -> run(trace, () -> consumer.accept(value));
    }

    /** {@code consumer} under {@code trace}. */
    public static <T, U> BiConsumer<T, U> ofBiConsumer(@Nullable Context trace, BiConsumer<T, U> consumer) {
        return (first, second) -> run(trace, () -> consumer.accept(first, second));
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
