// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.ParallelFlux;
import reactor.core.scheduler.Scheduler;

/** What kind of input a field of an operator holds, and how one of that kind is guarded. */
enum InputKind {
    PUBLISHER {
        @Override
        Object guarded(Object value) {
            return AssemblyHook.guardedInput(value);
        }
    },
    /** What another library's hook is around. */
    LIFTED {
        @Override
        Object guarded(Object value) {
            return AssemblyHook.guardedLifted(value);
        }
    },
    PUBLISHERS {
        @Override
        Object guarded(Object value) {
            Object[] given = (Object[]) value;
            Object[] guarded = given;
            for (int i = 0; i < given.length; i++) {
                Object input = given[i];
                Object better = input == null ? null : AssemblyHook.guardedInput(input);
                if (better != input) {
                    guarded = guarded == given ? given.clone() : guarded;
                    guarded[i] = better;
                }
            }
            return guarded;
        }
    },
    PUBLISHERS_ITERABLE {
        @Override
        Object guarded(Object value) {
            return CheckedResults.of((Iterable<?>) value);
        }
    },
    FUNCTION {
        @Override
        Object guarded(Object value) {
            return CheckedResults.ofFunction(value);
        }
    },
    SCHEDULER {
        @Override
        Object guarded(Object value) {
            return TracedScheduler.of((Scheduler) value);
        }
    };

    /** {@code (InputKind, Object) → Object}: {@link #guardedOrNull}. */
    static final MethodHandle GUARDED;

    static {
        try {
            GUARDED = MethodHandles.lookup()
                    .findVirtual(InputKind.class, "guardedOrNull", MethodType.methodType(Object.class, Object.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /**
     * Subscribed through the hook of the last operator, which looks at the results of their functions: left alone, because they
     * are used most. An operator that is missing here is only assembled a little slower.
     */
    private static final Set<String> ASKED_LATER = Set.of(
            "FluxConcatMap",
            "FluxConcatMapNoPrefetch",
            "FluxFlatMap",
            "FluxMergeSequential",
            "FluxOnErrorResume",
            "FluxSwitchMap",
            "FluxSwitchMapNoPrefetch",
            "MonoFlatMapMany",
            "MonoOnErrorResume");

    /** {@code value}, or what stands for it when it may signal under any trace. */
    abstract Object guarded(Object value);

    final @Nullable Object guardedOrNull(@Nullable Object value) {
        return value == null ? null : guarded(value);
    }

    /** Null for a field that holds no input. */
    static @Nullable InputKind of(Field field, boolean lift) {
        Class<?> type = field.getType();
        if (!Modifier.isFinal(field.getModifiers()) || OperatorAccess.isOperatorClass(type)) {
            return null;
        }
        if (Publisher.class.isAssignableFrom(type) || ParallelFlux.class.isAssignableFrom(type)) {
            return lift ? LIFTED : PUBLISHER;
        }
        if (type.isArray() && Publisher.class.isAssignableFrom(type.getComponentType())) {
            return PUBLISHERS;
        }
        if (Scheduler.class.isAssignableFrom(type)) {
            return SCHEDULER;
        }
        if (type == Iterable.class && givesPublisher(field)) {
            return PUBLISHERS_ITERABLE;
        }
        boolean asked = ASKED_LATER.contains(field.getDeclaringClass().getSimpleName());
        return isFunction(field) && givesPublisher(field) && !asked ? FUNCTION : null;
    }

    /** Whether one of {@code fields} holds a function that gives publishers. */
    static boolean isFunctionAmong(List<Field> fields) {
        return fields.stream().anyMatch(field -> isFunction(field) && givesPublisher(field));
    }

    private static boolean isFunction(Field field) {
        Class<?> type = field.getType();
        return type == Function.class || type == BiFunction.class || type == Supplier.class || type == Callable.class;
    }

    private static boolean givesPublisher(Field field) {
        if (!(field.getGenericType() instanceof ParameterizedType function)) {
            return false;
        }
        Type[] arguments = function.getActualTypeArguments();
        Type result = arguments[arguments.length - 1];
        if (result instanceof WildcardType wildcard) {
            result = wildcard.getUpperBounds()[0];
        }
        if (result instanceof ParameterizedType parameterized) {
            result = parameterized.getRawType();
        }
        return result instanceof Class<?> type && Publisher.class.isAssignableFrom(type);
    }
}
