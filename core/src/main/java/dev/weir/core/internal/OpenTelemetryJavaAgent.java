// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

/** Knows whether the OpenTelemetry javaagent works in this process: it puts its classes before all others. Stateless. */
public final class OpenTelemetryJavaAgent {

    private OpenTelemetryJavaAgent() {}

    /** Whether it was started with this JVM or attached to it, and was not switched off by its {@code otel.javaagent.enabled}. */
    public static boolean isRunning() {
        return !isSwitchedOff()
                && Classes.isPresent("io.opentelemetry.javaagent.bootstrap.AgentInitializer", (ClassLoader) null);
    }

    private static boolean isSwitchedOff() {
        String enabled = System.getProperty("otel.javaagent.enabled", System.getenv("OTEL_JAVAAGENT_ENABLED"));
        return "false".equalsIgnoreCase(enabled);
    }
}
