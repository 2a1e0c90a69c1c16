// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes operators of one class anew with other inputs, through one method handle. Immutable. */
final class OperatorCopier {

    private static final OperatorCopier IMPOSSIBLE = new OperatorCopier(null);

    /** {@code (Object) → Object}: the copy with guarded inputs. */
    private final @Nullable MethodHandle guarded;

    private OperatorCopier(@Nullable MethodHandle guarded) {
        this.guarded = guarded;
    }

    /** Null when operators of this class cannot be copied. */
    @Nullable
    Object copy(Object original) {
        try {
            return guarded == null ? null : (@Nullable Object) guarded.invokeExact(original);
        } catch (Throwable e) {
            return null;
        }
    }

    /**
     * For operators like {@code original}.
     *
     * @param guards {@code (Object) → Object} for a field that is an input; null for any other
     */
    static OperatorCopier find(Class<?> type, Object original, Function<Field, @Nullable MethodHandle> guards) {
        List<Field> fields = PublisherType.fieldsOf(type);
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            List<Field> parameters = parameters(constructor, fields);
            if (parameters != null) {
                MethodHandle plain = handle(constructor, parameters, field -> null);
                if (plain != null && equal(original, new OperatorCopier(plain).copy(original), fields)) {
                    return new OperatorCopier(handle(constructor, parameters, guards));
                }
            }
        }
        return IMPOSSIBLE;
    }

    /** The constructor, each parameter read from its field and passed through its guard. */
    private static @Nullable MethodHandle handle(
            Constructor<?> constructor, List<Field> parameters, Function<Field, @Nullable MethodHandle> guards) {
        MethodHandle handle = OperatorAccess.constructor(constructor);
        if (handle == null) {
            return null;
        }
        MethodHandle[] arguments = new MethodHandle[parameters.size()];
        for (int i = 0; i < arguments.length; i++) {
            MethodHandle getter = OperatorAccess.getter(parameters.get(i));
            if (getter == null) {
                return null;
            }
            MethodHandle guard = guards.apply(parameters.get(i));
            arguments[i] = guard == null ? getter : MethodHandles.filterReturnValue(getter, guard);
        }
        MethodHandle filtered = MethodHandles.filterArguments(handle, 0, arguments);
        return MethodHandles.permuteArguments(
                filtered, MethodType.methodType(Object.class, Object.class), new int[arguments.length]);
    }

    /** Which field each parameter goes to, by type and order; fields of the superclass come first. Null when none fits. */
    private static @Nullable List<Field> parameters(Constructor<?> constructor, List<Field> fields) {
        List<Field> left = new ArrayList<>(fields);
        List<Field> chosen = new ArrayList<>();
        for (Class<?> parameter : constructor.getParameterTypes()) {
            Field field = left.stream()
                    .filter(candidate -> candidate.getType() == parameter)
                    .findFirst()
                    .or(() -> left.stream()
                            .filter(candidate -> parameter.isAssignableFrom(candidate.getType())
                                    || candidate.getType().isAssignableFrom(parameter))
                            .findFirst())
                    // A parameter that the constructor does not keep.
                    .or(() -> fields.stream()
                            .filter(candidate -> candidate.getType() == parameter)
                            .findFirst())
                    .orElse(null);
            if (field == null) {
                return null;
            }
            left.remove(field);
            chosen.add(field);
        }
        return chosen;
    }

    private static boolean equal(Object original, @Nullable Object copy, List<Field> fields) {
        if (copy == null || copy.getClass() != original.getClass()) {
            return false;
        }
        for (Field field : fields) {
            if (field.getType() == String.class) {
                // A description, which a constructor may extend.
                continue;
            }
            MethodHandle getter = OperatorAccess.getter(field);
            if (getter == null) {
                return false;
            }
            try {
                Object expected = (@Nullable Object) getter.invokeExact(original);
                Object actual = (@Nullable Object) getter.invokeExact(copy);
                if (!Objects.deepEquals(expected, actual)) {
                    return false;
                }
            } catch (Throwable e) {
                return false;
            }
        }
        return true;
    }
}
