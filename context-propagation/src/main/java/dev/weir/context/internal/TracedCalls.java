// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal;

import io.opentelemetry.context.Context;
import java.util.concurrent.Callable;
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

    /** {@code task} under {@code trace}. */
    public static <T extends @Nullable Object> Callable<T> ofCallable(@Nullable Context trace, Callable<T> task) {
        return new HandedCode.Call<>(trace, task);
    }

    /** {@code supplier} under {@code trace}. */
    public static <T extends @Nullable Object> Supplier<T> ofSupplier(@Nullable Context trace, Supplier<T> supplier) {
        return new HandedCode.Supply<>(trace, supplier);
    }

    /** {@code function} under {@code trace}. */
    public static <T, R extends @Nullable Object> Function<T, R> ofFunction(
            @Nullable Context trace, Function<T, R> function) {
        return new HandedCode.Apply<>(trace, function);
    }

    /** {@code consumer} under {@code trace}. */
    public static <T> Consumer<T> ofConsumer(@Nullable Context trace, Consumer<T> consumer) {
        return new HandedCode.Accept<>(trace, consumer);
    }

    /** A task that takes a trace with it. */
    public static final class Task extends HandedCode<Runnable> implements Runnable {

        /** @param trace null for none */
        public Task(@Nullable Context trace, Runnable task) {
            super(trace, task);
        }

        @Override
        public void run() {
            TracedCalls.run(trace, code);
        }
    }
}
