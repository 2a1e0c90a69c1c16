// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal;

import io.opentelemetry.context.Context;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/** The key under which a Reactor Context carries the OpenTelemetry context. Its value is never null. */
public final class TraceKey {

    /** The only one. */
    public static final TraceKey INSTANCE = new TraceKey();

    private TraceKey() {}

    /**
     * The trace that a subscriber with this Context belongs to (null for the root).
     *
     * @param ambient the answer when the Context says nothing
     */
    public static @Nullable Context traceOf(ContextView view, @Nullable Context ambient) {
        if (view.isEmpty()) {
            return ambient;
        }
        Object trace = view.getOrDefault((Object) INSTANCE, (Object) null);
        return trace == null ? ambient : Slot.nullIfRoot((Context) trace);
    }

    @Override
    public String toString() {
        return "weir.trace";
    }
}
