// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.Registration;
import dev.weir.core.Settings;
import dev.weir.core.internal.SetTwice;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.core.spi.Choices;
import dev.weir.core.spi.SignalTap;
import io.opentelemetry.api.OpenTelemetry;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Sets up a {@link Weir}. Everything has a default; what is set here wins over system properties and environment. Not
 * thread-safe.
 *
 * <p>Each value may be set once and is checked at the call that sets it: null is a {@link NullPointerException}, what
 * is not allowed an {@link IllegalArgumentException}, what was set before or contradicts it an
 * {@link IllegalStateException}. What the system properties and the environment hold is checked by {@link #start},
 * which never throws.
 *
 * @since 0.1
 */
public final class WeirBuilder {

    private static final String OFF = "telemetry is off, the application runs without it";

    /** Null until it is needed, and when it cannot be made. */
    private Settings.@Nullable Builder settings;

    /** Why there are no settings: {@link #start} reports it. */
    private @Nullable Throwable withoutSettings;

    private @Nullable OpenTelemetry joined;
    private @Nullable SignalTap tap;
    private boolean global;

    WeirBuilder() {}

    /**
     * Sets the name of the service in every signal, as {@code OTEL_SERVICE_NAME}.
     *
     * @param name for example {@code orders}; a blank one counts as unset
     * @return this
     * @throws NullPointerException for null
     * @throws IllegalStateException when it was set before
     */
    public WeirBuilder serviceName(String name) {
        return set(StarterSettings.SERVICE_NAME.name(), name);
    }

    /**
     * Sets where all signals go, as {@code OTEL_EXPORTER_OTLP_ENDPOINT}.
     *
     * @param endpoint for example {@code http://collector:4318}; a blank one counts as unset
     * @return this
     * @throws NullPointerException for null
     * @throws IllegalStateException when it was set before
     */
    public WeirBuilder endpoint(String endpoint) {
        return set("otel.exporter.otlp.endpoint", endpoint);
    }

    /**
     * Sets any setting by the name of its system property. A value of OpenTelemetry's own names that means nothing is
     * named in a WARN line at the start and counts as unset, as in the environment.
     *
     * @param name of the system property, for example {@code otel.traces.sampler} or {@code weir.banner}
     * @param value as a user writes it; a blank one counts as unset
     * @return this
     * @throws NullPointerException for null
     * @throws IllegalArgumentException for a {@code weir.} name that no module knows, and for a value of such a name
     *     that is not allowed: with name, value and what is allowed
     * @throws IllegalStateException when it was set before
     */
    public WeirBuilder set(String name, String value) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(value, name);
        Settings.Builder builder = settings();
        if (builder != null) {
            builder.set(name, value);
        }
        return this;
    }

    /**
     * Joins an OpenTelemetry that already stands: its spans are its own to export; Weir adds context, HTTP, logs,
     * metrics.
     *
     * @param openTelemetry used instead of an SDK that Weir makes; the program shuts it down itself
     * @return this
     * @throws NullPointerException for null
     * @throws IllegalStateException when it was set before, and after {@link #registerGlobal}
     */
    public WeirBuilder openTelemetry(OpenTelemetry openTelemetry) {
        refuseBoth(global);
        this.joined = Choices.once("openTelemetry", joined, openTelemetry);
        return this;
    }

    /**
     * Also registers the result as the JVM's {@code GlobalOpenTelemetry}; without this it is left alone. After
     * {@link Weir#close} that one records nothing until the next Weir is registered: tracers, loggers and meters that
     * were taken from it then work again. Where the application set it, or another Weir that runs, it stays theirs, and
     * a WARN line says so. Not together with {@link #openTelemetry}, which the program can register itself.
     *
     * @return this
     * @throws IllegalStateException when it was called before, and after {@link #openTelemetry}
     */
    public WeirBuilder registerGlobal() {
        refuseBoth(joined != null);
        if (global) {
            throw SetTwice.refusal("registerGlobal");
        }
        this.global = true;
        return this;
    }

    private static void refuseBoth(boolean other) {
        if (other) {
            throw new IllegalStateException(
                    "openTelemetry(…) and registerGlobal() exclude each other: only an SDK that Weir"
                            + " makes can be registered");
        }
    }

    /**
     * Adds an observer of what leaves the process.
     *
     * @param tap gets the body of each OTLP export request
     * @return this
     * @throws NullPointerException for null
     * @throws IllegalStateException when it was set before
     */
    public WeirBuilder tap(SignalTap tap) {
        this.tap = Choices.once("tap", this.tap, tap);
        return this;
    }

    /** The settings, which know what is allowed; null when they cannot be read, which is not the caller's fault. */
    private Settings.@Nullable Builder settings() {
        if (settings == null && withoutSettings == null) {
            try {
                settings = Settings.builder();
            } catch (Throwable e) {
                withoutSettings = e;
            }
        }
        return settings;
    }

    /**
     * Starts. Never throws: with system properties or an environment that are not allowed, or when a module cannot be
     * set up, one ERROR line says why, and the result does nothing.
     *
     * @return a Weir that runs, or one that does nothing: see {@link Weir#isEnabled}
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
        Settings.Builder builder = settings();
        Settings read;
        try {
            if (builder == null) {
                return off(log, Objects.requireNonNull(withoutSettings));
            }
            read = builder.build();
        } catch (Throwable e) {
            return off(log, e);
        }
        if (read.get(StarterSettings.SDK_DISABLED)) {
            log.info("telemetry is off: otel.sdk.disabled is true (from "
                    + read.sourceName(StarterSettings.SDK_DISABLED) + ")");
            return Weir.off();
        }
        Bootstrap bootstrap = new Bootstrap(read, joined, tap, global, ownLines);
        try {
            Weir weir = Weir.of(bootstrap.start());
            if (read.get(StarterSettings.SHUTDOWN_HOOK)) {
                weir.closeWithTheJvm(read.get(StarterSettings.SHUTDOWN_DELAY));
            }
            return weir;
        } catch (Throwable e) {
            bootstrap.abandon(Weir.DEFAULT_CLOSE);
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
