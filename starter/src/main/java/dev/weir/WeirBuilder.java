// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.Registration;
import dev.weir.core.Settings;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.core.spi.SignalTap;
import io.opentelemetry.api.OpenTelemetry;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Sets up a {@link Weir}. Everything has a default; what is set here wins over system properties and environment. Not
 * thread-safe.
 */
public final class WeirBuilder {

    private static final String OFF = "telemetry is off, the application runs without it";

    private final Map<String, String> values = new LinkedHashMap<>();
    private @Nullable OpenTelemetry joined;
    private @Nullable SignalTap tap;
    private boolean global;

    WeirBuilder() {}

    /** The name of the service in every signal, as {@code OTEL_SERVICE_NAME}. */
    public WeirBuilder serviceName(String name) {
        return set("otel.service.name", name);
    }

    /** Where all signals go, as {@code OTEL_EXPORTER_OTLP_ENDPOINT}: for example {@code http://collector:4318}. */
    public WeirBuilder endpoint(String endpoint) {
        return set("otel.exporter.otlp.endpoint", endpoint);
    }

    /**
     * Sets any setting by the name of its system property, for example {@code otel.traces.sampler} or
     * {@code weir.banner}. It is checked by {@link #start}.
     */
    public WeirBuilder set(String name, String value) {
        values.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
        return this;
    }

    /** Joins an OpenTelemetry that already stands: its spans are its own to export; Weir adds context, HTTP, logs, metrics. */
    public WeirBuilder openTelemetry(OpenTelemetry openTelemetry) {
        this.joined = Objects.requireNonNull(openTelemetry, "openTelemetry");
        return this;
    }

    /**
     * Also registers the result as the JVM's {@code GlobalOpenTelemetry}; without this it is left alone. After {@link Weir#close}
     * that one records nothing until the next Weir is registered: tracers, loggers and meters that were taken from it then
     * work again. Where somebody else set it, or another Weir that runs, it stays theirs, and a WARN line says so. Not
     * together with {@link #openTelemetry}, which the program can register itself.
     */
    public WeirBuilder registerGlobal() {
        this.global = true;
        return this;
    }

    /** Looks on at everything that leaves the process. */
    public WeirBuilder tap(SignalTap tap) {
        this.tap = Objects.requireNonNull(tap, "tap");
        return this;
    }

    /**
     * Starts. Never throws: with settings that are not allowed, or when a room cannot be set up, one ERROR line says why,
     * and the result does nothing.
     */
    public Weir start() {
        Registration ownLines = OwnLines.toTheApplication();
        Weir weir = start(ownLines);
        if (!weir.isEnabled()) {
            ownLines.close();
        }
        return weir;
    }

    private Weir start(Registration ownLines) {
        ThrottledLog log = ThrottledLog.of(Weir.LOGGER, System::nanoTime);
        Settings settings;
        try {
            Settings.Builder builder = Settings.builder();
            values.forEach(builder::set);
            settings = builder.build();
        } catch (Throwable e) {
            return off(log, e);
        }
        if (settings.get(StarterSettings.SDK_DISABLED)) {
            log.info("telemetry is off: otel.sdk.disabled is true (from "
                    + settings.sourceName(StarterSettings.SDK_DISABLED) + ")");
            return Weir.off();
        }
        if (joined != null && global) {
            log.error(
                    OFF
                            + ": openTelemetry(…) and registerGlobal() exclude each other, only an SDK that Weir makes"
                            + " can be registered",
                    null);
            return Weir.off();
        }
        Assembly assembly = new Assembly(settings, joined, tap, global, ownLines);
        try {
            return assembly.start();
        } catch (Throwable e) {
            assembly.abandon();
            return off(log, e);
        }
    }

    private static Weir off(ThrottledLog log, Throwable failure) {
        Throwable reason = reason(failure);
        boolean configuration = reason instanceof IllegalArgumentException
                || reason instanceof IllegalStateException
                || isOfTheSdk(reason);
        log.error(OFF + (configuration ? ": " + reason.getMessage() : ""), configuration ? null : reason);
        return Weir.off();
    }

    /** What the SDK wraps, when it reads its configuration or a file, says more than the wrapping. */
    private static Throwable reason(Throwable failure) {
        Throwable reason = failure;
        for (Throwable cause = reason.getCause(); isOfTheSdk(reason) && cause != null; cause = reason.getCause()) {
            reason = cause;
        }
        return reason;
    }

    private static boolean isOfTheSdk(Throwable failure) {
        return failure.getClass().getName().startsWith("io.opentelemetry.");
    }
}
