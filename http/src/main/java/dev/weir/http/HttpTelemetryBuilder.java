// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import dev.weir.core.Setting;
import dev.weir.core.Settings;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.Ticker;
import dev.weir.core.internal.OpenTelemetryJavaAgent;
import dev.weir.core.internal.UrlRedactor;
import dev.weir.core.internal.WeirVersion;
import dev.weir.core.spi.OutcomeListener;
import dev.weir.http.client.PoolMetrics;
import dev.weir.http.internal.HttpCore;
import dev.weir.http.internal.HttpMetrics;
import dev.weir.http.internal.HttpPolicy;
import dev.weir.http.internal.Methods;
import dev.weir.http.internal.PathPatterns;
import io.netty.util.AsciiString;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.MeterBuilder;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerBuilder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.ConnectionProvider.MeterRegistrar;

/**
 * Builds an {@link HttpTelemetry}. What is not said here comes from the settings of the runtime, see {@link HttpSettings}. Not
 * thread-safe; usable once or more, each {@link #build} is independent.
 */
public final class HttpTelemetryBuilder {

    /** The name of the instrumentation scope. */
    public static final String SCOPE_NAME = "dev.weir.http";

    private final OpenTelemetry openTelemetry;
    private final List<OutcomeListener> listeners = new ArrayList<>();
    private final Map<Setting<?>, Object> said = new HashMap<>();
    private @Nullable TelemetryRuntime runtime;
    private @Nullable Ticker ticker;
    private String scopeName = SCOPE_NAME;
    private @Nullable String scopeVersion = WeirVersion.orNull();

    HttpTelemetryBuilder(OpenTelemetry openTelemetry) {
        this.openTelemetry = openTelemetry;
    }

    /** Settings, clock and health come from {@code runtime}; without one, from the process. This room needs no threads. */
    public HttpTelemetryBuilder runtime(TelemetryRuntime runtime) {
        this.runtime = Objects.requireNonNull(runtime, "runtime");
        return this;
    }

    /** For tests: a clock instead of the runtime's. */
    HttpTelemetryBuilder ticker(Ticker ticker) {
        this.ticker = Objects.requireNonNull(ticker, "ticker");
        return this;
    }

    /**
     * Tells {@code listener} of every exchange, sampled or not; may be called for several listeners. Where one of them
     * {@linkplain OutcomeListener#recordsDurations records durations} itself, none go to the meter unless
     * {@link #durationMetrics} asks for them; active requests do.
     */
    public HttpTelemetryBuilder outcomeListener(OutcomeListener listener) {
        listeners.add(Objects.requireNonNull(listener, "listener"));
        return this;
    }

    /** Whether HTTP spans are made here. Default: {@link SpanMode#AUTO}. */
    public HttpTelemetryBuilder spans(SpanMode mode) {
        return say(HttpSettings.SPANS, mode);
    }

    /**
     * Whether durations and active requests go to the meter of the OpenTelemetry. Default: yes, but no durations where a
     * listener {@linkplain OutcomeListener#recordsDurations records them} itself.
     */
    public HttpTelemetryBuilder durationMetrics(boolean enabled) {
        return say(HttpSettings.DURATION_METRICS, enabled);
    }

    /** Whether the bytes of bodies are counted, as attributes and metrics. Default: no. */
    public HttpTelemetryBuilder bodySizes(boolean enabled) {
        return say(HttpSettings.BODY_SIZES, enabled);
    }

    /** Whether a failure becomes an event of its span. Default: yes. */
    public HttpTelemetryBuilder recordExceptions(boolean enabled) {
        return say(HttpSettings.RECORD_EXCEPTIONS, enabled);
    }

    /** Whether {@code Forwarded} and {@code X-Forwarded-*} headers are believed. Default: yes. */
    public HttpTelemetryBuilder trustForwarded(boolean trusted) {
        return say(HttpSettings.TRUST_FORWARDED, trusted);
    }

    /**
     * Paths of servers that get no span and no outcome; what they call still carries the caller's trace. Exact paths, or prefixes
     * such as {@code /actuator/**}.
     *
     * @throws IllegalArgumentException when one does not begin with a slash or has a star elsewhere
     */
    public HttpTelemetryBuilder ignoredPaths(Collection<String> patterns) {
        PathPatterns.of(patterns);
        return say(HttpSettings.IGNORED_PATHS, List.copyOf(patterns));
    }

    /** Whether a websocket gets a span as long as its session, besides that of its upgrade. Default: no. */
    public HttpTelemetryBuilder websocketSessions(boolean enabled) {
        return say(HttpSettings.WEBSOCKET_SESSIONS, enabled);
    }

