// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;

/** Exceptions as events of spans. An exception is user code: its {@code getMessage} may throw. Stateless, never throws. */
final class SpanFailures {

    private static final AttributeKey<String> TYPE = AttributeKey.stringKey("exception.type");

    private SpanFailures() {}

    /** The exception with its message and stack; its type alone when it does not tell these. */
    static void record(HttpCore core, Span span, Throwable failure) {
        Throwable cause = failure;
        try {
            cause = ErrorTypes.unwrap(failure);
            span.recordException(cause);
        } catch (Throwable thrown) {
            core.failed("an exception that is recorded", thrown);
            typeAlone(core, span, cause);
        }
    }

    private static void typeAlone(HttpCore core, Span span, Throwable cause) {
        try {
            span.addEvent("exception", Attributes.of(TYPE, cause.getClass().getName()));
        } catch (Throwable thrown) {
            core.failed("an exception that is recorded", thrown);
        }
    }
}
