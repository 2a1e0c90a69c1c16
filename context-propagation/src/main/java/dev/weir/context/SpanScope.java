// SPDX-License-Identifier: Apache-2.0
package dev.weir.context;

import dev.weir.core.RecordedException;
import dev.weir.core.Redactor;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.util.context.ContextView;

/** One subscription's span: started when it is made, ended by whatever comes first. */
final class SpanScope {

    private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");

    final Context trace;
    private final Span span;
    private final AtomicBoolean ended = new AtomicBoolean();

    SpanScope(SpanBuilder builder, ContextView view) {
        Context parent = Traced.get(view);
        this.span = builder.setParent(parent).startSpan();
        this.trace = parent.with(span);
    }

    void end() {
        if (ended.compareAndSet(false, true)) {
            span.end();
        }
    }

    void fail(Throwable error) {
        if (ended.compareAndSet(false, true)) {
            span.setStatus(StatusCode.ERROR);
            span.setAttribute(ERROR_TYPE, error.getClass().getName());
            RecordedException.record(span, error, Redactor.standard()::text);
            span.end();
        }
    }
}
