// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The operators that Reactor does not show to the hook at assembly, or not always: Reactor itself is asked which classes they
 * are. What stands on such a one must look at what that stands on.
 */
final class NotShown {

    private static final Class<?> FLUX_HIDE = Flux.never().hide().getClass();
    private static final Class<?> FLUX_DETACH = Flux.never().onTerminateDetach().getClass();
    private static final Class<?> FLUX_CHECKPOINT = Flux.never().checkpoint("").getClass();
    private static final Class<?> FLUX_NAME = Flux.never().hide().name("").getClass();
    private static final Class<?> FLUX_NAME_FUSEABLE = Flux.just(1, 2).name("").getClass();
    private static final Class<?> MONO_HIDE = Mono.never().hide().getClass();
    private static final Class<?> MONO_DETACH = Mono.never().onTerminateDetach().getClass();
    private static final Class<?> MONO_CHECKPOINT = Mono.never().checkpoint("").getClass();
    private static final Class<?> MONO_NAME = Mono.never().hide().name("").getClass();
    private static final Class<?> MONO_NAME_FUSEABLE = Mono.just(1).name("").getClass();
    /** Made by {@code Flux.zip(Publisher, Function)} for itself. */
    private static final @Nullable Class<?> FLUX_BUFFER = OperatorAccess.find("reactor.core.publisher.FluxBuffer");
    /** Made by the {@code flatMap} that maps each kind of signal. */
    private static final @Nullable Class<?> FLUX_MAP_SIGNAL =
            OperatorAccess.find("reactor.core.publisher.FluxMapSignal");

    private NotShown() {}

    static boolean is(Class<?> type) {
        return type == FLUX_HIDE
                || type == FLUX_DETACH
                || type == FLUX_CHECKPOINT
                || type == FLUX_NAME
                || type == FLUX_NAME_FUSEABLE
                || type == MONO_HIDE
                || type == MONO_DETACH
                || type == MONO_CHECKPOINT
                || type == MONO_NAME
                || type == MONO_NAME_FUSEABLE
                || type == FLUX_BUFFER
                || type == FLUX_MAP_SIGNAL;
    }
}
