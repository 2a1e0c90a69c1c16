// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import dev.weir.core.Ticker;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.core.spi.OutcomeListener;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextStorage;
import io.opentelemetry.context.propagation.TextMapPropagator;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Shared by all exchanges of one {@code HttpTelemetry}: policy, tracer, propagator, metrics, listeners. Thread-safe.
 *
 * <p>User code that is called from here (listeners, propagators, samplers and processors behind the tracer) may throw:
 * that is counted and logged at most once a minute, and the exchange goes on.
 */
public final class HttpInstrumenter {

    private final HttpPolicy policy;
    private final Tracer tracer;
    private final TextMapPropagator propagator;
    /** The headers that the propagator may set. */
    private final AsciiString[] fields;

    private final Ticker ticker;
    private final OutcomeListener[] listeners;
    private final @Nullable HttpMetrics metrics;
    private final SpanNames names;
    private final ThrottledLog log;
    private final LongAdder opened = new LongAdder();
    private final LongAdder ended = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private volatile boolean closed;

    /** @param metrics null when none are recorded */
    public HttpInstrumenter(
            HttpPolicy policy,
            OpenTelemetry openTelemetry,
            Tracer tracer,
            @Nullable HttpMetrics metrics,
            Ticker ticker,
            List<OutcomeListener> listeners) {
        // The first use of a context searches the class path for its storage, which must not happen on an event loop.
        ContextStorage.get();
        this.policy = policy;
        this.tracer = tracer;
        this.propagator = openTelemetry.getPropagators().getTextMapPropagator();
        this.ticker = ticker;
        this.listeners = listeners.toArray(OutcomeListener[]::new);
        this.metrics = metrics;
        this.names = new SpanNames(policy.methods().known());
        this.log = ThrottledLog.of("weir.http", ticker::nanoTime);
        this.fields = fields(propagator);
    }

    private AsciiString[] fields(TextMapPropagator propagator) {
        try {
            return propagator.fields().stream().map(AsciiString::of).toArray(AsciiString[]::new);
        } catch (Throwable failure) {
            failed("a propagator", failure);
            return new AsciiString[0];
        }
    }

    /** The settings. */
    public HttpPolicy policy() {
        return policy;
    }

    /** Makes the spans. */
    public Tracer tracer() {
        return tracer;
    }

    /** The context that the headers of a request carry; the root when there is none or the propagator throws. */
    public Context extract(HttpHeaders headers) {
        try {
            return propagator.extract(Context.root(), headers, NettyHeaders.CARRIER);
        } catch (Throwable failure) {
            failed("a propagator", failure);
            return Context.root();
        }
    }

    /**
     * Puts the trace of {@code context} into the headers of a request. Trace headers that the application copied there
     * are removed: headers of two traces, or of a trace that this request does not belong to, are worse than none.
     */
    public void inject(Context context, HttpHeaders headers) {
        try {
            for (AsciiString field : fields) {
                if (headers.contains(field)) {
                    headers.remove(field);
                }
            }
            propagator.inject(context, headers, NettyHeaders.CARRIER);
        } catch (Throwable failure) {
            failed("a propagator", failure);
        }
    }

    /** The clock. */
    public Ticker ticker() {
        return ticker;
    }

    /** Makes the names of spans. */
    public SpanNames names() {
        return names;
    }

    /** Null when no metrics are recorded. */
    public @Nullable HttpMetrics metrics() {
        return metrics;
    }

    /** Whether new exchanges are not instrumented any more. */
    public boolean isClosed() {
        return closed;
    }

    /** Stops the instrumentation of new exchanges; open ones end as usual. */
    public void close() {
        closed = true;
    }

    /** Exchanges that have begun and not ended. */
    public long open() {
        long ended = this.ended.sum();
        return opened.sum() - ended;
    }

    /** How often user code threw. */
    public long failures() {
        return failures.sum();
    }

    /** Counts and logs that user code threw. */
    public void failed(String what, Throwable failure) {
        failures.increment();
        log.warn(what + " failed; the request is not affected", failure);
    }

    /** Returns what {@link #ended} needs; null when no metrics are recorded or the meter throws. */
    @Nullable
    Attributes opened(HttpMetrics.Measured exchange) {
        opened.increment();
        HttpMetrics metrics = this.metrics;
        try {
            return metrics == null ? null : metrics.started(exchange);
        } catch (Throwable failure) {
            failed("a meter", failure);
            return null;
        }
    }

    /** The exchange counts as open until its metrics and its outcome are reported. */
    void ended(HttpMetrics.Measured exchange, @Nullable Attributes active) {
        try {
            report(exchange, active);
        } finally {
            ended.increment();
        }
    }

    private void report(HttpMetrics.Measured exchange, @Nullable Attributes active) {
        HttpMetrics metrics = this.metrics;
        if (metrics != null) {
            try {
                metrics.ended(exchange, active);
            } catch (Throwable failure) {
                failed("a meter", failure);
            }
        }
        for (OutcomeListener listener : listeners) {
            try {
                listener.onOutcome(exchange);
            } catch (Throwable failure) {
                failed("an OutcomeListener", failure);
            }
        }
    }
}
