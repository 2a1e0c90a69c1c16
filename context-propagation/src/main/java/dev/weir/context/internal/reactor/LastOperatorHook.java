// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import dev.weir.context.internal.Slot;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Looks at each publisher that is subscribed as a {@code Publisher}: by the application, and by operators that take further
 * publishers. A source that the hook at assembly has not met, such as a sink, gets its guard here. So does, beside Reactor's
 * automatic mode, a subscriber whose Context says nothing of the trace that is current: that mode would clear it above.
 *
 * <p>Takes and gives objects, and keeps Mono and Flux apart, because Reactor asks the result for an interface: a class that the
 * JIT knows answers that at no cost, a publisher of any class by a search through its interfaces.
 */
final class LastOperatorHook implements Function<Object, Object> {

    static final String KEY = "weir.context";

    @Override
    public Object apply(Object publisher) {
        if (publisher instanceof Mono<?> mono) {
            return ofMono(mono);
        }
        return publisher instanceof Flux<?> flux ? ofFlux(flux) : guarded(publisher);
    }

    private static Mono<?> ofMono(Mono<?> mono) {
        return mono instanceof ScopeMono<?> || mono instanceof GuardedMono<?> ? mono : (Mono<?>) guarded(mono);
    }

    private static Flux<?> ofFlux(Flux<?> flux) {
        return flux instanceof ScopeFlux<?> || flux instanceof GuardedFlux<?> ? flux : (Flux<?>) guarded(flux);
    }

    @SuppressWarnings("unchecked")
    private static Object guarded(Object publisher) {
        PublisherType type = PublisherType.of(publisher);
        if (type.kind() == PublisherKind.GUARD) {
            return publisher;
        }
        Object guarded = AssemblyHook.guardedInput(publisher, type);
        return guarded == publisher && Guards.currentTraceIsCleared() && Slot.current() != null
                ? AssemblyHook.guarded((Publisher<Object>) publisher, Placement.END)
                : guarded;
    }
}
