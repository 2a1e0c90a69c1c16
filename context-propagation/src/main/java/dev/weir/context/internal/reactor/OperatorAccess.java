// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CorePublisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/**
 * Reaches the three methods by which Reactor's operators subscribe to each other in a loop. They are not public; where they
 * cannot be reached (a strict module layer, another version), {@link #AVAILABLE} is false and operators stay as they are.
 */
final class OperatorAccess {

    private static final @Nullable Class<?> OPERATOR = find("reactor.core.publisher.OptimizableOperator");
    private static final MethodType SUBSCRIBE_TYPE =
            MethodType.methodType(CoreSubscriber.class, Object.class, CoreSubscriber.class);
    private static final MethodType NEXT_TYPE = MethodType.methodType(Object.class, Object.class);
    private static final MethodType SOURCE_TYPE = MethodType.methodType(CorePublisher.class, Object.class);
    private static final @Nullable MethodHandle[] FOUND = findMethods();

    /** Whether all three were found. */
    static final boolean AVAILABLE = FOUND.length == 3;

    private static final MethodHandle SUBSCRIBE_OR_RETURN = found(0, SUBSCRIBE_TYPE);
    private static final MethodHandle NEXT = found(1, NEXT_TYPE);
    private static final MethodHandle SOURCE = found(2, SOURCE_TYPE);
    private static final @Nullable MethodHandle RESTORE = restore();

    private OperatorAccess() {}

    static boolean isOperatorClass(Class<?> type) {
        return AVAILABLE && OPERATOR != null && OPERATOR.isAssignableFrom(type);
    }

    /** Whether {@code source} subscribes in Reactor's loop: nearly every source is, and none of those is foreign. */
    static boolean isOperator(@Nullable Object source) {
        return OPERATOR != null && OPERATOR.isInstance(source);
    }

    /** The subscriber for the operator's source; null when the operator has subscribed by itself. */
    static @Nullable CoreSubscriber<?> subscribeOrReturn(Object operator, CoreSubscriber<?> actual) throws Throwable {
        return (CoreSubscriber<?>) SUBSCRIBE_OR_RETURN.invokeExact(operator, (CoreSubscriber) actual);
    }

    /** The source, where that is an operator too. */
    static @Nullable Object nextOperator(Object operator) throws Throwable {
        return (Object) NEXT.invokeExact(operator);
    }

    static CorePublisher<?> source(Object operator) throws Throwable {
        return (CorePublisher) SOURCE.invokeExact(operator);
    }

    /** What Reactor's automatic propagation puts between a foreign publisher and its subscriber, for other thread locals. */
    static CoreSubscriber<?> restored(Publisher<?> source, CoreSubscriber<?> subscriber) throws Throwable {
        MethodHandle restore = RESTORE;
        return restore == null
                ? subscriber
                : (CoreSubscriber) restore.invokeExact((Publisher) source, (CoreSubscriber) subscriber);
    }

    /** The class of Reactor that is called {@code name}; null where this version has none. */
    static @Nullable Class<?> find(String name) {
        try {
            return Class.forName(name, false, Flux.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            return null;
        }
    }

    private static @Nullable MethodHandle[] findMethods() {
        if (OPERATOR == null) {
            return new MethodHandle[0];
        }
        try {
            MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(OPERATOR, MethodHandles.lookup());
            MethodType subscribe = MethodType.methodType(CoreSubscriber.class, CoreSubscriber.class);
            return new MethodHandle[] {
                lookup.findVirtual(OPERATOR, "subscribeOrReturn", subscribe).asType(SUBSCRIBE_TYPE),
                lookup.findVirtual(OPERATOR, "nextOptimizableSource", MethodType.methodType(OPERATOR))
                        .asType(NEXT_TYPE),
                lookup.findVirtual(OPERATOR, "source", MethodType.methodType(CorePublisher.class))
                        .asType(SOURCE_TYPE)
            };
        } catch (ReflectiveOperationException | RuntimeException e) {
            return new MethodHandle[0];
        }
    }

    /** Reads {@code field} as {@code (Object) → Object}; null where it cannot be reached. */
    static @Nullable MethodHandle getter(Field field) {
        try {
            return MethodHandles.privateLookupIn(field.getDeclaringClass(), MethodHandles.lookup())
                    .unreflectGetter(field)
                    .asType(NEXT_TYPE);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null;
        }
    }

    /** Reads the field {@code name} of {@code type}; null where there is none. */
    static @Nullable MethodHandle getter(Class<?> type, String name, Class<?> fieldType) {
        try {
            return MethodHandles.privateLookupIn(type, MethodHandles.lookup()).findGetter(type, name, fieldType);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null;
        }
    }

    /** The constructor of {@code type} with these parameters; null where there is none. */
    static @Nullable MethodHandle constructor(Class<?> type, Class<?>... parameters) {
        try {
            return MethodHandles.privateLookupIn(type, MethodHandles.lookup())
                    .findConstructor(type, MethodType.methodType(void.class, parameters));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null;
        }
    }

    /** Calls {@code constructor} as {@code (Object, …) → Object}; null where it cannot be reached. */
    static @Nullable MethodHandle constructor(Constructor<?> constructor) {
        try {
            return MethodHandles.privateLookupIn(constructor.getDeclaringClass(), MethodHandles.lookup())
                    .unreflectConstructor(constructor)
                    .asFixedArity()
                    .asType(MethodType.genericMethodType(constructor.getParameterCount()));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null;
        }
    }

    private static MethodHandle found(int index, MethodType type) {
        MethodHandle found = AVAILABLE ? FOUND[index] : null;
        return found == null ? MethodHandles.empty(type) : found;
    }

    private static @Nullable MethodHandle restore() {
        Class<?> operators = find("reactor.core.publisher.Operators");
        if (operators == null) {
            return null;
        }
        try {
            MethodType type = MethodType.methodType(CoreSubscriber.class, Publisher.class, CoreSubscriber.class);
            return MethodHandles.privateLookupIn(operators, MethodHandles.lookup())
                    .findStatic(operators, "restoreContextOnSubscriberIfPublisherNonInternal", type);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null;
        }
    }
}
