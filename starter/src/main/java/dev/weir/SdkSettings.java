// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.OtelSettings;
import dev.weir.core.Setting;
import dev.weir.core.Signal;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurablePropagatorProvider;
import io.opentelemetry.sdk.autoconfigure.spi.internal.ConfigurableMetricReaderProvider;
import io.opentelemetry.sdk.autoconfigure.spi.logs.ConfigurableLogRecordExporterProvider;
import io.opentelemetry.sdk.autoconfigure.spi.metrics.ConfigurableMetricExporterProvider;
import io.opentelemetry.sdk.autoconfigure.spi.traces.ConfigurableSamplerProvider;
import io.opentelemetry.sdk.autoconfigure.spi.traces.ConfigurableSpanExporterProvider;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What only the autoconfigured SDK reads. Declared here because the SDK ends the start over a value without a meaning, where
 * OpenTelemetry's specification wants a warning.
 */
final class SdkSettings {

    /** Names that the SDK knows without a provider. */
    private static final List<String> SAMPLERS = List.of(
            "always_on",
            "always_off",
            "traceidratio",
            "parentbased_always_on",
            "parentbased_always_off",
            "parentbased_traceidratio");

    private static final List<String> BUILT_IN = List.of("otlp", "none");
    private static final List<String> PROPAGATORS = List.of("none", "tracecontext", "baggage");

    static final Setting<String> SAMPLER = Setting.oneOf(
                    "otel.traces.sampler",
                    "which traces are kept",
                    with(SAMPLERS, ConfigurableSamplerProvider.class, ConfigurableSamplerProvider::getName))
            .withoutDefault("parentbased_always_on");

    /** Whether {@link #SAMPLER}'s argument is of this kind depends on the sampler, so it is not in {@link #ALL}. */
    static final Setting<Double> SAMPLER_PROBABILITY =
            Setting.decimal("otel.traces.sampler.arg", 1.0, 0, 1, "the share of all traces that is kept");

    static final Setting<String> CONFIG_FILE =
            Setting.text("otel.config.file", null, "a file that replaces OpenTelemetry's other settings");

    static final Setting<List<String>> TRACES_EXPORTER = exporters("traces", spanExporters());
    static final Setting<List<String>> METRICS_EXPORTER = exporters("metrics", metricExporters());
    static final Setting<List<String>> LOGS_EXPORTER = exporters("logs", logExporters());

    /** The exporters of each signal. */
    static final Map<Signal, Setting<List<String>>> EXPORTERS =
            Map.of(Signal.TRACES, TRACES_EXPORTER, Signal.METRICS, METRICS_EXPORTER, Signal.LOGS, LOGS_EXPORTER);

    static final List<Setting<?>> ALL = List.of(
            SAMPLER,
            CONFIG_FILE,
            TRACES_EXPORTER,
            METRICS_EXPORTER,
            LOGS_EXPORTER,
            names(
                    "otel.propagators",
                    "which headers carry the trace",
                    with(PROPAGATORS, ConfigurablePropagatorProvider.class, ConfigurablePropagatorProvider::getName)),
            Setting.text(
                    "otel.resource.attributes",
                    "attributes of the resource",
                    "key=value,… with percent-encoded values",
                    SdkSettings::isMap),
            OtelSettings.ATTRIBUTE_LENGTH,
            OtelSettings.ATTRIBUTE_COUNT,
            OtelSettings.limit(
                    "otel.span.attribute.value.length.limit",
                    "characters of the value of a span's attribute",
                    "otel.attribute.value.length.limit"),
            OtelSettings.limit("otel.span.attribute.count.limit", "attributes of a span", "otel.attribute.count.limit"),
            OtelSettings.limit("otel.span.event.count.limit", "events of a span", "128"),
            OtelSettings.limit("otel.span.link.count.limit", "links of a span", "128"));

    private SdkSettings() {}

    private static Setting<List<String>> exporters(String signal, List<String> known) {
        return names(
                "otel." + signal + ".exporter", "exporters of the " + signal + "; otlp (the default) is Weir", known);
    }

    private static Setting<List<String>> names(String name, String description, List<String> known) {
        return Setting.names(name, description, "of " + known, known::contains);
    }

    private static List<String> spanExporters() {
        return with(BUILT_IN, ConfigurableSpanExporterProvider.class, ConfigurableSpanExporterProvider::getName);
    }

    private static List<String> metricExporters() {
        return with(
                with(BUILT_IN, ConfigurableMetricExporterProvider.class, ConfigurableMetricExporterProvider::getName),
                ConfigurableMetricReaderProvider.class,
                ConfigurableMetricReaderProvider::getName);
    }

    private static List<String> logExporters() {
        return with(
                BUILT_IN, ConfigurableLogRecordExporterProvider.class, ConfigurableLogRecordExporterProvider::getName);
    }

    /** {@code known} and what providers on the class path are called. A provider that cannot be made is the SDK's to report. */
    private static <P> List<String> with(List<String> known, Class<P> type, Function<P, String> name) {
        TreeSet<String> provided = new TreeSet<>();
        try {
            Iterator<P> providers = ServiceLoader.load(type, AutoConfiguredOpenTelemetrySdk.class.getClassLoader())
                    .iterator();
            while (providers.hasNext()) {
                provided.add(name.apply(providers.next()));
            }
        } catch (ServiceConfigurationError ignored) {
            // What was found so far is known.
        }
        known.forEach(provided::remove);
        List<String> all = new ArrayList<>(known);
        all.addAll(provided);
        return List.copyOf(all);
    }

    private static boolean isMap(String text) {
        for (String pair : text.split(",", -1)) {
            if (!pair.isBlank()
                    && pair.substring(0, Math.max(0, pair.indexOf('='))).isBlank()) {
                return false;
            }
        }
        return true;
    }
}
