// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.autoconfigure;

import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.internal.ManagedSdk;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.otlp.OtlpExport;
import dev.weir.otlp.OtlpProtocol;
import dev.weir.otlp.OtlpSettings;
import io.opentelemetry.sdk.autoconfigure.spi.AutoConfigurationCustomizer;
import io.opentelemetry.sdk.autoconfigure.spi.AutoConfigurationCustomizerProvider;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes the place of the SDK's {@code otlp} exporters, and of the batch processors and readers with their threads: the
 * name is taken out of {@code otel.traces.exporter} and its siblings, and Weir's processors and reader are added
 * instead.
 *
 * <p>Does nothing when {@code weir.managed} is {@code true} (the starter wires the modules itself), when
 * {@code otel.sdk.disabled} is {@code true}, when {@code weir.otlp.takeover} is {@code false}, and when Weir's own
 * settings cannot be used; the SDK then exports as it would without Weir. The shutdown of the SDK closes the export.
 *
 * @since 0.1
 */
public final class OtlpAutoConfiguration implements AutoConfigurationCustomizerProvider {

    /** Made by {@link java.util.ServiceLoader}. */
    public OtlpAutoConfiguration() {}

    /** Last, so that it reads what others have set. */
    @Override
    public int order() {
        return Integer.MAX_VALUE;
    }

    @Override
    public void customize(AutoConfigurationCustomizer autoConfiguration) {
        Takeover takeover = new Takeover();
        autoConfiguration.addPropertiesCustomizer(takeover::decide);
        autoConfiguration.addTracerProviderCustomizer((builder, config) -> {
            OtlpExport export = takeover.of(Signal.TRACES);
            return export == null ? builder : builder.addSpanProcessor(export.spanProcessor());
        });
        autoConfiguration.addLoggerProviderCustomizer((builder, config) -> {
            OtlpExport export = takeover.of(Signal.LOGS);
            return export == null ? builder : builder.addLogRecordProcessor(export.logRecordProcessor());
        });
        autoConfiguration.addMeterProviderCustomizer((builder, config) -> {
            OtlpExport export = takeover.of(Signal.METRICS);
            return export == null ? builder : builder.registerMetricReader(export.metricReader());
        });
    }

    /** The decision for one SDK. */
    private static final class Takeover {

        private final Set<Signal> signals = EnumSet.noneOf(Signal.class);
        private @Nullable OtlpExport export;

        Map<String, String> decide(ConfigProperties config) {
            Map<String, String> changes = new HashMap<>();
            if (config.getBoolean(ManagedSdk.PROPERTY, false) || config.getBoolean("otel.sdk.disabled", false)) {
                return changes;
            }
            for (Signal signal : Signal.values()) {
                String name = "otel." + signal.label() + ".exporter";
                ExporterChoice choice = ExporterChoice.of(config.getList(name));
                if (choice.otlp()) {
                    signals.add(signal);
                    changes.put(name, choice.others());
                }
            }
            if (signals.isEmpty() || start(config)) {
                return changes;
            }
            signals.clear();
            return Map.of();
        }

        private boolean start(ConfigProperties config) {
            TelemetryRuntime runtime = null;
            try {
                Settings settings = settings(config);
                if (!settings.get(OtlpSettings.TAKEOVER)) {
                    return false;
                }
                runtime = TelemetryRuntime.create(settings);
                OtlpExport started = OtlpExport.builder()
                        .runtime(runtime)
                        .defaultProtocol(OtlpProtocol.GRPC)
                        .closeAfter(signals)
                        .build();
                export = started;
                return true;
            } catch (Throwable e) {
                ThrottledLog.of("weir.otlp", System::nanoTime)
                        .error("Weir's OTLP export cannot be used, the SDK's own stays in place", e);
                return false;
            } finally {
                if (runtime != null) {
                    // The export keeps the threads as long as it runs.
                    runtime.close();
                }
            }
        }

        /** Values that the SDK has from other sources count, too; the others keep their source. */
        private static Settings settings(ConfigProperties config) {
            Settings.Builder settings = Settings.builder();
            for (Setting<?> setting : new OtlpSettings().settings()) {
                String value = config.getString(setting.name());
                if (value != null && !value.equals(outside(setting))) {
                    settings.set(setting.name(), value);
                }
            }
            return settings.build();
        }

        private static @Nullable String outside(Setting<?> setting) {
            return System.getProperty(setting.name(), System.getenv(setting.environmentName()));
        }

        @Nullable
        OtlpExport of(Signal signal) {
            return signals.contains(signal) ? export : null;
        }
    }
}
