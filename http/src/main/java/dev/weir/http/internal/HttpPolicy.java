// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import dev.weir.core.internal.UrlRedactor;
import io.netty.util.AsciiString;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one {@code HttpTelemetry}, final and ready for use.
 *
 * @param spans false next to the OpenTelemetry javaagent, which makes the HTTP spans itself
 * @param bodySizes whether body bytes are counted, as attributes and metrics
 * @param recordExceptions whether a failure becomes an event of its span
 * @param trustForwarded whether {@code Forwarded} and {@code X-Forwarded-*} name client, host and scheme
 * @param websocketSessionSpans whether a websocket gets a span that lasts as long as the session
 * @param urlTemplate whether the template of a client's URL names its span
 * @param traceHeader the response header that tells a caller its trace; null for none
 */
public record HttpPolicy(
        boolean spans,
        boolean bodySizes,
        boolean recordExceptions,
        boolean trustForwarded,
        boolean websocketSessionSpans,
        boolean urlTemplate,
        @Nullable AsciiString traceHeader,
        Methods methods,
        UrlRedactor redaction,
        PathPatterns ignoredPaths,
        HeaderCapture serverRequestHeaders,
        HeaderCapture serverResponseHeaders,
        HeaderCapture clientRequestHeaders,
        HeaderCapture clientResponseHeaders) {

    /** Captured headers lose the secrets that URLs lose. */
    public HttpPolicy {
        serverRequestHeaders = serverRequestHeaders.redacted(redaction);
        serverResponseHeaders = serverResponseHeaders.redacted(redaction);
        clientRequestHeaders = clientRequestHeaders.redacted(redaction);
        clientResponseHeaders = clientResponseHeaders.redacted(redaction);
    }

    /** Makes the capture of request headers. */
    public static HeaderCapture requestHeaders(Collection<String> names) {
        return HeaderCapture.of(names, HttpAttributes::requestHeader);
    }

    /** Makes the capture of response headers. */
    public static HeaderCapture responseHeaders(Collection<String> names) {
        return HeaderCapture.of(names, HttpAttributes::responseHeader);
    }
}
