// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal;

import io.opentelemetry.context.Context;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Code that takes a trace (null for none) with it to wherever it runs. Equal to other code as what is inside is, so that a
 * queue finds it again. Immutable.
 *
 * @param <C> what is inside
 */
abstract class HandedCode<C> {

    final @Nullable Context trace;
    final C code;

    HandedCode(@Nullable Context trace, C code) {
        this.trace = trace;
        this.code = code;
    }

    @Override
    public final boolean equals(@Nullable Object other) {
        return this == other || code.equals(other instanceof HandedCode<?> handed ? handed.code : other);
    }

    @Override
    public final int hashCode() {
        return code.hashCode();
    }

    @Override
    public final String toString() {
        return code.toString();
    }

    static final class Call<T extends @Nullable Object> extends HandedCode<Callable<T>> implements Callable<T> {

        Call(@Nullable Context trace, Callable<T> code) {
            super(trace, code);
        }

        @Override
        public T call() throws Exception {
            return TracedCalls.call(trace, code);
        }
    }

    static final class Supply<T extends @Nullable Object> extends HandedCode<Supplier<T>> implements Supplier<T> {

        Supply(@Nullable Context trace, Supplier<T> code) {
            super(trace, code);
        }

        @Override
        public T get() {
            return TracedCalls.get(trace, code);
        }
    }

    static final class Apply<T, R extends @Nullable Object> extends HandedCode<Function<T, R>>
            implements Function<T, R> {

        Apply(@Nullable Context trace, Function<T, R> code) {
            super(trace, code);
        }

        @Override
        public R apply(T value) {
            return TracedCalls.get(trace, () -> code.apply(value));
        }
    }

    static final class BiApply<T, U, R extends @Nullable Object> extends HandedCode<BiFunction<T, U, R>>
            implements BiFunction<T, U, R> {

        BiApply(@Nullable Context trace, BiFunction<T, U, R> code) {
            super(trace, code);
        }

        @Override
        public R apply(T first, U second) {
            return TracedCalls.get(trace, () -> code.apply(first, second));
        }
    }

    static final class Accept<T> extends HandedCode<Consumer<T>> implements Consumer<T> {

        Accept(@Nullable Context trace, Consumer<T> code) {
            super(trace, code);
        }

        @Override
        public void accept(T value) {
            TracedCalls.run(trace, () -> code.accept(value));
        }
    }

    static final class BiAccept<T, U> extends HandedCode<BiConsumer<T, U>> implements BiConsumer<T, U> {

        BiAccept(@Nullable Context trace, BiConsumer<T, U> code) {
            super(trace, code);
        }

        @Override
        public void accept(T first, U second) {
            TracedCalls.run(trace, () -> code.accept(first, second));
        }
    }

    /**
     * What a thread was made for. A thread of a class of its own belongs to a framework and outlives the call that made it (an
     * event loop, a worker): there the trace stays behind.
     */
    static final class ThreadBody extends HandedCode<Runnable> implements Runnable {

        ThreadBody(Context trace, Runnable code) {
            super(trace, code);
        }

        @Override
        public void run() {
            if (Thread.currentThread().getClass().getPackageName().equals("java.lang")) {
                TracedCalls.run(trace, code);
            } else {
                code.run();
            }
        }
    }
}
