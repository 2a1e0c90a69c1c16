// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationHandler.FirstMatchingCompositeObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingSenderTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelPropagator;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import reactor.netty.Metrics;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.observability.ReactorNettyTracingObservationHandler;

/** Reactor Netty's own tracing, through Micrometer's bridge to OpenTelemetry. */
final class MicrometerTracing implements Instruments {

    private MicrometerTracing() {}

    static Instruments install(OpenTelemetrySdk sdk) {
        Tracer tracer = sdk.getTracer("reactor-netty");
        OtelTracer bridge = new OtelTracer(tracer, new OtelCurrentTraceContext(), event -> {});
        OtelPropagator propagator = new OtelPropagator(sdk.getPropagators(), tracer);
        ObservationRegistry registry = ObservationRegistry.create();
        registry.observationConfig()
                .observationHandler(new FirstMatchingCompositeObservationHandler(
                        new PropagatingReceiverTracingObservationHandler<>(bridge, propagator),
                        new PropagatingSenderTracingObservationHandler<>(bridge, propagator),
                        new ReactorNettyTracingObservationHandler(bridge)));
        Metrics.observationRegistry(registry);
        io.micrometer.core.instrument.Metrics.addRegistry(new SimpleMeterRegistry());
        return new MicrometerTracing();
    }

    @Override
    public HttpServer server(HttpServer server) {
        return server.metrics(true, uri -> uri);
    }

    @Override
    public HttpClient client(HttpClient client) {
        return client.metrics(true, uri -> uri);
    }
}
