// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.context;

import dev.weir.context.TracePropagation;
import dev.weir.context.Traced;
import io.micrometer.context.ContextRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.instrumentation.reactor.v3_1.ContextPropagationOperator;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

/** One way to keep the trace right. Made once in a process: the hooks of Reactor exist once. */
public interface Propagation {

    <T> Mono<T> with(Mono<T> source);

    <T> Flux<T> with(Flux<T> source);

    /** Whether a trace is right in the lambdas; the ambient and the empty one do not say. */
    Context TRACE = Context.root()
            .with(Span.wrap(SpanContext.create(
                    "0af7651916cd43dd8448eb211c80319c",
                    "b7ad6b7169203331",
                    TraceFlags.getSampled(),
                    TraceState.getDefault())));

    /**
     * Sets up one.
     *
     * @param mode {@code none}, {@code ambient} (a span is current all the time, nothing is propagated), {@code weir},
     *     {@code weir-agent}, {@code auto}, {@code auto-observation}, {@code otel}
     */
    static Propagation enter(String mode) throws Exception {
        switch (mode) {
            case "none":
                return new Plain();
            case "ambient":
                TRACE.makeCurrent();
                return new Plain();
            case "weir":
                TracePropagation.enable();
                return new Ours();
            case "weir-agent":
                // The weaver lives among the tests of the room; they must be on the class path.
                Class.forName("dev.weir.context.agent.Weaver")
                        .getMethod("weave", boolean.class)
                        .invoke(null, false);
                TracePropagation.enable();
                return new Ours();
            case "auto":
                Hooks.enableAutomaticContextPropagation();
                return new Written(Traced.put(reactor.util.context.Context.empty(), TRACE));
            case "auto-observation":
                return observation();
            case "otel", "javaagent":
                ContextPropagationOperator.create().registerOnEachOperator();
                return new Otel();
            default:
                throw new IllegalArgumentException(mode);
        }
    }

    private static Propagation observation() {
        SdkTracerProvider provider = SdkTracerProvider.builder().build();
        OtelTracer tracer = new OtelTracer(provider.get("bench"), new OtelCurrentTraceContext(), event -> {});
        ObservationRegistry registry = ObservationRegistry.create();
        registry.observationConfig().observationHandler(new DefaultTracingObservationHandler(tracer));
        Observation request = Observation.start("request", registry);
        ObservationThreadLocalAccessor accessor = ObservationThreadLocalAccessor.getInstance();
        accessor.setObservationRegistry(registry);
        ContextRegistry accessors = ContextRegistry.getInstance();
        accessors.getThreadLocalAccessors().stream()
                .filter(other -> other.getClass().getName().startsWith("dev.weir."))
                .map(other -> other.key())
                .toList()
                .forEach(accessors::removeThreadLocalAccessor);
        accessors.registerThreadLocalAccessor(accessor);
        Hooks.enableAutomaticContextPropagation();
        return new Written(reactor.util.context.Context.of(ObservationThreadLocalAccessor.KEY, request));
    }

    /** Nothing at all. */
    final class Plain implements Propagation {

        @Override
        public <T> Mono<T> with(Mono<T> source) {
            return source;
        }

        @Override
        public <T> Flux<T> with(Flux<T> source) {
            return source;
        }
    }

    /** This project. */
    final class Ours implements Propagation {

        @Override
        public <T> Mono<T> with(Mono<T> source) {
            return Traced.with(source, TRACE);
        }

        @Override
        public <T> Flux<T> with(Flux<T> source) {
            return Traced.with(source, TRACE);
        }
    }

    /** Reactor's automatic mode: the value is in the Context. */
    final class Written implements Propagation {

        private final reactor.util.context.Context value;

        Written(reactor.util.context.Context value) {
            this.value = value;
        }

        @Override
        public <T> Mono<T> with(Mono<T> source) {
            return source.contextWrite(value);
        }

        @Override
        public <T> Flux<T> with(Flux<T> source) {
            return source.contextWrite(value);
        }
    }

    /** OpenTelemetry's operator, alone or in its agent. */
    final class Otel implements Propagation {

        @Override
        public <T> Mono<T> with(Mono<T> source) {
            return ContextPropagationOperator.runWithContext(source, TRACE);
        }

        @Override
        public <T> Flux<T> with(Flux<T> source) {
            return ContextPropagationOperator.runWithContext(source, TRACE);
        }
    }
}
