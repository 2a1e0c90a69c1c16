// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.context.w3c.W3cBaggagePropagator;
import dev.weir.context.w3c.W3cPropagator;
import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.internal.ManagedSdk;
import dev.weir.log.otel.LogPipeProcessor;
import dev.weir.otlp.autoconfigure.ExporterChoice;
import dev.weir.sampler.ConsistentSampler;
import io.opentelemetry.api.baggage.propagation.W3CBaggagePropagator;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes an autoconfigured SDK whose records go through the {@link Carriers}, wherever {@code otlp} was chosen for a signal. Used
 * once, by one thread.
 */
final class OwnSdk {

    /** An SDK that does nothing: only its resource is wanted, whatever else the environment says. */
    private static final Map<String, String> NO_SIGNALS = Map.of(
            ManagedSdk.PROPERTY,
            "true",
            "otel.traces.exporter",
            "none",
            "otel.metrics.exporter",
            "none",
            "otel.logs.exporter",
            "none",
            "otel.propagators",
            "none",
            SdkSettings.SAMPLER.name(),
            "always_off",
            "otel.config.file",
            "",
            "otel.experimental.config.file",
            "");

    private final Settings settings;
    private final Carriers carriers;
    private final Set<Signal> exported = EnumSet.noneOf(Signal.class);

    /** Whether the SDK asked for properties; with a configuration file it does not. */
    private boolean asked;

    OwnSdk(Settings settings, Carriers carriers) {
        this.settings = settings;
        this.carriers = carriers;
    }

    OpenTelemetrySdk build() {
        OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.builder()
                .disableShutdownHook()
                .addPropertiesCustomizer(this::properties)
                .addResourceCustomizer((merged, config) -> carriers.resource(merged))
                .addSamplerCustomizer(OwnSdk::sampler)
                .addPropagatorCustomizer((chosen, config) -> propagator(chosen))
                .addTracerProviderCustomizer((provider, config) -> exports(Signal.TRACES)
                        ? provider.addSpanProcessor(carriers.export().spanProcessor())
                        : provider)
                .addMetricReaderCustomizer((reader, config) -> carriers.withLatencies(reader))
                .addMeterProviderCustomizer((provider, config) -> exports(Signal.METRICS)
                        ? provider.registerMetricReader(
                                carriers.withLatencies(carriers.export().metricReader()))
                        : provider)
                .addLoggerProviderCustomizer((provider, config) -> exports(Signal.LOGS)
                        ? provider.addLogRecordProcessor(LogPipeProcessor.create(carriers.pipe()))
                        : provider)
                .build()
                .getOpenTelemetrySdk();
        if (!asked) {
            SdkProperties.warnOfFile(settings);
        }
        return sdk;
    }

    /** Whether Weir exports the records of this signal. */
    boolean exports(Signal signal) {
        return exported.contains(signal);
    }

    /** The resource that an SDK made of this process's settings would have; nothing else of that SDK is used. */
    static Resource resourceOf(Settings settings) {
        Resource[] found = {Resource.getDefault()};
        AutoConfiguredOpenTelemetrySdk.builder()
                .disableShutdownHook()
                .addPropertiesCustomizer(config -> {
                    Map<String, @Nullable String> changed = SdkProperties.of(settings);
                    changed.putAll(NO_SIGNALS);
                    return changed;
                })
                .addResourceCustomizer((merged, config) -> found[0] = merged)
                .build()
                .getOpenTelemetrySdk()
                .close();
        return found[0];
    }

    /** What was set and means something, without the OTLP exporters of the SDK: Weir's take their place. */
    private Map<String, @Nullable String> properties(ConfigProperties config) {
        asked = true;
        Map<String, @Nullable String> changed = SdkProperties.of(settings);
        changed.put(ManagedSdk.PROPERTY, "true");
        SdkSettings.EXPORTERS.forEach((signal, exporters) -> {
            String name = exporters.name();
            List<String> named = changed.containsKey(name) ? settings.get(exporters) : config.getList(name);
            ExporterChoice choice = ExporterChoice.of(named);
            if (choice.otlp()) {
                exported.add(signal);
            }
            changed.put(name, choice.others());
        });
        return changed;
    }

    /** Without a chosen sampler: OpenTelemetry's default decision, parent first, written with its exact weight. */
    private static Sampler sampler(Sampler chosen, ConfigProperties config) {
        return config.getString(SdkSettings.SAMPLER.name()) == null ? ConsistentSampler.parentBased(1.0) : chosen;
    }

    /** Weir's where OpenTelemetry's would read and write the same headers: it is stricter, and makes a fraction of the objects. */
    private static TextMapPropagator propagator(TextMapPropagator chosen) {
        if (chosen instanceof W3CTraceContextPropagator) {
            return W3cPropagator.instance();
        }
        return chosen instanceof W3CBaggagePropagator ? W3cBaggagePropagator.instance() : chosen;
    }
}
