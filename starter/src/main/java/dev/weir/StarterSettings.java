// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.Setting;
import dev.weir.core.SettingsProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The settings of the starter itself.
 *
 * @since 0.1
 */
public final class StarterSettings implements SettingsProvider {

    /** Switches Weir off as a whole: everything becomes a no-op. */
    public static final Setting<Boolean> SDK_DISABLED =
            Setting.flag("otel.sdk.disabled", false, "whether the telemetry is off");

    /** The name of the service in every signal. */
    public static final Setting<String> SERVICE_NAME =
            Setting.text("otel.service.name", null, "the name of the service in every signal");

    /** The exporters of metrics; beside an OpenTelemetry that stands already it decides whether Weir's latencies are sent. */
    public static final Setting<List<String>> METRICS_EXPORTER = SdkSettings.METRICS_EXPORTER;

    /** The exporters of log records; lines are captured only with {@code otlp}. */
    public static final Setting<List<String>> LOGS_EXPORTER = SdkSettings.LOGS_EXPORTER;

    /** Whether the log lines of a running Logback or Log4j2 are captured. */
    public static final Setting<Boolean> CAPTURE_LOGS =
            Setting.flag("weir.logs.capture", true, "whether the log lines of Logback or Log4j2 are captured");

    /** Whether the MDC of Logback shows the ids of the current span and the fields that travel with the trace. */
    public static final Setting<Boolean> LOG_FIELDS = Setting.flag(
            "weir.logs.fields", true, "whether Logback's MDC shows the ids of the span and the fields of the trace");

    /** Whether the start block is printed. */
    public static final Setting<Boolean> BANNER =
            Setting.flag("weir.banner", true, "whether the start block is printed");

    /** Whether the end of the JVM closes what the program did not close. */
    public static final Setting<Boolean> SHUTDOWN_HOOK =
            Setting.flag("weir.shutdown.hook", true, "whether the end of the JVM closes the telemetry");

    /** How long that waits at most while other shutdown hooks are at work; what they record leaves as well. */
    public static final Setting<Duration> SHUTDOWN_DELAY = Setting.duration(
            "weir.shutdown.delay",
            Duration.ofSeconds(10),
            Duration.ZERO,
            Duration.ofMinutes(5),
            "how long the end of the JVM waits at most for other shutdown hooks");

    @Override
    public Collection<Setting<?>> settings() {
        List<Setting<?>> all = new ArrayList<>(SdkSettings.ALL);
        all.addAll(
                List.of(SDK_DISABLED, SERVICE_NAME, CAPTURE_LOGS, LOG_FIELDS, BANNER, SHUTDOWN_HOOK, SHUTDOWN_DELAY));
        return all;
    }
}
