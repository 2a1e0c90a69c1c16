// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.micrometer;

import dev.weir.context.internal.Slot;
import dev.weir.context.internal.TraceKey;
import io.micrometer.context.ThreadLocalAccessor;
import io.opentelemetry.context.Context;
import org.jspecify.annotations.Nullable;

/**
 * The slot as a thread local of Micrometer's context-propagation; found by it as a service. Without it Reactor's automatic
 * mode would take its snapshots past the trace, and its guards would disagree with ours. Thread-safe.
 *
 * <p>Where Observations of Micrometer are in use, they alone decide what is current: a Context that has an Observation and
 * no trace of ours must not have the Observation's span taken away again, whichever of the two accessors comes first. There
 * this accessor does nothing.
 *
 * @since 0.1
 */
public final class SlotAccessor implements ThreadLocalAccessor<Context> {

    @Override
    public Object key() {
        return TraceKey.INSTANCE;
    }

    @Override
    public @Nullable Context getValue() {
        return Observations.decide() ? null : Slot.current();
    }

    @Override
    public void setValue(Context value) {
        set(value);
    }

    @Override
    public void setValue() {
        set(null);
    }

    @Override
    public void restore(Context previousValue) {
        set(previousValue);
    }

    @Override
    public void restore() {
        set(null);
    }

    private static void set(@Nullable Context trace) {
        if (!Observations.decide()) {
            Slot.set(Slot.nullIfRoot(trace));
        }
    }
}
