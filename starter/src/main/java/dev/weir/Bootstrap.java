// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.context.TracePropagation;
import dev.weir.core.Registration;
import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.internal.Deadline;
import dev.weir.core.internal.OpenTelemetryJavaAgent;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.core.spi.SignalTap;
import dev.weir.http.HttpTelemetry;
import dev.weir.log.LogPipe;
import dev.weir.metric.LatencyMetrics;
import dev.weir.otlp.OtlpExport;
import dev.weir.otlp.autoconfigure.ExporterChoice;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.resources.Resource;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the modules in order and hands them to a {@link Weir}; closes what was made when one of them fails. Used once, by one
 * thread.
 */
final class Bootstrap {

    /** The share of a deadline in which the log pipe hands over what it has, before the export closes its doors. */
    private static final double DRAIN_SHARE = 0.6;

    /** The share of the rest that the export may use before the pipe closes. */
    private static final double EXPORT_SHARE = 0.9;

    private final Settings settings;
    private final @Nullable OpenTelemetry given;
    private final @Nullable SignalTap tap;
    private final boolean global;
    private final Registration ownLines;
    private final AgentShare agent;

    /** Closes what was made so far, the last first. */
    private final CloseSteps built = new CloseSteps();

    Bootstrap(
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
        Installation installation = install();
        if (settings.get(StarterSettings.BANNER)) {
            StartBlock.print(installation, settings, Beside.line(agent, LogCapture::present));
        }
        Weir weir = Weir.of(installation);
        if (settings.get(StarterSettings.SHUTDOWN_HOOK)) {
            weir.closeWithTheJvm(settings.get(StarterSettings.SHUTDOWN_DELAY));
        }
        return weir;
    }

    Installation install() {
        TelemetryRuntime runtime = keep("the telemetry's threads", TelemetryRuntime.create(settings));
        TracePropagation propagation = keep("context propagation", TracePropagation.enable(runtime));
        LatencyMetrics latencies =
                keep("the latencies", LatencyMetrics.builder().runtime(runtime).build());
        Carriers carriers = new Carriers(runtime, latencies, agent, tap, built);
        RunningSdk running = running(runtime);
        Sdk sdk = running == null ? ownSdk(carriers) : beside(running, carriers, runtime);
        LogPipe pipe = carriers.pipe();
        OtlpExport export = carriers.export();
        HttpTelemetry http = keep(
                "HTTP",
                HttpTelemetry.builder(sdk.openTelemetry)
                        .runtime(runtime)
                        .outcomeListener(latencies.outcomes())
                        .build());
        if (sdk.logs) {
            export.logs(pipe.batches());
        }
        Registration globalSeat = global ? registerGlobal(sdk.openTelemetry, runtime) : Registration.NONE;
        LogCapture capture = keep(
                "log capture",
                LogCapture.install(
                        sdk.logs && capturesLines() ? pipe : null, settings.get(StarterSettings.LOG_FIELDS)));
        CloseSteps steps = new CloseSteps()
                .then("log capture", deadline -> capture.close())
                .then("HTTP", deadline -> http.close())
                .then("context propagation", deadline -> propagation.close())
                .then("the global OpenTelemetry", deadline -> globalSeat.close())
                .then("the OpenTelemetry SDK", deadline -> sdk.shutdown.run())
                // The export goes before the pipe: its spool, where it puts what could not be sent, is the pipe's.
                .then("the log pipe", deadline -> pipe.drain(share(deadline, DRAIN_SHARE)))
                .then("the export", deadline -> export.close(share(deadline, EXPORT_SHARE)))
                .then("the log pipe", deadline -> pipe.close(deadline.left()))
                .then("the latencies", deadline -> latencies.close())
                .then("the telemetry's threads", deadline -> runtime.close())
                .then("the lines of Weir", deadline -> ownLines.close());
        return new Installation(
                runtime,
                sdk.openTelemetry,
                propagation,
                http,
                latencies,
                pipe,
                export,
                new Installation.Facts(ServiceName.of(carriers.resource()), sdk.joined, sdk.logs, capture.framework()),
                steps);
    }

