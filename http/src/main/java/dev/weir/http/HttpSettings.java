// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import dev.weir.core.Setting;
import dev.weir.core.SettingsProvider;
import dev.weir.http.internal.HttpAttributes;
import dev.weir.http.internal.PathPatterns;
import java.util.Collection;
import java.util.List;

/**
 * The settings of this module. Where OpenTelemetry's instrumentations have a name for a setting, that name is used.
 *
 * @since 0.1
 */
public final class HttpSettings implements SettingsProvider {

    private static final String TOKENS = "names separated by commas, each " + HttpTokens.ALLOWED + "; or none";

    /** Whether servers are instrumented. Default: true. */
    public static final Setting<Boolean> SERVER_ENABLED =
            Setting.flag("weir.http.server.enabled", true, "whether servers are instrumented");

    /** Whether clients are instrumented. Default: true. */
    public static final Setting<Boolean> CLIENT_ENABLED =
            Setting.flag("weir.http.client.enabled", true, "whether clients are instrumented");

    /** Whether HTTP spans are made. Default: {@link SpanMode#AUTO}. */
    public static final Setting<SpanMode> SPANS = Setting.choice(
            "weir.http.spans",
            SpanMode.class,
            SpanMode.AUTO,
            "whether HTTP spans are made; auto leaves them to the OpenTelemetry javaagent where it runs");

    /** Whether durations and active requests are recorded. Default: true. */
    public static final Setting<Boolean> DURATION_METRICS = Setting.flag(
            "weir.http.duration.metrics",
            true,
            "whether durations and active requests are recorded through the OpenTelemetry meter;"
                    + " a listener that records durations itself replaces them");

    /** Whether body bytes are counted. Default: false. */
    public static final Setting<Boolean> BODY_SIZES =
            Setting.flag("weir.http.body.sizes", false, "whether body bytes are counted, as attributes and metrics");

    /** Whether a failure becomes an event of its span. Default: true. */
    public static final Setting<Boolean> RECORD_EXCEPTIONS = Setting.flag(
            "weir.http.record.exceptions",
            true,
            "whether a failure becomes an event of its span, with its stack trace");

    /** Whether headers of proxies are trusted. Default: true. */
    public static final Setting<Boolean> TRUST_FORWARDED = Setting.flag(
            "weir.http.trust.forwarded",
            true,
            "whether Forwarded and X-Forwarded headers name the client, the host and the scheme of a request");

    /** Paths that servers do not instrument. Default: none. */
    public static final Setting<List<String>> IGNORED_PATHS = Setting.names(
            "weir.http.ignored.paths",
            "server paths without span and outcome",
            "paths separated by commas, each begins with / and has no star except in a final /**; or none",
            PathPatterns::isPattern);

    /** Whether a websocket gets a span as long as its session. Default: false. */
    public static final Setting<Boolean> WEBSOCKET_SESSIONS = Setting.flag(
            "weir.http.websocket.sessions", false, "whether a websocket gets a span as long as its session");

    /** Whether instrumented TCP connections get spans. Default: false. */
    public static final Setting<Boolean> CONNECTION_SPANS =
            Setting.flag("weir.http.connection.spans", false, "whether instrumented TCP connections get spans");

    /** Whether the template of a WebClient's URL names its span. Default: true. */
    public static final Setting<Boolean> URL_TEMPLATE =
            Setting.flag("weir.http.url.template", true, "whether the template of a WebClient's URL names its span");

    /** The response header that carries the trace. Default: not set, no header. */
    public static final Setting<String> TRACE_HEADER = Setting.text(
            "weir.http.trace.header",
            "response header that carries the trace to the caller, for example traceresponse; not set: no header",
            HttpTokens.ALLOWED,
            HttpTokens::isToken);

    /** Query parameters whose values are redacted. Default: seven known ones. */
    public static final Setting<List<String>> SENSITIVE_QUERY_PARAMETERS = Setting.list(
            "weir.http.sensitive.query.parameters",
            "query parameters whose values become REDACTED, instead of the seven known ones; none redacts nothing");

    /** The schema URL of the instrumentation scope. Default: that of the semantic conventions in use. */
    public static final Setting<String> SCHEMA_URL =
            Setting.text("weir.http.schema.url", HttpAttributes.SCHEMA_URL, "schema URL of the instrumentation scope");

    /** The methods that are reported by name. Default: those of RFC 9110, PATCH and QUERY. */
    public static final Setting<List<String>> KNOWN_METHODS = tokens(
            "otel.instrumentation.http.known-methods",
            "methods reported by name, instead of those of RFC 9110, PATCH and QUERY");

    /** Request headers that servers capture. Default: none. */
    public static final Setting<List<String>> SERVER_REQUEST_HEADERS =
            tokens("otel.instrumentation.http.server.capture-request-headers", "request headers that servers capture");

    /** Response headers that servers capture. Default: none. */
    public static final Setting<List<String>> SERVER_RESPONSE_HEADERS = tokens(
            "otel.instrumentation.http.server.capture-response-headers", "response headers that servers capture");

    /** Request headers that clients capture. Default: none. */
    public static final Setting<List<String>> CLIENT_REQUEST_HEADERS =
            tokens("otel.instrumentation.http.client.capture-request-headers", "request headers that clients capture");

    /** Response headers that clients capture. Default: none. */
    public static final Setting<List<String>> CLIENT_RESPONSE_HEADERS = tokens(
            "otel.instrumentation.http.client.capture-response-headers", "response headers that clients capture");

    /** Made by {@link java.util.ServiceLoader}. */
    public HttpSettings() {}

    private static Setting<List<String>> tokens(String name, String description) {
        return Setting.names(name, description, TOKENS, HttpTokens::isToken);
    }

    @Override
    public Collection<Setting<?>> settings() {
        return List.of(
                SERVER_ENABLED,
                CLIENT_ENABLED,
                SPANS,
                DURATION_METRICS,
                BODY_SIZES,
                RECORD_EXCEPTIONS,
                TRUST_FORWARDED,
                IGNORED_PATHS,
                WEBSOCKET_SESSIONS,
                CONNECTION_SPANS,
                URL_TEMPLATE,
                TRACE_HEADER,
                SENSITIVE_QUERY_PARAMETERS,
                SCHEMA_URL,
                KNOWN_METHODS,
                SERVER_REQUEST_HEADERS,
                SERVER_RESPONSE_HEADERS,
                CLIENT_REQUEST_HEADERS,
                CLIENT_RESPONSE_HEADERS);
    }
}
