// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.otlp.OtlpSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The properties that the autoconfigured SDK gets instead of those that it would read itself, so that both read the same. */
final class SdkProperties {

    private static final Set<String> BY_PROBABILITY =
            Set.of("traceidratio", "parentbased_traceidratio", "weir", "parentbased_weir");

    private SdkProperties() {}

    /** All that was set; null for what counts as unset, which takes it out of the SDK's own map. */
    static Map<String, @Nullable String> of(Settings settings) {
        Map<String, @Nullable String> properties = new HashMap<>();
        if (settings.source(SdkSettings.CONFIG_FILE) == Settings.Source.PROGRAM) {
            throw new IllegalArgumentException(SdkSettings.CONFIG_FILE.name()
                    + " is set by the program, allowed: a system property or the environment, where the SDK"
                    + " looks for it");
        }
        settings.texts().forEach((name, text) -> properties.put(name, text.orElse(null)));
        String argument = SdkSettings.SAMPLER_PROBABILITY.name();
        String probability = properties.get(argument);
        String sampler = settings.find(SdkSettings.SAMPLER);
        if (probability != null && sampler != null && BY_PROBABILITY.contains(sampler)) {
            try {
                SdkSettings.SAMPLER_PROBABILITY.parse(probability);
            } catch (IllegalArgumentException e) {
                ThrottledLog.of("weir.settings", System::nanoTime).warn(e.getMessage() + "; it counts as unset");
                properties.put(argument, null);
            }
        }
        return properties;
    }

    /** Warns that a configuration file alone decides where the records of the SDK go. */
    static void warnOfFile(Settings settings) {
        String ofProgram = new OtlpSettings()
                .settings().stream()
                        .filter(setting -> settings.source(setting) == Settings.Source.PROGRAM)
                        .map(Setting::name)
                        .sorted()
                        .collect(Collectors.joining(", "));
        ThrottledLog.of(Weir.LOGGER, System::nanoTime)
                .warn(SdkSettings.CONFIG_FILE.name() + " is \"" + settings.find(SdkSettings.CONFIG_FILE)
                        + "\": only what is recorded through OpenTelemetry goes where the file says;"
                        + " the lines of Logback and Log4j2 and Weir's own latencies are not exported with a file"
                        + (ofProgram.isEmpty()
                                ? ""
                                : "; what the program set does not reach the exporters of a file, which read the file,"
                                        + " system properties and the environment: " + ofProgram));
    }
}
