// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.internal.OpenTelemetryJavaAgent;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.resources.Resource;
import org.jspecify.annotations.Nullable;

/**
 * An OpenTelemetry that stands in this JVM already.
 *
 * @param openTelemetry its API
 * @param description for messages
 */
record RunningSdk(OpenTelemetry openTelemetry, String description) {

    /**
     * The javaagent's, or the one that the application registered globally; null when there is none. Registers nothing itself.
     */
    static @Nullable RunningSdk find() {
        if (OpenTelemetryJavaAgent.isRunning()) {
            return new RunningSdk(GlobalOpenTelemetry.get(), "the OpenTelemetry javaagent");
        }
        return GlobalSeat.isSet() && !GlobalSeat.isOurs()
                ? new RunningSdk(GlobalOpenTelemetry.get(), "the global OpenTelemetry SDK")
                : null;
    }

    /** Whether it does anything: not so when it was shut down, and with a no-op. */
    boolean works() {
        SdkInside inside = SdkInside.of(openTelemetry);
        if (inside.isKnown()) {
            return !inside.isShutDown();
        }
        OpenTelemetry noop = OpenTelemetry.noop();
        if (spanBuilder(openTelemetry).getClass() != spanBuilder(noop).getClass()) {
            return true;
        }
        return tracer(openTelemetry).getClass() == tracer(noop).getClass()
                && openTelemetry.getTracerProvider().getClass()
                        != noop.getTracerProvider().getClass();
    }

    /** The resource of its signals; null when it does not tell. */
    @Nullable
    Resource resource() {
        return SdkInside.of(openTelemetry).resource();
    }

    private static SpanBuilder spanBuilder(OpenTelemetry openTelemetry) {
        return tracer(openTelemetry).spanBuilder("never started");
    }

    private static Tracer tracer(OpenTelemetry openTelemetry) {
        return openTelemetry.getTracer("dev.weir");
    }
}
