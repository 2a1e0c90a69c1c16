// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

/** Knows whether the OpenTelemetry javaagent works in this process: it puts its classes before all others. Stateless. */
public final class JavaAgent {

    private JavaAgent() {}

    /** Whether it was started with this JVM or attached to it, and was not switched off by its {@code otel.javaagent.enabled}. */
    public static boolean isRunning() {
        if (isSwitchedOff()) {
            return false;
        }
        try {
            Class.forName("io.opentelemetry.javaagent.bootstrap.AgentInitializer", false, null);
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    private static boolean isSwitchedOff() {
        String enabled = System.getProperty("otel.javaagent.enabled", System.getenv("OTEL_JAVAAGENT_ENABLED"));
        return "false".equalsIgnoreCase(enabled);
    }
}
