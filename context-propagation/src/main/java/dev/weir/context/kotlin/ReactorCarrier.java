// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.kotlin;

import dev.weir.core.internal.Classes;
import io.opentelemetry.context.Context;
import kotlin.coroutines.CoroutineContext;
import kotlinx.coroutines.reactor.ReactorContext;
import org.jspecify.annotations.Nullable;

/** The Reactor Context that a coroutine carries with it; exists only with kotlinx-coroutines-reactor. Stateless. */
final class ReactorCarrier {

    static final boolean PRESENT = Classes.isPresent("kotlinx.coroutines.reactor.ReactorContext", ReactorCarrier.class);

    private ReactorCarrier() {}

    static boolean isKey(CoroutineContext.Key<?> key) {
        return Present.isKey(key);
    }

    /** A Reactor Context with {@code trace} alone. */
    static CoroutineContext.Element of(Context trace) {
        return Present.of(reactor.util.context.Context.empty(), trace);
    }

    /** The Reactor Context of {@code context} with {@code trace} in it; null when there is none. */
    static CoroutineContext.@Nullable Element written(CoroutineContext context, Context trace) {
        return Present.written(context, trace);
    }

    /** Apart, so that it is loaded only where its classes exist. */
    private static final class Present {

        static boolean isKey(CoroutineContext.Key<?> key) {
            return key == ReactorContext.Key;
        }

        static ReactorContext of(reactor.util.context.Context view, Context trace) {
            return new ReactorContext((reactor.util.context.Context) new PinnedContext(view, trace));
        }

        static @Nullable ReactorContext written(CoroutineContext context, Context trace) {
            ReactorContext carried = context.get(ReactorContext.Key);
            return carried == null ? null : of(carried.getContext(), trace);
        }
    }
}