    /** Whether TCP connections that are instrumented get spans. Default: no. */
    public HttpTelemetryBuilder connectionSpans(boolean enabled) {
        return say(HttpSettings.CONNECTION_SPANS, enabled);
    }

    /** Whether the template of a WebClient's URL names its span. Default: yes. */
    public HttpTelemetryBuilder urlTemplate(boolean enabled) {
        return say(HttpSettings.URL_TEMPLATE, enabled);
    }

    /**
     * The response header that tells callers their trace. {@code traceresponse} gets the value that W3C drafts, any other one the
     * trace id. A header that the application has set stays. Default: none.
     *
     * @throws IllegalArgumentException when it is not a header name
     */
    public HttpTelemetryBuilder traceHeader(String name) {
        return say(HttpSettings.TRACE_HEADER, Tokens.require("a trace header", name));
    }

    /** Query parameters whose values are replaced by {@code REDACTED}, instead of the known ones; case-sensitive. */
    public HttpTelemetryBuilder sensitiveQueryParameters(Collection<String> names) {
        return say(HttpSettings.SENSITIVE_QUERY_PARAMETERS, List.copyOf(names));
    }

    /**
     * The methods that are reported by name, instead of those of RFC 9110, PATCH and QUERY; case-sensitive. All others are
     * {@code _OTHER}.
     *
     * @throws IllegalArgumentException when there is none, or one is not a token
     */
    public HttpTelemetryBuilder knownMethods(Collection<String> methods) {
        if (methods.isEmpty()) {
            throw new IllegalArgumentException("known methods must not be empty");
        }
        return say(HttpSettings.KNOWN_METHODS, Tokens.require("a known method", methods));
    }

    /** Request headers that servers capture. @throws IllegalArgumentException when one is not a header name */
    public HttpTelemetryBuilder serverRequestHeaders(Collection<String> names) {
        return say(HttpSettings.SERVER_REQUEST_HEADERS, Tokens.require("a captured header", names));
    }

    /** Response headers that servers capture. @throws IllegalArgumentException when one is not a header name */
    public HttpTelemetryBuilder serverResponseHeaders(Collection<String> names) {
        return say(HttpSettings.SERVER_RESPONSE_HEADERS, Tokens.require("a captured header", names));
    }

    /** Request headers that clients capture. @throws IllegalArgumentException when one is not a header name */
    public HttpTelemetryBuilder clientRequestHeaders(Collection<String> names) {
        return say(HttpSettings.CLIENT_REQUEST_HEADERS, Tokens.require("a captured header", names));
    }

    /** Response headers that clients capture. @throws IllegalArgumentException when one is not a header name */
    public HttpTelemetryBuilder clientResponseHeaders(Collection<String> names) {
        return say(HttpSettings.CLIENT_RESPONSE_HEADERS, Tokens.require("a captured header", names));
    }

    /** The schema URL of the instrumentation scope. */
    public HttpTelemetryBuilder schemaUrl(String url) {
        return say(HttpSettings.SCHEMA_URL, Objects.requireNonNull(url, "url"));
    }

    /** Name and version of the instrumentation scope; null for no version. */
    public HttpTelemetryBuilder scope(String name, @Nullable String version) {
        this.scopeName = Objects.requireNonNull(name, "name");
        this.scopeVersion = version;
        return this;
    }

    private <T> HttpTelemetryBuilder say(Setting<T> setting, T value) {
        said.put(setting, setting.check(value));
        return this;
    }

    /**
     * Builds it.
     *
     * @throws IllegalArgumentException when a setting of the process is not allowed, with its name and value
     */
    public HttpTelemetry build() {
        Settings settings = runtime == null ? Settings.load() : runtime.settings();
        Chosen chosen = new Chosen(settings);
        SpanMode mode = chosen.get(HttpSettings.SPANS);
        boolean standDown = mode == SpanMode.AUTO && OpenTelemetryJavaAgent.isRunning();
        HttpPolicy policy = policy(chosen, mode != SpanMode.OFF && !standDown);
        Ticker clock = ticker != null ? ticker : runtime != null ? runtime.ticker() : Ticker.system();
        Meter meter = meter(chosen);
        HttpMetrics metrics = chosen.get(HttpSettings.DURATION_METRICS) && !standDown
                ? new HttpMetrics(meter, recordsDurations(), policy.bodySizes())
                : null;
        HttpCore core = new HttpCore(policy, openTelemetry, tracer(chosen), metrics, clock, listeners);
        return new HttpTelemetry(
                core,
                new LazyPoolMetrics(meter),
                chosen.get(HttpSettings.SERVER_ENABLED),
                chosen.get(HttpSettings.CLIENT_ENABLED),
                chosen.get(HttpSettings.CONNECTION_SPANS),
                standDown,
                runtime == null ? null : runtime.health());
    }