    private static Duration share(Deadline of, double share) {
        return Duration.ofNanos((long) (of.left().toNanos() * share));
    }

    /** Closes what was made so far. The failure that led here is the one to report. */
    void abandon() {
        built.run(Deadline.in(Weir.DEFAULT_CLOSE), (what, failure) -> {});
    }

    private <T extends AutoCloseable> T keep(String what, T made) {
        built.before(what, deadline -> made.close());
        return made;
    }

    /**
     * The SDK behind the instruments.
     *
     * @param shutdown ends what Weir made of it
     * @param joined how another one was found; null with one of Weir's own
     * @param logs whether the records of the pipe are exported
     */
    private record Sdk(
            OpenTelemetry openTelemetry,
            Runnable shutdown,
            @Nullable String joined,
            boolean logs) {}

    private Sdk ownSdk(Carriers carriers) {
        OwnSdk own = new OwnSdk(settings, carriers);
        OpenTelemetrySdk sdk = keep("the OpenTelemetry SDK", own.build());
        return new Sdk(sdk, sdk::shutdown, null, own.exports(Signal.LOGS));
    }

    private Sdk beside(RunningSdk running, Carriers carriers, TelemetryRuntime runtime) {
        Resource resource = carriers.resource(resourceBeside(running, runtime));
        Runnable shutdown = () -> {};
        if (exports(StarterSettings.METRICS_EXPORTER)) {
            SdkMeterProvider meters = keep(
                    "the latencies' meter provider",
                    SdkMeterProvider.builder()
                            .setResource(resource)
                            .registerMetricReader(
                                    carriers.withLatencies(carriers.export().metricReader()))
                            .build());
            shutdown = meters::shutdown;
        }
        return new Sdk(
                running.openTelemetry(), shutdown, running.description(), exports(StarterSettings.LOGS_EXPORTER));
    }

    private boolean exports(Setting<List<String>> exporters) {
        return ExporterChoice.of(settings.get(exporters)).otlp();
    }

    /** The OpenTelemetry to join; null when there is none that records. */
    private @Nullable RunningSdk running(TelemetryRuntime runtime) {
        RunningSdk found =
                given == null ? RunningSdk.find() : new RunningSdk(given, "the OpenTelemetry that the program gave");
        if (found == null || OpenTelemetryJavaAgent.isRunning() || found.works()) {
            return found;
        }
        boolean joined = given != null;
        log(runtime)
                .warn(found.description() + " records nothing: it was shut down, or is a no-op. "
                        + (joined
                                ? "Spans of requests go nowhere"
                                : "Weir runs an SDK of its own; code that uses the global one sends nothing"));
        return joined ? found : null;
    }

    private Registration registerGlobal(OpenTelemetry openTelemetry, TelemetryRuntime runtime) {
        Registration seat = GlobalSeat.take(openTelemetry);
        if (seat == null) {
            log(runtime)
                    .warn("this Weir is not registered as GlobalOpenTelemetry: "
                            + (GlobalSeat.isOurs() ? "another Weir that runs is" : "other code set it first"));
            return Registration.NONE;
        }
        return keep("the global OpenTelemetry", seat);
    }

    /** That of the running SDK, so that all signals of the process are one service's; else what its environment says. */
    private Resource resourceBeside(RunningSdk running, TelemetryRuntime runtime) {
        Resource theirs = running.resource();
        if (theirs == null) {
            return OwnSdk.resourceOf(settings);
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

    /** Beside an agent that captures them only when it was set to true. */
    private boolean capturesLines() {
        boolean isDefault = settings.source(StarterSettings.CAPTURE_LOGS) == Settings.Source.DEFAULT;
        return settings.get(StarterSettings.CAPTURE_LOGS) && !(isDefault && agent.logs());
    }

    private static ThrottledLog log(TelemetryRuntime runtime) {
        return ThrottledLog.of(Weir.LOGGER, runtime.ticker()::nanoTime);
    }
}
