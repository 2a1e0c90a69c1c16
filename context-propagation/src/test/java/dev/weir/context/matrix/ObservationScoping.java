// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.matrix;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.handler.TracingObservationHandler.TracingContext;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelSpan;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.Context;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** As the users of Micrometer's Observation do it; the spans are given, so that the matrix knows their ids. */
final class ObservationScoping implements Scoping {

    private final ObservationRegistry registry = ObservationRegistry.create();

    ObservationScoping() {
        OtelTracer tracer =
                new OtelTracer(TracerProvider.noop().get("matrix"), new OtelCurrentTraceContext(), event -> {});
        registry.observationConfig().observationHandler(new DefaultTracingObservationHandler(tracer));
        ObservationThreadLocalAccessor.getInstance().setObservationRegistry(registry);
    }

    @Override
    public <T> Mono<T> with(Mono<T> source, Context trace) {
        return source.contextWrite(view -> put(view, trace));
    }

    @Override
    public <T> Flux<T> with(Flux<T> source, Context trace) {
        return source.contextWrite(view -> put(view, trace));
    }

    @Override
    public reactor.util.context.Context put(reactor.util.context.Context view, Context trace) {
        Observation observation = Observation.createNotStarted("request", registry);
        TracingContext tracing = new TracingContext();
        tracing.setSpan(OtelSpan.fromOtel(Span.fromContext(trace)));
        observation.getContext().put(TracingContext.class, tracing);
        return view.put(ObservationThreadLocalAccessor.KEY, observation);
    }
}
