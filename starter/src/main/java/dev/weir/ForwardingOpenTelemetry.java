// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.Registration;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.logs.LogRecordBuilder;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.logs.LoggerBuilder;
import io.opentelemetry.api.logs.LoggerProvider;
import io.opentelemetry.api.metrics.BatchCallback;
import io.opentelemetry.api.metrics.DoubleGaugeBuilder;
import io.opentelemetry.api.metrics.DoubleHistogramBuilder;
import io.opentelemetry.api.metrics.LongCounterBuilder;
import io.opentelemetry.api.metrics.LongUpDownCounterBuilder;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.MeterBuilder;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.api.metrics.ObservableMeasurement;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerBuilder;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.propagation.ContextPropagators;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * An OpenTelemetry that passes everything on to another one, which may change. Tracers, loggers and meters that were asked for
 * before a change work with the new one; instruments of a meter stay with the one that made them. Thread-safe.
 *
 * <p>Bounds: one tracer and one logger is kept for each scope that was asked for, as the SDK does.
 */
final class ForwardingOpenTelemetry implements OpenTelemetry {

    private static final Target NONE = new Target(OpenTelemetry.noop());

    private final TracerProvider tracers = new Tracers();
    private volatile Target target = NONE;

    /**
     * From now on everything goes to {@code openTelemetry}.
     *
     * @return from then on nothing is recorded, unless it goes to yet another one by then
     */
    synchronized Registration forwardTo(OpenTelemetry openTelemetry) {
        Target made = new Target(openTelemetry);
        target = made;
        return () -> leave(made);
    }

    private synchronized void leave(Target left) {
        if (target == left) {
            target = NONE;
        }
    }

    boolean forwardsToNobody() {
        return target == NONE;
    }

    @Override
    public TracerProvider getTracerProvider() {
        return tracers;
    }

    @Override
    public MeterProvider getMeterProvider() {
        return MeterOfScopeBuilder::new;
    }

    @Override
    public LoggerProvider getLogsBridge() {
        return LoggerOfScopeBuilder::new;
    }

    @Override
    public ContextPropagators getPropagators() {
        return target.openTelemetry.getPropagators();
    }

    /** What an instrumentation says of itself. */
    private record Scope(
            String name, @Nullable String version, @Nullable String schemaUrl) {

        Scope withVersion(String version) {
            return new Scope(name, version, schemaUrl);
        }

        Scope withSchemaUrl(String schemaUrl) {
            return new Scope(name, version, schemaUrl);
        }
    }

    /** Where everything goes, with what was made there. */
    private static final class Target {

        final OpenTelemetry openTelemetry;
        private final Map<Scope, Tracer> tracers = new ConcurrentHashMap<>();
        private final Map<Scope, Logger> loggers = new ConcurrentHashMap<>();

        Target(OpenTelemetry openTelemetry) {
            this.openTelemetry = openTelemetry;
        }

        Tracer tracer(Scope scope) {
            Tracer known = tracers.get(scope);
            return known == null ? tracers.computeIfAbsent(scope, this::makeTracer) : known;
        }

        private Tracer makeTracer(Scope scope) {
            TracerBuilder builder = openTelemetry.tracerBuilder(scope.name);
            if (scope.version != null) {
                builder = builder.setInstrumentationVersion(scope.version);
            }
            if (scope.schemaUrl != null) {
                builder = builder.setSchemaUrl(scope.schemaUrl);
            }
            return builder.build();
        }

        Logger logger(Scope scope) {
            Logger known = loggers.get(scope);
            return known == null ? loggers.computeIfAbsent(scope, this::makeLogger) : known;
        }

        private Logger makeLogger(Scope scope) {
            LoggerBuilder builder = openTelemetry.getLogsBridge().loggerBuilder(scope.name);
            if (scope.version != null) {
                builder = builder.setInstrumentationVersion(scope.version);
            }
            if (scope.schemaUrl != null) {
                builder = builder.setSchemaUrl(scope.schemaUrl);
            }
            return builder.build();
        }

