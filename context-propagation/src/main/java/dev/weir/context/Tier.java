// SPDX-License-Identifier: Apache-2.0
package dev.weir.context;

import java.util.Locale;

/**
 * How the trace is kept right in Reactor pipelines.
 *
 * @since 0.1
 */
public enum Tier {
    /** Nothing is installed; only the explicit doors of {@link Traced} work. */
    OFF,
    /** Only hops to a scheduler and the explicit doors are guarded. */
    HOPS,
    /** Hooks of Reactor guard the places where a trace could be lost. */
    LIBRARY,
    /** As {@code LIBRARY}, beside Reactor's automatic context propagation, which the application switched on. */
    COMPATIBLE,
    /** Byte code of Reactor calls the guards itself; no hook at assembly. */
    AGENT,
    /** Another agent or a wrapper owns OpenTelemetry's storage: the same guards work through it. */
    STAND_DOWN;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
