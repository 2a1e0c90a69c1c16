// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;

/**
 * The publishers that pipelines are made of most often, as constants of the code. {@link PublisherType} says of each class what it is; the
 * answer for these is found once, when this class is initialised, and a class with another answer than expected is left out.
 *
 * <p>Why: under load a table of classes is out of the processor's caches when the next request needs it, and each look costs three or
 * four misses. Comparing with a constant reads nothing but the code.
 */
final class FrequentTypes {

    /** For a class that this Reactor does not have, or that is not what was expected. */
    private static final Class<?> NONE = FrequentTypes.class;

    private static final Class<?> MONO_MAP = operator("MonoMap");
    private static final Class<?> MONO_MAP_FUSEABLE = operator("MonoMapFuseable");
    private static final Class<?> MONO_PEEK = operator("MonoPeek");
    private static final Class<?> MONO_PEEK_FUSEABLE = operator("MonoPeekFuseable");
    private static final Class<?> MONO_FILTER = operator("MonoFilter");
    private static final Class<?> MONO_HANDLE = operator("MonoHandle");
    private static final Class<?> MONO_HANDLE_FUSEABLE = operator("MonoHandleFuseable");
    private static final Class<?> MONO_COLLECT_LIST = operator("MonoCollectList");
    private static final Class<?> MONO_DO_FINALLY = operator("MonoDoFinally");
    private static final Class<?> MONO_FLAT_MAP_MANY = operator("MonoFlatMapMany");
    private static final Class<?> FLUX_MAP = operator("FluxMap");
    private static final Class<?> FLUX_FILTER = operator("FluxFilter");
    private static final Class<?> FLUX_PEEK = operator("FluxPeek");
    private static final Class<?> FLUX_FLAT_MAP = operator("FluxFlatMap");

    private static final Class<?> MONO_JUST = keeping(() -> Mono.just(1));
    private static final Class<?> MONO_CALLABLE = keeping(() -> Mono.fromCallable(() -> 1));
    private static final Class<?> MONO_EMPTY = keeping(Mono::empty);
    private static final Class<?> FLUX_JUST = keeping(() -> Flux.just(1));

    private static final Class<?> GUARDED_MONO =
            GuardedMono.of(Mono.never(), Placement.EDGE).getClass();
    private static final Class<?> GUARDED_MONO_FUSED =
            GuardedMono.of(Mono.just(1), Placement.EDGE).getClass();
    private static final Class<?> GUARDED_FLUX =
            GuardedFlux.of(Flux.never(), Placement.EDGE).getClass();

    /** {@code (Object) → Object}; null where the field cannot be reached. */
    private static final @Nullable MethodHandle MONO_SOURCE = source(MonoOperator.class, Mono.class);

    private static final @Nullable MethodHandle FLUX_SOURCE = source(FluxOperator.class, Flux.class);

    private FrequentTypes() {}

    /** Initialises this class, which must be done before the hooks are in place. */
    static void load() {}

    /** Whether {@code type} is a source whose signals come under the trace of the subscriber. */
    static boolean isKeeping(Class<?> type) {
        return type == MONO_JUST || type == MONO_CALLABLE || type == MONO_EMPTY || type == FLUX_JUST;
    }

    /** Whether {@code type} is an operator of Mono on nothing but its source. */
    static boolean isMonoOperator(Class<?> type) {
        return type == MONO_MAP
                || type == MONO_PEEK
                || type == MONO_HANDLE
                || type == MONO_MAP_FUSEABLE
                || type == MONO_PEEK_FUSEABLE
                || type == MONO_FILTER
                || type == MONO_HANDLE_FUSEABLE
                || type == MONO_DO_FINALLY;
    }

    /** Whether {@code type} is an operator of Flux on nothing but its source. */
    static boolean isFluxOperator(Class<?> type) {
        return type == FLUX_MAP || type == FLUX_PEEK || type == FLUX_FILTER || type == FLUX_FLAT_MAP;
    }

    /** Whether what stands on a publisher of {@code type} needs no guard; false when this class does not know. */
    static boolean isSafe(Class<?> type) {
        return type == FlatMapOfMono.TYPE
                || isMonoOperator(type)
                || isKeeping(type)
                || type == GUARDED_MONO
                || type == GUARDED_MONO_FUSED
                || isFluxOperator(type)
                || type == GUARDED_FLUX
                || type == MONO_COLLECT_LIST
                || type == MONO_FLAT_MAP_MANY;
    }

    /** The source of an operator of Mono. */
    static @Nullable Object sourceOfMono(Object operator) throws Throwable {
        MethodHandle source = MONO_SOURCE;
        return source == null
                ? ((MonoOperator<?, ?>) operator).scanUnsafe(Scannable.Attr.PARENT)
                : (@Nullable Object) source.invokeExact(operator);
    }

    /** The source of an operator of Flux. */
    static @Nullable Object sourceOfFlux(Object operator) throws Throwable {
        MethodHandle source = FLUX_SOURCE;
        return source == null
                ? ((FluxOperator<?, ?>) operator).scanUnsafe(Scannable.Attr.PARENT)
                : (@Nullable Object) source.invokeExact(operator);
    }

    private static @Nullable MethodHandle source(Class<?> operator, Class<?> type) {
        MethodHandle found = OperatorAccess.getter(operator, "source", type);
        return found == null ? null : found.asType(MethodType.methodType(Object.class, Object.class));
    }

    private static Class<?> operator(String name) {
        Class<?> type = OperatorAccess.find("reactor.core.publisher." + name);
        return type != null && PublisherType.isPlainOperator(type) ? type : NONE;
    }

    private static Class<?> keeping(Callable<?> publisher) {
        try {
            Object made = publisher.call();
            return PublisherType.of(made).kind() == PublisherKind.KEEPS ? made.getClass() : NONE;
        } catch (Exception e) {
            return NONE;
        }
    }
}
