// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.Scannable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;

/**
 * {@code Mono.flatMap}, the operator that handlers use most: what {@link OperatorInputs} does for any operator, through handles
 * that are constants. The JIT then drops the operator that is replaced, and what is left is one small object.
 */
final class FlatMapOfMono {

    /** The class of the operator; {@code FlatMapOfMono} itself where it cannot be reached. */
    static final Class<?> TYPE;

    private static final MethodHandle MAPPER;
    private static final MethodHandle CONSTRUCTOR;

    static {
        Class<?> type = OperatorAccess.find("reactor.core.publisher.MonoFlatMap");
        MethodHandle mapper = null;
        MethodHandle constructor = null;
        if (type != null) {
            mapper = OperatorAccess.getter(type, "mapper", Function.class);
            constructor = OperatorAccess.constructor(type, Mono.class, Function.class);
        }
        boolean found = mapper != null && constructor != null && type != null;
        TYPE = found && type != null ? type : FlatMapOfMono.class;
        MAPPER = nonNull(mapper, MethodType.methodType(Function.class, Object.class));
        CONSTRUCTOR = nonNull(constructor, MethodType.methodType(Mono.class, Mono.class, Function.class));
    }

    private FlatMapOfMono() {}

    private static MethodHandle nonNull(@Nullable MethodHandle handle, MethodType type) {
        return handle == null ? MethodHandles.empty(type) : handle.asType(type);
    }

    /** {@code flatMap} with a function whose results are guarded where they need it. */
    static Mono<?> guarded(Mono<?> flatMap) {
        try {
            Function<?, ?> mapper = (Function<?, ?>) MAPPER.invokeExact((Object) flatMap);
            Object source = ((MonoOperator<?, ?>) flatMap).scanUnsafe(Scannable.Attr.PARENT);
            if (source == null || mapper.getClass() == CheckedResults.OfFunction.class) {
                return flatMap;
            }
            boolean safe = AssemblyHook.isSafe(source);
            if (safe && FunctionOwner.SEND.owns(mapper) && !ReactorHooks.isAutomaticModeOn()) {
                return flatMap;
            }
            Mono<?> above = safe ? (Mono<?>) source : guardedSource(source);
            return (Mono<?>) CONSTRUCTOR.invokeExact(above, (Function<?, ?>) new CheckedResults.OfFunction(mapper));
        } catch (Throwable e) {
            return flatMap;
        }
    }

    private static Mono<?> guardedSource(Object source) {
        return (Mono<?>) AssemblyHook.guardedInput(source);
    }
}
