// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.micrometer;

import dev.weir.context.internal.Slot;
import dev.weir.context.internal.TraceKey;
import io.micrometer.context.ThreadLocalAccessor;
import io.opentelemetry.context.Context;
import org.jspecify.annotations.Nullable;

/**
 * The slot as a thread local of Micrometer's context-propagation; found by it as a service. Without it Reactor's automatic
 * mode would take its snapshots past the trace, and its guards would disagree with ours. Stateless and thread-safe.
 */
public final class SlotAccessor implements ThreadLocalAccessor<Context> {

    @Override
    public Object key() {
        return TraceKey.INSTANCE;
    }

    @Override
    public @Nullable Context getValue() {
        return Slot.current();
    }

    @Override
    public void setValue(Context value) {
        Slot.set(Slot.nullIfRoot(value));
    }

    @Override
    public void setValue() {
        Slot.set(null);
    }

    @Override
    public void restore(Context previousValue) {
        Slot.set(Slot.nullIfRoot(previousValue));
    }

    @Override
    public void restore() {
        Slot.set(null);
    }
}
