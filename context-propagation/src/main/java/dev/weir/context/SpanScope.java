// SPDX-License-Identifier: Apache-2.0
package dev.weir.context;

import dev.weir.context.internal.Failures;
import dev.weir.core.internal.RecordedException;
import dev.weir.core.internal.UrlRedactor;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.util.context.ContextView;

/**
 * One subscription's span: started when it is made, ended by whatever comes first. What it throws changes no signal of the
 * pipeline.
 */
final class SpanScope {

    private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");

    final Context trace;
    private final Span span;
    private final AtomicBoolean ended = new AtomicBoolean();

    SpanScope(SpanBuilder builder, ContextView view) {
        Context parent = Traced.get(view);
        Span started = Span.getInvalid();
        Context below = parent;
        try {
            started = builder.setParent(parent).startSpan();
            below = parent.with(started);
        } catch (Throwable failure) {
            // The builder, a sampler or a processor: the source runs in its parent's trace.
            Failures.add(failure);
        }
        this.span = started;
        this.trace = below;
    }

    void end() {
        if (ended.compareAndSet(false, true)) {
            Failures.guarded(span::end);
        }
    }

    void fail(Throwable error) {
        if (ended.compareAndSet(false, true)) {
            Failures.guarded(() -> span.setStatus(StatusCode.ERROR));
            Failures.guarded(
                    () -> span.setAttribute(ERROR_TYPE, error.getClass().getName()));
            Throwable thrown = RecordedException.record(span, error, UrlRedactor.standard()::text);
            if (thrown != null) {
                Failures.add(thrown);
            }
            Failures.guarded(span::end);
        }
    }
}