    private HttpPolicy policy(Chosen chosen, boolean spans) {
        String traceHeader = chosen.find(HttpSettings.TRACE_HEADER);
        List<String> methods = chosen.get(HttpSettings.KNOWN_METHODS);
        return new HttpPolicy(
                spans,
                chosen.get(HttpSettings.BODY_SIZES),
                chosen.get(HttpSettings.RECORD_EXCEPTIONS),
                chosen.get(HttpSettings.TRUST_FORWARDED),
                chosen.get(HttpSettings.WEBSOCKET_SESSIONS),
                chosen.get(HttpSettings.URL_TEMPLATE),
                traceHeader == null
                        ? null
                        : AsciiString.of(Tokens.require(HttpSettings.TRACE_HEADER.name(), traceHeader)),
                new Methods(
                        methods.isEmpty()
                                ? Methods.STANDARD
                                : Set.copyOf(Tokens.require(HttpSettings.KNOWN_METHODS.name(), methods))),
                new UrlRedactor(sensitive(chosen)),
                PathPatterns.of(chosen.get(HttpSettings.IGNORED_PATHS)),
                HttpPolicy.requestHeaders(chosen.tokens(HttpSettings.SERVER_REQUEST_HEADERS)),
                HttpPolicy.responseHeaders(chosen.tokens(HttpSettings.SERVER_RESPONSE_HEADERS)),
                HttpPolicy.requestHeaders(chosen.tokens(HttpSettings.CLIENT_REQUEST_HEADERS)),
                HttpPolicy.responseHeaders(chosen.tokens(HttpSettings.CLIENT_RESPONSE_HEADERS)));
    }

    /** What the builder was told; else never beside a listener that records the same. */
    private boolean recordsDurations() {
        return said.containsKey(HttpSettings.DURATION_METRICS)
                || listeners.stream().noneMatch(OutcomeListener::recordsDurations);
    }

    private Set<String> sensitive(Chosen chosen) {
        List<String> names = chosen.get(HttpSettings.SENSITIVE_QUERY_PARAMETERS);
        if (said.containsKey(HttpSettings.SENSITIVE_QUERY_PARAMETERS)) {
            return Set.copyOf(names);
        }
        if (names.isEmpty()) {
            return UrlRedactor.SENSITIVE_PARAMETERS;
        }
        return names.equals(List.of("none")) ? Set.of() : Set.copyOf(names);
    }

    private Tracer tracer(Chosen chosen) {
        TracerBuilder builder = openTelemetry
                .getTracerProvider()
                .tracerBuilder(scopeName)
                .setSchemaUrl(chosen.get(HttpSettings.SCHEMA_URL));
        if (scopeVersion != null) {
            builder.setInstrumentationVersion(scopeVersion);
        }
        return builder.build();
    }

    private Meter meter(Chosen chosen) {
        MeterBuilder builder = openTelemetry
                .getMeterProvider()
                .meterBuilder(scopeName)
                .setSchemaUrl(chosen.get(HttpSettings.SCHEMA_URL));
        if (scopeVersion != null) {
            builder.setInstrumentationVersion(scopeVersion);
        }
        return builder.build();
    }

    /** Makes the instruments when somebody asks for them, and once. */
    private static final class LazyPoolMetrics implements Supplier<MeterRegistrar> {

        private final Meter meter;
        private @Nullable MeterRegistrar made;

        LazyPoolMetrics(Meter meter) {
            this.meter = meter;
        }

        @Override
        public synchronized MeterRegistrar get() {
            MeterRegistrar registrar = made;
            if (registrar == null) {
                registrar = new PoolMetrics(meter);
                made = registrar;
            }
            return registrar;
        }
    }

    /** What was said to the builder, else what the settings say. */
    private final class Chosen {

        private final Settings settings;

        Chosen(Settings settings) {
            this.settings = settings;
        }

        <T> T get(Setting<T> setting) {
            T value = fromBuilder(setting);
            return value != null ? value : settings.get(setting);
        }

        <T> @Nullable T find(Setting<T> setting) {
            T value = fromBuilder(setting);
            return value != null ? value : settings.find(setting);
        }

        List<String> tokens(Setting<List<String>> setting) {
            return Tokens.require(setting.name(), get(setting));
        }

        @SuppressWarnings("unchecked") // say() keeps setting and value of one type
        private <T> @Nullable T fromBuilder(Setting<T> setting) {
            return (T) said.get(setting);
        }
    }
}