        Meter meter(Scope scope) {
            MeterBuilder builder = openTelemetry.meterBuilder(scope.name);
            if (scope.version != null) {
                builder = builder.setInstrumentationVersion(scope.version);
            }
            if (scope.schemaUrl != null) {
                builder = builder.setSchemaUrl(scope.schemaUrl);
            }
            return builder.build();
        }
    }

    private final class Tracers implements TracerProvider {

        @Override
        public Tracer get(String name) {
            return tracerBuilder(name).build();
        }

        @Override
        public Tracer get(String name, String version) {
            return tracerBuilder(name).setInstrumentationVersion(version).build();
        }

        @Override
        public TracerBuilder tracerBuilder(String name) {
            return new TracerOfScopeBuilder(name);
        }
    }

    private final class TracerOfScopeBuilder implements TracerBuilder {

        private Scope scope;

        TracerOfScopeBuilder(String name) {
            this.scope = new Scope(name, null, null);
        }

        @Override
        public TracerBuilder setSchemaUrl(String schemaUrl) {
            scope = scope.withSchemaUrl(schemaUrl);
            return this;
        }

        @Override
        public TracerBuilder setInstrumentationVersion(String version) {
            scope = scope.withVersion(version);
            return this;
        }

        @Override
        public Tracer build() {
            return new TracerOfScope(scope);
        }
    }

    private final class TracerOfScope implements Tracer {

        private final Scope scope;

        TracerOfScope(Scope scope) {
            this.scope = scope;
        }

        @Override
        public SpanBuilder spanBuilder(String spanName) {
            return target.tracer(scope).spanBuilder(spanName);
        }
    }

    private final class LoggerOfScopeBuilder implements LoggerBuilder {

        private Scope scope;

        LoggerOfScopeBuilder(String name) {
            this.scope = new Scope(name, null, null);
        }

        @Override
        public LoggerBuilder setSchemaUrl(String schemaUrl) {
            scope = scope.withSchemaUrl(schemaUrl);
            return this;
        }

        @Override
        public LoggerBuilder setInstrumentationVersion(String version) {
            scope = scope.withVersion(version);
            return this;
        }

        @Override
        public Logger build() {
            return new LoggerOfScope(scope);
        }
    }

    private final class LoggerOfScope implements Logger {

        private final Scope scope;

        LoggerOfScope(Scope scope) {
            this.scope = scope;
        }

        @Override
        public LogRecordBuilder logRecordBuilder() {
            return target.logger(scope).logRecordBuilder();
        }
    }

    private final class MeterOfScopeBuilder implements MeterBuilder {

        private Scope scope;

        MeterOfScopeBuilder(String name) {
            this.scope = new Scope(name, null, null);
        }

        @Override
        public MeterBuilder setSchemaUrl(String schemaUrl) {
            scope = scope.withSchemaUrl(schemaUrl);
            return this;
        }

        @Override
        public MeterBuilder setInstrumentationVersion(String version) {
            scope = scope.withVersion(version);
            return this;
        }

        @Override
        public Meter build() {
            return new MeterOfScope(scope);
        }
    }

    private final class MeterOfScope implements Meter {

        private final Scope scope;

        MeterOfScope(Scope scope) {
            this.scope = scope;
        }

        @Override
        public LongCounterBuilder counterBuilder(String name) {
            return target.meter(scope).counterBuilder(name);
        }

        @Override
        public LongUpDownCounterBuilder upDownCounterBuilder(String name) {
            return target.meter(scope).upDownCounterBuilder(name);
        }

        @Override
        public DoubleHistogramBuilder histogramBuilder(String name) {
            return target.meter(scope).histogramBuilder(name);
        }

        @Override
        public DoubleGaugeBuilder gaugeBuilder(String name) {
            return target.meter(scope).gaugeBuilder(name);
        }

        @Override
        public BatchCallback batchCallback(
                Runnable callback, ObservableMeasurement measurement, ObservableMeasurement... more) {
            return target.meter(scope).batchCallback(callback, measurement, more);
        }
    }
}
