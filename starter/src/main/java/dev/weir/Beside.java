// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Names other tracing that is present in this process: nothing is known of it but that its classes are there. */
final class Beside {

    private static final Map<String, String> BY_CLASS = new TreeMap<>(Map.of(
            "brave.Tracing", "Brave",
            "io.micrometer.tracing.Tracer", "Micrometer Tracing",
            "org.springframework.boot.opentelemetry.autoconfigure.OpenTelemetrySdkAutoConfiguration",
                    "Spring Boot's OpenTelemetry",
            "org.springframework.boot.actuate.autoconfigure.opentelemetry.OpenTelemetryAutoConfiguration",
                    "Spring Boot's OpenTelemetry"));

    private static final String LOGBACK_APPENDER =
            "io.opentelemetry.instrumentation.logback.appender.v1_0.OpenTelemetryAppender";
    private static final String LOG4J_APPENDER =
            "io.opentelemetry.instrumentation.log4j.appender.v2_17.OpenTelemetryAppender";

    private Beside() {}

    /**
     * One line for the start block; empty when nothing is there.
     *
     * @param present whether a class is on the class path
     */
    static String line(AgentShare agent, Predicate<String> present) {
        List<String> parts = new ArrayList<>();
        List<String> tracing = BY_CLASS.entrySet().stream()
                .filter(entry -> present.test(entry.getKey()))
                .map(Map.Entry::getValue)
                .distinct()
                .toList();
        if (!tracing.isEmpty()) {
            parts.add(String.join(", ", tracing) + " (ids on the console and in headers may be theirs)");
        }
        if (present.test(LOGBACK_APPENDER) || present.test(LOG4J_APPENDER)) {
            parts.add("OpenTelemetry's log appender (where it is configured, lines go out twice:"
                    + " weir.logs.capture=false)");
        }
        if (agent.logs() || !agent.histograms().isEmpty()) {
            List<String> sent = new ArrayList<>();
            if (agent.logs()) {
                sent.add("the log lines");
            }
            if (!agent.histograms().isEmpty()) {
                sent.add("the durations of HTTP");
            }
            parts.add("the javaagent sends " + String.join(" and ", sent));
        }
        return String.join(" · ", parts);
    }
}
