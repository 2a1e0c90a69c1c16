// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import io.opentelemetry.api.common.AttributeKey;
import java.util.List;

/**
 * {@code http.server.request.duration} and {@code http.client.request.duration} as OpenTelemetry's HTTP semantic conventions define
 * them. The HTTP instrumentation and the latency histograms record the same two metrics; this is their one definition.
 */
public final class HttpDurationMetric {

    /** The name of the server's metric. */
    public static final String SERVER = "http.server.request.duration";

    /** The name of the client's metric. */
    public static final String CLIENT = "http.client.request.duration";

    /** The unit of both. */
    public static final String UNIT = "s";

    /** The description of the server's metric. */
    public static final String SERVER_DESCRIPTION = "Duration of HTTP server requests.";

    /** The description of the client's metric. */
    public static final String CLIENT_DESCRIPTION = "Duration of HTTP client requests.";

    /** The bucket bounds that the conventions advise, in seconds. */
    public static final List<Double> BOUNDS =
            List.of(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0);

    /** The method, {@code _OTHER} when it is not a known one. */
    public static final AttributeKey<String> REQUEST_METHOD = AttributeKey.stringKey("http.request.method");

    /** The template of the path; servers only. */
    public static final AttributeKey<String> ROUTE = AttributeKey.stringKey("http.route");

    /** The status code of the response; absent when there was none. */
    public static final AttributeKey<Long> STATUS_CODE = AttributeKey.longKey("http.response.status_code");

    /** The class of the failure or the status code; absent when nothing failed. */
    public static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");

    /** {@code http} or {@code https}. */
    public static final AttributeKey<String> URL_SCHEME = AttributeKey.stringKey("url.scheme");

    /** The version of HTTP: {@code 1.0}, {@code 1.1}, {@code 2} or {@code 3}. */
    public static final AttributeKey<String> PROTOCOL_VERSION = AttributeKey.stringKey("network.protocol.version");

    /** The host that was called; clients only. */
    public static final AttributeKey<String> SERVER_ADDRESS = AttributeKey.stringKey("server.address");

    /** The port that was called; clients only. */
    public static final AttributeKey<Long> SERVER_PORT = AttributeKey.longKey("server.port");

    private HttpDurationMetric() {}
}
