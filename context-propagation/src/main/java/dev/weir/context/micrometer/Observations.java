// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.micrometer;

import dev.weir.core.internal.Classes;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;

/**
 * Whether Observations of Micrometer decide what is current: a registry is in use, and its tracer is the bridge to
 * OpenTelemetry. Spans of another tracer, such as Brave, never become OpenTelemetry's current context. Stateless.
 *
 * @since 0.1
 */
public final class Observations {

    /** The classes that must be there for it. */
    private static final boolean POSSIBLE =
            isPresent("io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor")
                    && isPresent("io.micrometer.tracing.otel.bridge.OtelTracer");

    private Observations() {}

    /**
     * Looks whether Observations decide what is current. Cheap; the answer may change while the application starts.
     *
     * @return true when they do; always false where the classes of Micrometer are absent
     */
    public static boolean decide() {
        return POSSIBLE && Registry.isInUse();
    }

    private static boolean isPresent(String name) {
        return Classes.isPresent(name, Observations.class);
    }

    /** Apart, so that it is loaded only where its classes exist. */
    private static final class Registry {

        static boolean isInUse() {
            return !ObservationThreadLocalAccessor.getInstance()
                    .getObservationRegistry()
                    .isNoop();
        }
    }
}
