// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.internal.OpenTelemetryJavaAgent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What the OpenTelemetry javaagent of this JVM already sends, so that it does not go out twice. Immutable.
 *
 * @param logs the lines of the application
 * @param histograms names of metrics
 */
record AgentShare(boolean logs, Set<String> histograms) {

    private static final String SERVER = "http.server.request.duration";
    private static final String CLIENT = "http.client.request.duration";

    private static final AgentShare NOTHING = new AgentShare(false, Set.of());

    static AgentShare of(Settings settings) {
        return OpenTelemetryJavaAgent.isRunning() ? ofAgent(settings) : NOTHING;
    }

    /** By the switches of the agent's instrumentations; those of its exporters are Weir's as well. */
    static AgentShare ofAgent(Settings settings) {
        boolean logs = instruments(settings, "logback-appender") && instruments(settings, "log4j-appender");
        boolean netty = instruments(settings, "netty");
        List<String> histograms = new ArrayList<>();
        if (netty) {
            histograms.add(SERVER);
        }
        if (netty || instruments(settings, "reactor-netty")) {
            histograms.add(CLIENT);
        }
        return new AgentShare(logs, Set.copyOf(histograms));
    }

    private static boolean instruments(Settings settings, String instrumentation) {
        String all = value(settings, "otel.instrumentation.common.default-enabled", "true");
        return "true".equalsIgnoreCase(value(settings, "otel.instrumentation." + instrumentation + ".enabled", all));
    }

    private static String value(Settings settings, String name, String otherwise) {
        return settings.get(Setting.text(name, otherwise, "a switch of the javaagent"));
    }

    /** Whether a histogram is left for Weir to send. */
    boolean leaves(String histogram) {
        return !histograms.contains(histogram);
    }
}
