// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.Arrays;
import java.util.Optional;
import org.reactivestreams.Publisher;
import reactor.core.publisher.ParallelFlux;

/** Questions about generic types. */
final class Types {

    private Types() {}

    /** What a value of {@code type} is at least. */
    static Type bound(Type type) {
        if (type instanceof WildcardType wildcard) {
            Type[] lower = wildcard.getLowerBounds();
            return bound(lower.length == 0 ? wildcard.getUpperBounds()[0] : lower[0]);
        }
        return type;
    }

    static Class<?> raw(Type type) {
        Type bound = bound(type);
        if (bound instanceof Class<?> known) {
            return known;
        }
        if (bound instanceof ParameterizedType parameterized) {
            return (Class<?>) parameterized.getRawType();
        }
        if (bound instanceof TypeVariable<?> variable) {
            return raw(variable.getBounds()[0]);
        }
        if (bound instanceof GenericArrayType array) {
            return raw(array.getGenericComponentType()).arrayType();
        }
        throw new IllegalArgumentException(type.toString());
    }

    /** The first type argument; Object where there is none. */
    static Type element(Type type) {
        return argument(type, 0);
    }

    static Type argument(Type type, int index) {
        return bound(type) instanceof ParameterizedType parameterized
                ? bound(parameterized.getActualTypeArguments()[index])
                : Object.class;
    }

    static boolean isPublisher(Type type) {
        return Publisher.class.isAssignableFrom(raw(type));
    }

    /** Whether {@code type} is, or has among its arguments, a publisher. */
    static boolean mentionsPublisher(Type type) {
        Type bound = bound(type);
        if (bound instanceof GenericArrayType array) {
            return mentionsPublisher(array.getGenericComponentType());
        }
        if (bound instanceof Class<?> known && known.isArray()) {
            return mentionsPublisher(known.getComponentType());
        }
        Class<?> raw = raw(bound);
        return Publisher.class.isAssignableFrom(raw)
                || raw == ParallelFlux.class
                || (bound instanceof ParameterizedType parameterized
                        && Arrays.stream(parameterized.getActualTypeArguments()).anyMatch(Types::mentionsPublisher));
    }

    private static final ClassValue<Optional<Method>> FUNCTIONS = new ClassValue<>() {
        @Override
        protected Optional<Method> computeValue(Class<?> type) {
            return Optional.ofNullable(findFunction(type));
        }
    };

    /** The one abstract method of a functional interface; null when {@code type} is none. */
    static Method functionOf(Class<?> type) {
        return FUNCTIONS.get(type).orElse(null);
    }

    private static Method findFunction(Class<?> type) {
        if (!type.isInterface()) {
            return null;
        }
        Method found = null;
        for (Method method : type.getMethods()) {
            boolean ofObject = Arrays.stream(Object.class.getMethods())
                    .anyMatch(known -> known.getName().equals(method.getName())
                            && Arrays.equals(known.getParameterTypes(), method.getParameterTypes()));
            if (Modifier.isAbstract(method.getModifiers()) && !ofObject) {
                if (found != null) {
                    return null;
                }
                found = method;
            }
        }
        return found;
    }

    /** What {@code function} returns in {@code type}, with the type arguments put in. */
    static Type resultOf(Method function, Type type) {
        Type result = function.getGenericReturnType();
        if (result instanceof TypeVariable<?> variable && bound(type) instanceof ParameterizedType parameterized) {
            TypeVariable<?>[] parameters = raw(type).getTypeParameters();
            for (int i = 0; i < parameters.length; i++) {
                if (parameters[i].equals(variable)) {
                    return bound(parameterized.getActualTypeArguments()[i]);
                }
            }
        }
        return result;
    }
}
