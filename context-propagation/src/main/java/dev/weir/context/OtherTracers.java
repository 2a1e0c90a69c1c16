// SPDX-License-Identifier: Apache-2.0
package dev.weir.context;

import dev.weir.core.internal.Classes;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * Looks for tracers that make traces of their own beside OpenTelemetry: then one request has two trace ids, and an operator must
 * know which of them is where. Stateless; for the start and for status pages, not for requests.
 */
final class OtherTracers {

    private static final String CONSEQUENCE =
            " runs beside OpenTelemetry, one request has two trace ids: trace_id in log lines, traceparent of instrumented"
                    + " clients and what is exported are OpenTelemetry's; traceId in the MDC and what its own reporter sends"
                    + " are the other one's; switch one of them off (management.tracing.enabled=false, or"
                    + " weir.http.spans=off), or join one SDK with Weir.builder().openTelemetry(…)";

    private OtherTracers() {}

    /** One sentence; null when there is none. */
    static @Nullable String finding() {
        if (braveRuns()) {
            return "Brave" + CONSEQUENCE;
        }
        return Classes.isPresent("io.micrometer.tracing.brave.bridge.BraveTracer", OtherTracers.class)
                        && Observations.inUse()
                ? "Micrometer Tracing with Brave" + CONSEQUENCE
                : null;
    }

    private static boolean braveRuns() {
        try {
            Method current = Class.forName("brave.Tracing", true, OtherTracers.class.getClassLoader())
                    .getMethod("current");
            return current.invoke(null) != null;
        } catch (ReflectiveOperationException | LinkageError e) {
            return false;
        }
    }

    /** Apart, so that it is loaded only where its classes exist: they come with the bridge. */
    private static final class Observations {

        static boolean inUse() {
            return !ObservationThreadLocalAccessor.getInstance()
                    .getObservationRegistry()
                    .isNoop();
        }
    }
}
