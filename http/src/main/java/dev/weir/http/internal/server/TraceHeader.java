// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.server;

import io.netty.util.AsciiString;
import io.opentelemetry.api.trace.SpanContext;

/**
 * The value of the trace header of a response: {@code traceresponse} as W3C drafts it, for any other header the trace
 * id.
 */
final class TraceHeader {

    private static final AsciiString TRACERESPONSE = AsciiString.cached("traceresponse");

    private TraceHeader() {}

    static String value(AsciiString name, SpanContext ids) {
        if (!name.contentEqualsIgnoreCase(TRACERESPONSE)) {
            return ids.getTraceId();
        }
        return "00-" + ids.getTraceId() + '-' + ids.getSpanId() + '-'
                + ids.getTraceFlags().asHex();
    }
}
