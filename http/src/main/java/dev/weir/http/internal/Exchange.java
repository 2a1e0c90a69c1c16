// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import dev.weir.core.internal.HexIds;
import dev.weir.core.internal.RecordedException;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response, from its first known byte to the last; its own outcome.
 *
 * <p>The event loop of the channel writes the fields; only the end may come from another thread (a cancel), and it
 * happens once.
 */
public abstract class Exchange implements HttpMetrics.Measured {

    private static final VarHandle ENDED;

    static {
        try {
            ENDED = MethodHandles.lookup().findVarHandle(Exchange.class, "ended", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    protected final HttpInstrumenter instrumenter;
    protected Span span = Span.getInvalid();
    protected Context context = Context.root();
    protected String method = Methods.OTHER;
    protected @Nullable String route;
    protected String scheme = "http";
    protected @Nullable String protocolVersion;
    protected @Nullable String serverAddress;
    protected int serverPort;
    protected int status;
    protected @Nullable String errorType;
    protected @Nullable Throwable failure;
    private @Nullable Throwable handled;
    protected long requestBytes;
    protected long responseBytes;
    protected long startNanos;
    private long durationNanos;
    /** With which it counts as active. */
    private @Nullable Attributes active;

    @SuppressWarnings("unused") // through ENDED
    private volatile boolean ended;

    protected Exchange(HttpInstrumenter instrumenter) {
        this.instrumenter = instrumenter;
    }

    /** Counts the exchange as open; called once its span has begun. */
    protected final void opened() {
        active = instrumenter.opened(this);
    }

    /** The trace context to run the application under: that of the span on a server, that of the caller on a client. */
    public final Context context() {
        return context;
    }

    /** The span; an invalid one when none was made. */
    public final Span span() {
        return span;
    }

    /** Whether {@link #end} was called. */
    public final boolean isEnded() {
        return ended;
    }

    /** Remembers the first failure; {@link #end} turns it into {@code error.type}. */
    public final void failure(Throwable failure) {
        if (this.failure == null) {
            this.failure = failure;
        }
    }

    /**
     * Remembers a failure that a framework turned into a response: it explains an error status and is no failure by
     * itself.
     */
    public final void handled(Throwable failure) {
        handled = failure;
    }

    /** Whether this status is an error on this side. */
    protected abstract boolean isErrorStatus(int status);

    /** Writes the attributes that are known only at the end; the span is recording. */
    protected abstract void writeEnd(Span span);

    /**
     * Ends the exchange once; later calls do nothing. When user code behind the tracer or in an exception throws here,
     * only its own attribute or event is lost: the span ends and the listeners get the outcome.
     *
     * @param otherwise the {@code error.type} when neither status nor failure gives one; null when that is no error
     */
    public final void end(@Nullable String otherwise) {
        if (!ENDED.compareAndSet(this, false, true)) {
            return;
        }
        try {
            durationNanos = instrumenter.ticker().nanoTime() - startNanos;
            settle();
        } catch (Throwable thrown) {
            instrumenter.failed("ending an HTTP exchange", thrown);
        }
        Throwable failure = this.failure;
        if (isErrorStatus(status)) {
            errorType = ErrorTypes.of(status);
            failure = failure == null ? handled : failure;
        } else if (failure != null) {
            errorType = ErrorTypes.of(failure);
        } else {
            errorType = otherwise;
        }
        endSpan(failure);
        instrumenter.ended(this, active);
        // The application may keep a finished exchange with its request: it must not keep the exception, too.
        this.failure = null;
        handled = null;
    }

    /** Called once before anything is written, to correct the fields. */
    protected void settle() {}

    private void endSpan(@Nullable Throwable failure) {
        Span span = this.span;
        try {
            if (span.isRecording()) {
                writeFacts(span);
                writeFailure(span, failure);
                writeEnd(span);
            }
        } catch (Throwable thrown) {
            instrumenter.failed("writing the attributes of an HTTP span", thrown);
        } finally {
            try {
                span.end();
            } catch (Throwable thrown) {
                instrumenter.failed("ending an HTTP span", thrown);
            }
        }
    }

    private void writeFacts(Span span) {
        try {
            if (status != 0) {
                span.setAttribute(HttpAttributes.STATUS_CODE, BoxedLongs.of(status));
            }
            if (instrumenter.policy().bodySizes()) {
                span.setAttribute(HttpAttributes.REQUEST_BODY_SIZE, requestBytes);
                span.setAttribute(HttpAttributes.RESPONSE_BODY_SIZE, responseBytes);
            }
        } catch (Throwable thrown) {
            instrumenter.failed("writing the attributes of an HTTP span", thrown);
        }
    }

    private void writeFailure(Span span, @Nullable Throwable failure) {
        if (errorType == null) {
            return;
        }
        try {
            span.setAttribute(HttpAttributes.ERROR_TYPE, errorType);
            if (isSpanError()) {
                span.setStatus(StatusCode.ERROR);
            }
        } catch (Throwable thrown) {
            instrumenter.failed("writing the attributes of an HTTP span", thrown);
        }
        if (failure != null && instrumenter.policy().spanPolicy().exceptionEvents()) {
            recordFailure(span, failure);
        }
    }

    private void recordFailure(Span span, Throwable failure) {
        Throwable thrown = RecordedException.record(span, ErrorTypes.unwrap(failure), this::redacted);
        if (thrown != null) {
            instrumenter.failed("recording an exception", thrown);
        }
    }

    /** {@code text} without secrets. */
    protected String redacted(String text) {
        return instrumenter.policy().redactor().text(text);
    }

    @Override
    public final long requestBytes() {
        return requestBytes;
    }

    @Override
    public final long responseBytes() {
        return responseBytes;
    }

    @Override
    public Context metricContext() {
        return context;
    }

    /** Whether an {@code error.type} also makes the span's status an error. */
    protected boolean isSpanError() {
        return true;
    }

    @Override
    public final String method() {
        return method;
    }

    @Override
    public final @Nullable String route() {
        return route;
    }

    @Override
    public final String scheme() {
        return scheme;
    }

    @Override
    public final @Nullable String protocolVersion() {
        return protocolVersion;
    }

    @Override
    public final @Nullable String serverAddress() {
        return serverAddress;
    }

    @Override
    public final int serverPort() {
        return serverPort;
    }

    @Override
    public final int statusCode() {
        return status;
    }

    @Override
    public final @Nullable String errorType() {
        return errorType;
    }

    @Override
    public final long durationNanos() {
        return durationNanos;
    }

    @Override
    public final long traceIdHigh() {
        return id(spanContext().getTraceId(), 0);
    }

    @Override
    public final long traceIdLow() {
        return id(spanContext().getTraceId(), 16);
    }

    @Override
    public final long spanId() {
        return id(spanContext().getSpanId(), 0);
    }

    @Override
    public final boolean sampled() {
        return spanContext().isSampled();
    }

    private static long id(String hex, int offset) {
        return hex.length() < offset + 16 ? 0 : HexIds.parse(hex, offset);
    }

    /** The span whose ids the outcome carries. */
    protected SpanContext spanContext() {
        return span.getSpanContext();
    }
}
