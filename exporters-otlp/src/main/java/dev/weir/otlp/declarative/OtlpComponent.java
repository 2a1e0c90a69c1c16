// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.declarative;

import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.otlp.OtlpExport;
import dev.weir.otlp.OtlpSettings;
import io.opentelemetry.api.incubator.config.DeclarativeConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.internal.ComponentProvider;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes one export of one signal from a component's properties, which mean what they mean for the SDK's exporters. The
 * shutdown of the SDK closes it.
 */
abstract class OtlpComponent implements ComponentProvider {

    private static final String HTTP = "otlp_http";
    private static final String GRPC = "otlp_grpc";

    private final Class<?> type;
    private final Signal signal;
    private final boolean grpc;
    private final Function<OtlpExport, Object> part;

    OtlpComponent(Class<?> type, Signal signal, boolean grpc, Function<OtlpExport, Object> part) {
        this.type = type;
        this.signal = signal;
        this.grpc = grpc;
        this.part = part;
    }

    @Override
    public Class<?> getType() {
        return type;
    }

    @Override
    public String getName() {
        return grpc ? GRPC : HTTP;
    }

    /**
     * @throws IllegalArgumentException naming what is not allowed
     * @throws IllegalStateException when two properties contradict each other
     */
    @Override
    public Object create(DeclarativeConfigProperties config) {
        TelemetryRuntime runtime = TelemetryRuntime.create(settings(config));
        try {
            return part.apply(OtlpExport.builder()
                    .runtime(runtime)
                    .closeAfter(EnumSet.of(signal))
                    .build());
        } finally {
            // The export keeps the threads as long as it runs.
            runtime.close();
        }
    }

    /** A file replaces OpenTelemetry's variables; Weir's own stay. */
    private Settings settings(DeclarativeConfigProperties config) {
        Settings.Builder settings = Settings.builder();
        Map<String, String> properties = new HashMap<>();
        for (String name : System.getProperties().stringPropertyNames()) {
            if (name.startsWith("weir.")) {
                properties.put(name, System.getProperty(name, ""));
            }
        }
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.keySet().removeIf(name -> !name.startsWith("WEIR_"));
        settings.systemProperties(properties).environment(environment);
        String prefix = "otel.exporter.otlp." + signal.label() + ".";
        Properties file = new Properties(settings);
        String json = "json".equals(config.getString("encoding")) ? "http/json" : "http/protobuf";
        file.set("encoding", prefix + "protocol", grpc ? "grpc" : json);
        file.set("endpoint", prefix + "endpoint", config.getString("endpoint"));
        file.set("compression", prefix + "compression", config.getString("compression"));
        file.set("headers", prefix + "headers", headers(config));
        file.set("timeout", prefix + "timeout", config.getInt("timeout"));
        DeclarativeConfigProperties tls = config.get("tls");
        file.set("tls.ca_file", prefix + "certificate", tls.getString("ca_file"));
        file.set("tls.key_file", prefix + "client.key", tls.getString("key_file"));
        file.set("tls.cert_file", prefix + "client.certificate", tls.getString("cert_file"));
        file.set("tls.insecure", prefix + "insecure", tls.getBoolean("insecure"));
        if (signal == Signal.METRICS) {
            file.set("temporality_preference", prefix + "temporality.preference", temporality(config));
            file.set(
                    "default_histogram_aggregation",
                    prefix + "default.histogram.aggregation",
                    config.getString("default_histogram_aggregation"));
            file.set("interval", "otel.metric.export.interval", config.getInt("interval"));
        }
        return settings.build();
    }

    /**
     * Puts a file's properties into settings. A value that is not allowed ends the start, as the schema of such files
     * requires.
     */
    private final class Properties {

        private final Settings.Builder settings;
        private final Map<String, Setting<?>> known = new HashMap<>();

        Properties(Settings.Builder settings) {
            this.settings = settings;
            new OtlpSettings().settings().forEach(setting -> known.put(setting.name(), setting));
        }

        void set(String property, String name, @Nullable Object value) {
            String text = value == null ? "" : value.toString();
            if (text.isEmpty()) {
                return;
            }
            Setting<?> setting = known.get(name);
            if (setting != null) {
                try {
                    setting.parse(text);
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(getName() + ": " + property + ": " + e.getMessage(), e);
                }
            }
            settings.set(name, text);
        }
    }

    /** {@code low_memory} in files is {@code lowmemory} in variables. */
    private static @Nullable String temporality(DeclarativeConfigProperties config) {
        String value = config.getString("temporality_preference");
        return "low_memory".equals(value) ? "lowmemory" : value;
    }

    /** {@code headers_list} as it is; what {@code headers} names wins because it comes later. */
    private static @Nullable String headers(DeclarativeConfigProperties config) {
        StringBuilder text = new StringBuilder();
        String list = config.getString("headers_list");
        if (list != null) {
            text.append(list);
        }
        List<DeclarativeConfigProperties> headers = config.getStructuredList("headers");
        if (headers != null) {
            for (DeclarativeConfigProperties header : headers) {
                String value = header.getString("value", "");
                text.append(text.isEmpty() ? "" : ",")
                        .append(header.getString("name", ""))
                        .append('=')
                        .append(URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20"));
            }
        }
        return text.isEmpty() ? null : text.toString();
    }
}
