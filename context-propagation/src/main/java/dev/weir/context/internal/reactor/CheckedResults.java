// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import java.util.Iterator;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Functions and iterables of publishers, each publisher of which is guarded where it needs it. Stateless. */
final class CheckedResults {

    private CheckedResults() {}

    /** {@code function} with guarded results; one of another kind stays as it is. */
    static Object ofFunction(Object function) {
        if (function instanceof Checked) {
            return function;
        }
        if (function instanceof Function<?, ?> of) {
            return new OfFunction(of);
        }
        if (function instanceof BiFunction<?, ?, ?> of) {
            return new OfBiFunction(of);
        }
        if (function instanceof Supplier<?> of) {
            return new OfSupplier(of);
        }
        return function instanceof Callable<?> of ? new OfCallable(of) : function;
    }

    static Object of(Iterable<?> publishers) {
        return publishers instanceof Checked ? publishers : new OfIterable(publishers);
    }

    /** Null is for the operator to refuse. */
    private static @Nullable Object guarded(@Nullable Object result) {
        return result == null ? null : AssemblyHook.guardedInput(result);
    }

    private interface Checked {}

    static final class OfFunction implements Function<Object, @Nullable Object>, Checked {

        private final Function<Object, @Nullable Object> function;

        @SuppressWarnings("unchecked")
        OfFunction(Function<?, ?> function) {
            this.function = (Function<Object, @Nullable Object>) function;
        }

        @Override
        public @Nullable Object apply(Object value) {
            return guarded(function.apply(value));
        }
    }

    private static final class OfBiFunction implements BiFunction<Object, Object, @Nullable Object>, Checked {

        private final BiFunction<Object, Object, @Nullable Object> function;

        @SuppressWarnings("unchecked")
        OfBiFunction(BiFunction<?, ?, ?> function) {
            this.function = (BiFunction<Object, Object, @Nullable Object>) function;
        }

        @Override
        public @Nullable Object apply(Object first, Object second) {
            return guarded(function.apply(first, second));
        }
    }

    private static final class OfSupplier implements Supplier<@Nullable Object>, Checked {

        private final Supplier<?> supplier;

        OfSupplier(Supplier<?> supplier) {
            this.supplier = supplier;
        }

        @Override
        public @Nullable Object get() {
            return guarded(supplier.get());
        }
    }

    private static final class OfCallable implements Callable<@Nullable Object>, Checked {

        private final Callable<?> callable;

        OfCallable(Callable<?> callable) {
            this.callable = callable;
        }

        @Override
        public @Nullable Object call() throws Exception {
            return guarded(callable.call());
        }
    }

    private static final class OfIterable implements Iterable<@Nullable Object>, Checked {

        private final Iterable<?> publishers;

        OfIterable(Iterable<?> publishers) {
            this.publishers = publishers;
        }

        @Override
        public Iterator<@Nullable Object> iterator() {
            Iterator<?> each = publishers.iterator();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return each.hasNext();
                }

                @Override
                public @Nullable Object next() {
                    return guarded(each.next());
                }
            };
        }
    }
}
