// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

/** Knows whether the OpenTelemetry javaagent works in this process: it puts its classes before all others. */
public final class JavaAgent {

    private JavaAgent() {}

    public static boolean isRunning() {
        try {
            Class.forName("io.opentelemetry.javaagent.bootstrap.AgentInitializer", false, null);
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }
}
