// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.context.TracePropagation;
import dev.weir.context.w3c.W3cBaggagePropagator;
import dev.weir.context.w3c.W3cPropagator;
import dev.weir.core.Registration;
import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.internal.JavaAgent;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.core.spi.SignalTap;
import dev.weir.http.HttpTelemetry;
import dev.weir.log.LogPipe;
import dev.weir.log.otel.LogPipeProcessor;
import dev.weir.metric.LatencyMetrics;
import dev.weir.otlp.autoconfigure.ExporterChoice;
import dev.weir.otlp.OtlpExport;
import dev.weir.otlp.OtlpExportBuilder;
import dev.weir.sampler.ConsistentSampler;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.baggage.propagation.W3CBaggagePropagator;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdkBuilder;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Builds the rooms in order and hands them to a {@link Weir}; closes what was built when one of them fails. Used once. */
final class Assembly {

    /** Tells rooms that can register themselves with an autoconfigured SDK that the starter has already wired them. */
    private static final String MANAGED = "weir.managed";

    /** The room in the pipe's directory for what could not be sent. */
    static final String SPOOL = "otlp";

    /** An SDK that does nothing but find its resource, whatever else the environment says. */
    private static final Map<String, String> NO_SIGNALS = Map.of(
            MANAGED,
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
    private final @Nullable OpenTelemetry given;
    private final @Nullable SignalTap tap;
    private final boolean global;
    private final Registration ownLines;
    private final AgentShare agent;

    private final Set<String> ours = new HashSet<>();
    private boolean asked;
    private final Deque<AutoCloseable> built = new ArrayDeque<>();
    private Resource resource = Resource.getDefault();
    private Registration globalSeat = Registration.NONE;
    private @Nullable LogPipe pipe;
    private @Nullable OtlpExport export;

    Assembly(
            Settings settings,
            @Nullable OpenTelemetry given,
            @Nullable SignalTap tap,
            boolean global,
            Registration ownLines) {
        this.settings = settings;
        this.given = given;
        this.tap = tap;
        this.global = global;
        this.ownLines = ownLines;
        this.agent = AgentShare.of(settings);
    }

    Weir start() {
        TelemetryRuntime runtime = keep(TelemetryRuntime.create(settings));
        TracePropagation propagation = keep(TracePropagation.enable(runtime));
        LatencyMetrics latencies =
                keep(LatencyMetrics.builder().runtime(runtime).build());
        RunningSdk running = running(runtime);
        Rooms rooms = running == null ? ownSdk(runtime, latencies) : beside(running, runtime, latencies);
        HttpTelemetry http = keep(HttpTelemetry.builder(rooms.openTelemetry())
                .runtime(runtime)
                .outcomeListener(latencies.outcomes())
                .build());
        if (rooms.logs()) {
            rooms.export().logs(rooms.pipe().batches());
        }
        if (global) {
            registerGlobal(rooms.openTelemetry(), runtime);
        }
        LogCapture capture = keep(LogCapture.install(
                rooms.logs() && capturesLines() ? rooms.pipe() : null, settings.get(StarterSettings.LOG_FIELDS)));
        Weir.Parts parts = new Weir.Parts(runtime, rooms, propagation, http, latencies, capture, globalSeat, ownLines);
        if (settings.get(StarterSettings.BANNER)) {
            StartBlock.print(parts, settings, Beside.line(agent, LogCapture::present));
        }
        Weir weir = Weir.of(parts);
        if (settings.get(StarterSettings.SHUTDOWN_HOOK)) {
            weir.closeWithTheJvm(settings.get(StarterSettings.SHUTDOWN_DELAY));
        }
        return weir;
    }

    /** The OpenTelemetry to join; null when there is none that records. */
    private @Nullable RunningSdk running(TelemetryRuntime runtime) {
        RunningSdk found =
                given == null ? RunningSdk.find() : new RunningSdk(given, "the OpenTelemetry that the program gave");
        if (found == null || JavaAgent.isRunning() || found.works()) {
            return found;
        }
        boolean joined = given != null;
        log(runtime)
                .warn(found.description() + " records nothing: it was shut down, or is a no-op. "
                        + (joined
                                ? "Spans of requests go nowhere"
                                : "Weir runs an SDK of its own; whoever uses the global one sends nothing"));
        return joined ? found : null;
    }

    private void registerGlobal(OpenTelemetry openTelemetry, TelemetryRuntime runtime) {
        Registration seat = GlobalSeat.take(openTelemetry);
        if (seat == null) {
            log(runtime)
                    .warn("this Weir is not registered as GlobalOpenTelemetry: "
                            + (GlobalSeat.isOurs() ? "another Weir that runs is" : "somebody else set it first"));
        } else {
            globalSeat = keep(seat);
        }
    }

    private static ThrottledLog log(TelemetryRuntime runtime) {
        return ThrottledLog.of(Weir.LOGGER, runtime.ticker()::nanoTime);
    }

    /** Closes what was built so far, the last first. */
    void abandon() {
        while (!built.isEmpty()) {
            try {
                built.pop().close();
            } catch (Throwable ignored) {
                // The failure that led here is the one to report.
            }
        }
    }

    private Rooms ownSdk(TelemetryRuntime runtime, LatencyMetrics latencies) {
        AutoConfiguredOpenTelemetrySdkBuilder builder = AutoConfiguredOpenTelemetrySdk.builder()
                .disableShutdownHook()
                .addPropertiesCustomizer(this::properties)
                .addResourceCustomizer((merged, config) -> resource = ServiceInstance.in(merged))
                .addSamplerCustomizer(Assembly::sampler)
                .addPropagatorCustomizer((chosen, config) -> propagator(chosen))
                .addTracerProviderCustomizer((provider, config) -> ours.contains("traces")
                        ? provider.addSpanProcessor(export(runtime).spanProcessor())
                        : provider)
                .addMetricReaderCustomizer((reader, config) -> withLatencies(reader, latencies))
                .addMeterProviderCustomizer((provider, config) -> ours.contains("metrics")
                        ? provider.registerMetricReader(
                                withLatencies(export(runtime).metricReader(), latencies))
                        : provider)
                .addLoggerProviderCustomizer((provider, config) -> ours.contains("logs")
                        ? provider.addLogRecordProcessor(LogPipeProcessor.create(pipe(runtime)))
                        : provider);
        OpenTelemetrySdk sdk = keep(builder.build().getOpenTelemetrySdk());
        if (!asked) {
            SdkProperties.warnOfFile(settings);
        }
        return new Rooms(
                sdk, sdk, null, null, pipe(runtime), export(runtime), ours.contains("logs"), ServiceName.of(resource));
    }

    private Rooms beside(RunningSdk running, TelemetryRuntime runtime, LatencyMetrics latencies) {
        resource = ServiceInstance.in(resourceBeside(running, runtime));
        SdkMeterProvider meters = weirs(StarterSettings.METRICS_EXPORTER)
                ? keep(SdkMeterProvider.builder()
                        .setResource(resource)
                        .registerMetricReader(withLatencies(export(runtime).metricReader(), latencies))
                        .build())
                : null;
        return new Rooms(
                running.openTelemetry(),
                null,
                meters,
                running.description(),
                pipe(runtime),
                export(runtime),
                weirs(StarterSettings.LOGS_EXPORTER),
                ServiceName.of(resource));
    }

    /** That of the running SDK, so that all signals of the process are one service's; else what its environment says. */
    private Resource resourceBeside(RunningSdk running, TelemetryRuntime runtime) {
        Resource theirs = running.resource();
        if (theirs == null) {
            return environment();
        }
        String name = settings.find(StarterSettings.SERVICE_NAME);
        if (name == null || name.equals(ServiceName.of(theirs))) {
            return theirs;
        }
        if (!ServiceName.isKnown(theirs)) {
            return theirs.toBuilder().put(ServiceName.KEY, name).build();
        }
        log(runtime)
                .warn("service.name=" + name + " (from " + settings.sourceName(StarterSettings.SERVICE_NAME)
                        + ") is not used: the spans of " + running.description() + " are of " + ServiceName.of(theirs)
                        + ", and so are logs and latencies");
        return theirs;
    }

    /** The resource that an SDK made of this process's settings would have, and nothing else of it. */
    private Resource environment() {
        AutoConfiguredOpenTelemetrySdk.builder()
                .disableShutdownHook()
                .addPropertiesCustomizer(config -> {
                    Map<String, @Nullable String> changed = SdkProperties.of(settings);
                    changed.putAll(NO_SIGNALS);
                    return changed;
                })
                .addResourceCustomizer((merged, config) -> resource = merged)
                .build()
                .getOpenTelemetrySdk()
                .close();
        return resource;
    }

    private boolean weirs(Setting<List<String>> exporters) {
        return ExporterChoice.of(settings.get(exporters)).otlp();
    }

    private LogPipe pipe(TelemetryRuntime runtime) {
        LogPipe room = pipe;
        if (room == null) {
            room = keep(LogPipe.builder().runtime(runtime).resource(resource).build());
            pipe = room;
        }
        return room;
    }

    private OtlpExport export(TelemetryRuntime runtime) {
        OtlpExport room = export;
        if (room == null) {
            OtlpExportBuilder builder =
                    OtlpExport.builder().runtime(runtime).spool(pipe(runtime).spool(SPOOL));
            if (tap != null) {
                builder.tap(tap);
            }
            room = keep(builder.build());
            export = room;
        }
        return room;
    }

    private MetricReader withLatencies(MetricReader reader, LatencyMetrics latencies) {
        return latencies.reader(reader, resource, agent::leaves);
    }

    /** Beside an agent that captures them only when somebody says so. */
    private boolean capturesLines() {
        boolean unsaid = settings.source(StarterSettings.CAPTURE_LOGS) == Settings.Source.DEFAULT;
        return settings.get(StarterSettings.CAPTURE_LOGS) && !(unsaid && agent.logs());
    }

    /** What was set and means something, without the OTLP exporters of the SDK: ours take their place. */
    private Map<String, @Nullable String> properties(ConfigProperties config) {
        asked = true;
        Map<String, @Nullable String> changed = SdkProperties.of(settings);
        changed.put(MANAGED, "true");
        for (String signal : new String[] {"traces", "metrics", "logs"}) {
            String name = "otel." + signal + ".exporter";
            String value = changed.getOrDefault(name, config.getString(name));
            ExporterChoice choice = ExporterChoice.of(SdkProperties.list(value));
            if (choice.otlp()) {
                ours.add(signal);
            }
            changed.put(name, choice.others());
        }
        return changed;
    }

    /** Where nobody chose a sampler: OpenTelemetry's default decision, parent first, written with its exact weight. */
    private static Sampler sampler(Sampler chosen, ConfigProperties config) {
        return config.getString(SdkSettings.SAMPLER.name()) == null ? ConsistentSampler.parentBased(1.0) : chosen;
    }

    /** Ours where OpenTelemetry's would read and write the same headers: it is stricter, and takes a fraction of the objects. */
    private static TextMapPropagator propagator(TextMapPropagator chosen) {
        if (chosen instanceof W3CTraceContextPropagator) {
            return W3cPropagator.instance();
        }
        return chosen instanceof W3CBaggagePropagator ? W3cBaggagePropagator.instance() : chosen;
    }

    private <T extends AutoCloseable> T keep(T room) {
        built.push(room);
        return room;
    }
}
