// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.micrometer;

import dev.weir.context.internal.Slot;
import dev.weir.context.internal.TraceKey;
import io.micrometer.context.ThreadLocalAccessor;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.opentelemetry.context.Context;
import org.jspecify.annotations.Nullable;

/**
 * The slot as a thread local of Micrometer's context-propagation; found by it as a service. Without it Reactor's automatic
 * mode would take its snapshots past the trace, and its guards would disagree with ours. Thread-safe.
 *
 * <p>Where Observations of Micrometer are in use, they alone decide what is current: a Context that has an Observation and
 * no trace of ours must not have the Observation's span taken away again, whichever of the two accessors comes first. There
 * this accessor does nothing.
 */
public final class SlotAccessor implements ThreadLocalAccessor<Context> {

    /** Whether Micrometer's Observation is on the class path at all. */
    private static final boolean OBSERVATION_PRESENT = isPresent();

    private static boolean isPresent() {
        try {
            Class.forName(
                    "io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor",
                    false,
                    SlotAccessor.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    private static boolean observationDecides() {
        return OBSERVATION_PRESENT && Observations.inUse();
    }

    /** Apart, so that it is loaded only where its classes exist. */
    private static final class Observations {

        static boolean inUse() {
            return !ObservationThreadLocalAccessor.getInstance()
                    .getObservationRegistry()
                    .isNoop();
        }
    }

    @Override
    public Object key() {
        return TraceKey.INSTANCE;
    }

    @Override
    public @Nullable Context getValue() {
        return observationDecides() ? null : Slot.current();
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
        if (!observationDecides()) {
            Slot.set(Slot.nullIfRoot(trace));
        }
    }
}
