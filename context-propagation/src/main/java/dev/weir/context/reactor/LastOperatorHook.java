// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.reactor;

import java.util.function.Function;
import org.reactivestreams.Publisher;

/**
 * Looks at each publisher that is subscribed as a {@code Publisher}: by the application, and by operators that take further
 * publishers. A source that the hook at assembly has not met, such as a sink, gets its guard here, and so does a subscriber
 * whose Context says nothing of a trace.
 */
final class LastOperatorHook implements Function<Publisher<Object>, Publisher<Object>> {

    static final String KEY = "weir.context";

    @Override
    @SuppressWarnings("unchecked")
    public Publisher<Object> apply(Publisher<Object> publisher) {
        if (publisher instanceof ScopeMono<?> || publisher instanceof ScopeFlux<?> || isGuard(publisher)) {
            return publisher;
        }
        Object guarded = AssemblyHook.guardedInput(publisher);
        if (guarded != publisher) {
            return (Publisher<Object>) guarded;
        }
        return AssemblyHook.guarded(publisher, Placement.END);
    }

    /** Asked of what is no operator of Reactor alone: that costs less. */
    private static boolean isGuard(Publisher<Object> publisher) {
        return !OperatorAccess.isInternal(publisher)
                && PublisherType.of(publisher).kind() == PublisherKind.GUARD;
    }
}
