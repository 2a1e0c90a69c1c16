// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import dev.weir.core.Health;
import dev.weir.core.HealthContribution;
import dev.weir.core.Registration;
import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.Ticker;
import dev.weir.core.internal.OpenTelemetryJavaAgent;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.core.internal.WeirVersion;
import dev.weir.core.spi.Choices;
import dev.weir.core.spi.OutcomeListener;
import dev.weir.http.internal.HttpInstrumenter;
import dev.weir.http.internal.HttpMetrics;
import dev.weir.http.internal.HttpPolicy;
import dev.weir.http.internal.client.LazyPoolMetrics;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.metrics.Meter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Builds an {@link HttpTelemetry}. Anything not set here is read from the settings of the runtime, see
 * {@link HttpSettings}.
 *
 * <p>Each method checks its value at once: null is refused with a {@link NullPointerException} that names the setting,
 * a value that is not allowed with an {@link IllegalArgumentException} that names the setting, the value and what is
 * allowed, and a second call with an {@link IllegalStateException}. Not thread-safe; each {@link #build} is
 * independent.
 *
 * @since 0.1
 */
public final class HttpTelemetryBuilder {

    /** The default name of the instrumentation scope: {@value}. */
    public static final String SCOPE_NAME = "dev.weir.http";

    /** Not a setting of the process: it only checks what the program sets. */
    private static final Setting<String> SCOPE = Setting.text("scope", SCOPE_NAME, "name of the instrumentation scope");

    private final OpenTelemetry openTelemetry;
    private final Choices choices = new Choices();
    private final List<OutcomeListener> listeners = new ArrayList<>();
    private @Nullable TelemetryRuntime runtime;
    private @Nullable Ticker ticker;
    private @Nullable InstrumentationScope scope;

    HttpTelemetryBuilder(OpenTelemetry openTelemetry) {
        this.openTelemetry = openTelemetry;
    }

    /**
     * Takes settings, clock and health from {@code runtime}. Default: the settings of this process, the system clock,
     * no health. This module needs no threads.
     *
     * @param runtime stays open when the telemetry is closed
     * @return this
     */
    public HttpTelemetryBuilder runtime(TelemetryRuntime runtime) {
        this.runtime = Choices.once("runtime", this.runtime, runtime);
        return this;
    }

    /** For tests: a clock instead of the runtime's. */
    HttpTelemetryBuilder ticker(Ticker ticker) {
        this.ticker = Choices.once("ticker", this.ticker, ticker);
        return this;
    }

    /**
     * Calls {@code listener} at the end of every exchange, sampled or not. May be called several times, once for each
     * listener. When one of them {@linkplain OutcomeListener#recordsDurations records durations} itself, none go to the
     * meter unless {@link #durationMetrics} asks for them; active requests do. Default: no listener.
     *
     * @param listener runs on the event loop and must not block; what it throws is counted and ignored
     * @return this
     */
    public HttpTelemetryBuilder outcomeListener(OutcomeListener listener) {
        listeners.add(Objects.requireNonNull(listener, "outcomeListener"));
        return this;
    }

    /**
     * Whether HTTP spans are made. Default: {@link SpanMode#AUTO}.
     *
     * @param mode {@link SpanMode#OFF} leaves outcomes and metrics on
     * @return this
     */
    public HttpTelemetryBuilder spans(SpanMode mode) {
        return set(HttpSettings.SPANS, mode);
    }

    /**
     * Whether durations and active requests go to the OpenTelemetry meter. Default: yes, but no durations when a
     * listener {@linkplain OutcomeListener#recordsDurations records them} itself.
     *
     * @param enabled {@code true} adds the durations even with such a listener; {@code false} also stops the metrics of
     *     body sizes
     * @return this
     */
    public HttpTelemetryBuilder durationMetrics(boolean enabled) {
        return set(HttpSettings.DURATION_METRICS, enabled);
    }

    /**
     * Whether the bytes of bodies are counted, as attributes and metrics. Default: no.
     *
     * @param enabled {@code true} for bodies of requests and responses, on servers and clients
     * @return this
     */
    public HttpTelemetryBuilder bodySizes(boolean enabled) {
        return set(HttpSettings.BODY_SIZES, enabled);
    }

    /**
     * Whether a failure becomes an event of its span. Default: yes.
     *
     * @param enabled {@code false} keeps the status of the span and {@code error.type} only
     * @return this
     */
    public HttpTelemetryBuilder recordExceptions(boolean enabled) {
        return set(HttpSettings.RECORD_EXCEPTIONS, enabled);
    }

    /**
     * Whether {@code Forwarded} and {@code X-Forwarded-*} headers are trusted. Default: yes.
     *
     * @param trusted {@code false} for a server that clients reach without a proxy: they can write what they want there
     * @return this
     */
    public HttpTelemetryBuilder trustForwarded(boolean trusted) {
        return set(HttpSettings.TRUST_FORWARDED, trusted);
    }

    /**
     * Paths of servers that get no span and no outcome; the calls that such a request makes still carry its caller's
     * trace. Default: none.
     *
     * @param patterns exact paths, or prefixes such as {@code /actuator/**}
     * @return this
     * @throws IllegalArgumentException when one does not begin with a slash or has a star elsewhere
     */
    public HttpTelemetryBuilder ignoredPaths(Collection<String> patterns) {
        return setList(HttpSettings.IGNORED_PATHS, patterns);
    }

    /**
     * Whether a websocket gets a span as long as its session, in addition to that of its upgrade. Default: no.
     *
     * @param enabled {@code true} for a span of the session
     * @return this
     */
    public HttpTelemetryBuilder websocketSessions(boolean enabled) {
        return set(HttpSettings.WEBSOCKET_SESSIONS, enabled);
    }

    /**
     * Whether instrumented TCP connections get spans. Default: no.
     *
     * @param enabled {@code true} for spans where {@code instrument} gets a {@code TcpServer} or a {@code TcpClient}
     * @return this
     */
    public HttpTelemetryBuilder connectionSpans(boolean enabled) {
        return set(HttpSettings.CONNECTION_SPANS, enabled);
    }

    /**
     * Whether the template of a WebClient's URL names its span. Default: yes.
     *
     * @param enabled {@code false} for spans with the name of the method alone and without {@code url.template}
     * @return this
     */
    public HttpTelemetryBuilder urlTemplate(boolean enabled) {
        return set(HttpSettings.URL_TEMPLATE, enabled);
    }

    /**
     * The response header that carries the trace to the caller. {@code traceresponse} gets the value that W3C drafts,
     * any other header the trace id. It replaces a header of this name that the application has set. Default: none.
     *
     * @param name for example {@code traceresponse}
     * @return this
     * @throws IllegalArgumentException when it is not a header name
     */
    public HttpTelemetryBuilder traceHeader(String name) {
        return set(HttpSettings.TRACE_HEADER, name);
    }

    /**
     * Query parameters whose values are replaced by {@code REDACTED}, instead of the seven known ones; case-sensitive.
     * An empty collection redacts nothing.
     *
     * @param names for example {@code access_token}; they replace the seven, so repeat those that stay
     * @return this
     */
    public HttpTelemetryBuilder sensitiveQueryParameters(Collection<String> names) {
        return setList(HttpSettings.SENSITIVE_QUERY_PARAMETERS, names);
    }

    /**
     * The methods that are reported by name; case-sensitive. All others are {@code _OTHER}. Default: those of RFC 9110,
     * PATCH and QUERY.
     *
     * @param methods at least one, for example {@code GET}; they replace the default
     * @return this
     * @throws IllegalArgumentException when there is none, or one is not a token
     */
    public HttpTelemetryBuilder knownMethods(Collection<String> methods) {
        Setting<List<String>> setting = HttpSettings.KNOWN_METHODS;
        List<String> names = copy(setting, methods);
        if (names.isEmpty()) {
            throw new IllegalArgumentException(setting + " is \"[]\", allowed: " + setting.allowed());
        }
        return set(setting, names);
    }

    /**
     * Request headers that servers capture. Default: none.
     *
     * @param names in any case; the credentials of {@code Authorization} are hidden
     * @return this
     * @throws IllegalArgumentException when one is not a header name
     */
    public HttpTelemetryBuilder serverRequestHeaders(Collection<String> names) {
        return setList(HttpSettings.SERVER_REQUEST_HEADERS, names);
    }

    /**
     * Response headers that servers capture. Default: none.
     *
     * @param names in any case; secrets of URLs, as in {@code Location}, are hidden
     * @return this
     * @throws IllegalArgumentException when one is not a header name
     */
    public HttpTelemetryBuilder serverResponseHeaders(Collection<String> names) {
        return setList(HttpSettings.SERVER_RESPONSE_HEADERS, names);
    }

    /**
     * Request headers that clients capture. Default: none.
     *
     * @param names in any case; the credentials of {@code Authorization} are hidden
     * @return this
     * @throws IllegalArgumentException when one is not a header name
     */
    public HttpTelemetryBuilder clientRequestHeaders(Collection<String> names) {
        return setList(HttpSettings.CLIENT_REQUEST_HEADERS, names);
    }

    /**
     * Response headers that clients capture. Default: none.
     *
     * @param names in any case; secrets of URLs, as in {@code Location}, are hidden
     * @return this
     * @throws IllegalArgumentException when one is not a header name
     */
    public HttpTelemetryBuilder clientResponseHeaders(Collection<String> names) {
        return setList(HttpSettings.CLIENT_RESPONSE_HEADERS, names);
    }

    /**
     * The schema URL of the instrumentation scope. Default: that of the semantic conventions in use.
     *
     * @param url any text that is not blank
     * @return this
     */
    public HttpTelemetryBuilder schemaUrl(String url) {
        return set(HttpSettings.SCHEMA_URL, url);
    }

    /**
     * The instrumentation scope. Default: {@value #SCOPE_NAME} with the version of Weir.
     *
     * @param name any text that is not blank
     * @param version null for no version
     * @return this
     * @throws IllegalArgumentException when the name is blank
     */
    public HttpTelemetryBuilder scope(String name, @Nullable String version) {
        this.scope = Choices.once("scope", this.scope, new InstrumentationScope(SCOPE.check(name), version));
        return this;
    }

    private <T> HttpTelemetryBuilder set(Setting<T> setting, T value) {
        choices.set(setting, value);
        return this;
    }

    private HttpTelemetryBuilder setList(Setting<List<String>> setting, Collection<String> values) {
        choices.set(setting, copy(setting, values));
        return this;
    }

    private static List<String> copy(Setting<?> setting, Collection<String> values) {
        Objects.requireNonNull(values, setting.name());
        values.forEach(value -> Objects.requireNonNull(value, setting.name()));
        return List.copyOf(values);
    }

    /**
     * Builds the telemetry.
     *
     * @return new telemetry; later calls of this builder do not change it
     * @throws IllegalArgumentException when a setting of the process is not allowed, with its name and value
     */
    public HttpTelemetry build() {
        Choices.Values values = choices.over(runtime == null ? Settings.load() : runtime.settings());
        Ticker clock = ticker != null ? ticker : runtime != null ? runtime.ticker() : Ticker.system();
        SpanMode mode = values.get(HttpSettings.SPANS);
        boolean standDown = mode == SpanMode.AUTO && OpenTelemetryJavaAgent.isRunning();
        HttpPolicy policy = HttpPolicyFactory.policy(values, mode != SpanMode.OFF && !standDown);
        String schemaUrl = values.get(HttpSettings.SCHEMA_URL);
        InstrumentationScope scope =
                this.scope == null ? new InstrumentationScope(SCOPE_NAME, WeirVersion.orNull()) : this.scope;
        Meter meter = scope.meter(openTelemetry, schemaUrl);
        HttpMetrics metrics = values.get(HttpSettings.DURATION_METRICS) && !standDown
                ? new HttpMetrics(meter, recordsDurations(values), policy.bodySizes())
                : null;
        return new HttpTelemetry(
                new HttpInstrumenter(
                        policy, openTelemetry, scope.tracer(openTelemetry, schemaUrl), metrics, clock, listeners),
                new LazyPoolMetrics(meter),
                new HttpTelemetry.Instrumented(
                        values.get(HttpSettings.SERVER_ENABLED),
                        values.get(HttpSettings.CLIENT_ENABLED),
                        values.get(HttpSettings.CONNECTION_SPANS)),
                registerHealth(standDown, clock));
    }

    private Registration registerHealth(boolean standDown, Ticker clock) {
        String detail = standDown ? "HTTP spans are left to the OpenTelemetry javaagent" : "";
        if (standDown) {
            ThrottledLog.of("weir.http", clock::nanoTime).info(detail);
        }
        Health health = runtime == null ? null : runtime.health();
        return health == null ? Registration.NONE : health.register(new HttpHealth(detail));
    }

    /** The program's own wish; otherwise never when a listener records the same. */
    private boolean recordsDurations(Choices.Values values) {
        return values.isSetByBuilder(HttpSettings.DURATION_METRICS)
                || listeners.stream().noneMatch(OutcomeListener::recordsDurations);
    }

    private record HttpHealth(String detail) implements HealthContribution {

        @Override
        public String name() {
            return "http";
        }

        @Override
        public Status status() {
            return Status.UP;
        }
    }
}
