// SPDX-License-Identifier: Apache-2.0
package dev.weir.http;

import dev.weir.core.Setting;
import dev.weir.core.SettingsProvider;
import dev.weir.http.internal.HttpAttributes;
import java.util.Collection;
import java.util.List;

/** The settings of this module. Names that OpenTelemetry's instrumentations have are used where they exist. */
public final class HttpSettings implements SettingsProvider {

    public static final Setting<Boolean> SERVER_ENABLED =
            Setting.flag("weir.http.server.enabled", true, "Whether servers are instrumented.");

    public static final Setting<Boolean> CLIENT_ENABLED =
            Setting.flag("weir.http.client.enabled", true, "Whether clients are instrumented.");

    public static final Setting<SpanMode> SPANS = Setting.choice(
            "weir.http.spans",
            SpanMode.class,
            SpanMode.AUTO,
            "Whether HTTP spans are made; auto leaves them to the OpenTelemetry javaagent where it runs.");

    public static final Setting<Boolean> DURATION_METRICS = Setting.flag(
            "weir.http.duration.metrics",
            true,
            "Whether durations and active requests are recorded through the meter of the OpenTelemetry, unless a listener does that itself.");

    public static final Setting<Boolean> BODY_SIZES =
            Setting.flag("weir.http.body.sizes", false, "Whether body bytes are counted, as attributes and metrics.");

    public static final Setting<Boolean> RECORD_EXCEPTIONS = Setting.flag(
            "weir.http.record.exceptions",
            true,
            "Whether a failure becomes an event of its span, with its stack trace.");

    public static final Setting<Boolean> TRUST_FORWARDED = Setting.flag(
            "weir.http.trust.forwarded",
            true,
            "Whether Forwarded and X-Forwarded headers name the client, the host and the scheme of a request.");

    public static final Setting<List<String>> IGNORED_PATHS = Setting.list(
            "weir.http.ignored.paths",
            "Paths of a server that get no span and no outcome: exact ones, or prefixes that end with /**.");

    public static final Setting<Boolean> WEBSOCKET_SESSIONS = Setting.flag(
            "weir.http.websocket.sessions", false, "Whether a websocket gets a span as long as its session.");

    public static final Setting<Boolean> CONNECTION_SPANS = Setting.flag(
            "weir.http.connection.spans", false, "Whether TCP connections that are instrumented get spans.");

    public static final Setting<Boolean> URL_TEMPLATE =
            Setting.flag("weir.http.url.template", true, "Whether the template of a WebClient's URL names its span.");

    public static final Setting<String> TRACE_HEADER = Setting.text(
            "weir.http.trace.header",
            null,
            "The response header that tells callers their trace, for example traceresponse; not set: none.");

    public static final Setting<List<String>> SENSITIVE_QUERY_PARAMETERS = Setting.list(
            "weir.http.sensitive.query.parameters",
            "Query parameters whose values are replaced by REDACTED, instead of the seven known ones; none for no one.");

    public static final Setting<String> SCHEMA_URL = Setting.text(
            "weir.http.schema.url", HttpAttributes.SCHEMA_URL, "The schema URL of the instrumentation scope.");

    public static final Setting<List<String>> KNOWN_METHODS = Setting.list(
            "otel.instrumentation.http.known-methods",
            "The methods that are reported by name, instead of those of RFC 9110, PATCH and QUERY.");

    public static final Setting<List<String>> SERVER_REQUEST_HEADERS = Setting.list(
            "otel.instrumentation.http.server.capture-request-headers", "Request headers that servers capture.");

    public static final Setting<List<String>> SERVER_RESPONSE_HEADERS = Setting.list(
            "otel.instrumentation.http.server.capture-response-headers", "Response headers that servers capture.");

    public static final Setting<List<String>> CLIENT_REQUEST_HEADERS = Setting.list(
            "otel.instrumentation.http.client.capture-request-headers", "Request headers that clients capture.");

    public static final Setting<List<String>> CLIENT_RESPONSE_HEADERS = Setting.list(
            "otel.instrumentation.http.client.capture-response-headers", "Response headers that clients capture.");

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
