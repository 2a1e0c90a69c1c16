// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import dev.weir.core.internal.HttpDurationMetric;
import dev.weir.core.spi.Outcome;
import dev.weir.core.spi.Outcome.Side;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongHistogram;
import io.opentelemetry.api.metrics.LongUpDownCounter;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.context.Context;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP metrics of the semantic conventions, recorded through an OpenTelemetry meter. Thread-safe.
 *
 * <p>Attributes are those of the conventions only: never a raw path, never a peer's port. Bounds: {@value #MAX_SETS}
 * attribute sets of each kind are remembered; further ones are built each time.
 */
public final class HttpMetrics {

    /** How many attribute sets of each kind are remembered. */
    public static final int MAX_SETS = 2048;

    private static final double NANOS = 1e9;

    private final SideMetrics server;
    private final SideMetrics client;

    /**
     * Makes the instruments.
     *
     * @param durations whether durations are recorded in addition to active requests
     * @param bodySizes whether sizes of bodies are recorded
     */
    public HttpMetrics(Meter meter, boolean durations, boolean bodySizes) {
        server = new SideMetrics(meter, "http.server", durations, bodySizes);
        client = new SideMetrics(meter, "http.client", durations, bodySizes);
    }

    /** Counts {@code exchange} as active; returns the attributes that {@link #ended} takes it back with. */
    Attributes started(Measured exchange) {
        SideMetrics metrics = of(exchange);
        Attributes attributes = metrics.active(exchange);
        metrics.active.add(1, attributes);
        return attributes;
    }

    /** @param active what {@link #started} gave; null when it failed */
    void ended(Measured exchange, @Nullable Attributes active) {
        SideMetrics metrics = of(exchange);
        if (active != null) {
            metrics.active.add(-1, active);
        }
        if (metrics.duration == null && metrics.requestSize == null) {
            return;
        }
        Context context = exchange.metricContext();
        Attributes attributes = attributes(metrics.endSets, endKey(exchange));
        if (metrics.duration != null) {
            metrics.duration.record(exchange.durationNanos() / NANOS, attributes, context);
        }
        if (metrics.requestSize != null && metrics.responseSize != null) {
            metrics.requestSize.record(exchange.requestBytes(), attributes, context);
            metrics.responseSize.record(exchange.responseBytes(), attributes, context);
        }
    }

    private SideMetrics of(Measured exchange) {
        return exchange.side() == Side.SERVER ? server : client;
    }

    private static AttributeSet endKey(Measured exchange) {
        boolean client = exchange.side() == Side.CLIENT;
        return new AttributeSet(
                exchange.method(),
                exchange.scheme(),
                client ? exchange.serverAddress() : null,
                client ? exchange.serverPort() : 0,
                client ? null : exchange.route(),
                exchange.statusCode(),
                exchange.errorType(),
                exchange.protocolVersion());
    }

    private static Attributes attributes(Map<AttributeSet, Attributes> sets, AttributeSet set) {
        Attributes known = sets.get(set);
        if (known == null) {
            known = set.attributes();
            if (sets.size() < MAX_SETS) {
                sets.put(set, known);
            }
        }
        return known;
    }

    private record AttributeSet(
            String method,
            String scheme,
            @Nullable String address,
            int port,
            @Nullable String route,
            int status,
            @Nullable String errorType,
            @Nullable String version) {

        Attributes attributes() {
            AttributesBuilder attributes = Attributes.builder()
                    .put(HttpAttributes.REQUEST_METHOD, method)
                    .put(HttpAttributes.URL_SCHEME, scheme)
                    .put(HttpAttributes.SERVER_ADDRESS, address)
                    .put(HttpAttributes.ROUTE, route)
                    .put(HttpAttributes.ERROR_TYPE, errorType)
                    .put(HttpAttributes.PROTOCOL_VERSION, version);
            if (port != 0) {
                attributes.put(HttpAttributes.SERVER_PORT, (long) port);
            }
            if (status != 0) {
                attributes.put(HttpAttributes.STATUS_CODE, (long) status);
            }
            return attributes.build();
        }

        /**
         * Written by hand: the code that the JDK generates for a record keeps its class, and with it our class loader.
         */
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof AttributeSet set
                    && port == set.port
                    && status == set.status
                    && method.equals(set.method)
                    && scheme.equals(set.scheme)
                    && Objects.equals(address, set.address)
                    && Objects.equals(route, set.route)
                    && Objects.equals(errorType, set.errorType)
                    && Objects.equals(version, set.version);
        }

        @Override
        public int hashCode() {
            int hash = 31 * (31 * method.hashCode() + scheme.hashCode()) + Objects.hashCode(address);
            hash = 31 * (31 * hash + port) + Objects.hashCode(route);
            hash = 31 * (31 * hash + status) + Objects.hashCode(errorType);
            return 31 * hash + Objects.hashCode(version);
        }
    }

    /** What is measured of an exchange. */
    public interface Measured extends Outcome {

        /** The bytes of the request's body. */
        long requestBytes();

        /** The bytes of the response's body. */
        long responseBytes();

        /** The context with the span for an exemplar. */
        Context metricContext();
    }

    private static final class SideMetrics {

        final @Nullable DoubleHistogram duration;
        final LongUpDownCounter active;
        final @Nullable LongHistogram requestSize;
        final @Nullable LongHistogram responseSize;
        /** Those of a server by method, which needs no key of its own. */
        private final Map<String, Attributes> activeHttp = new ConcurrentHashMap<>();

        private final Map<String, Attributes> activeHttps = new ConcurrentHashMap<>();
        private final Map<AttributeSet, Attributes> activeSets = new ConcurrentHashMap<>();
        final Map<AttributeSet, Attributes> endSets = new ConcurrentHashMap<>();

        SideMetrics(Meter meter, String prefix, boolean durations, boolean bodySizes) {
            String side = prefix.substring(prefix.indexOf('.') + 1);
            duration = durations ? duration(meter, side.equals("server")) : null;
            active = meter.upDownCounterBuilder(prefix + ".active_requests")
                    .setUnit("{request}")
                    .setDescription("Number of active HTTP " + side + " requests.")
                    .build();
            requestSize = bodySizes ? size(meter, prefix + ".request.body.size", side, "request") : null;
            responseSize = bodySizes ? size(meter, prefix + ".response.body.size", side, "response") : null;
        }

        Attributes active(Measured exchange) {
            String method = exchange.method();
            String scheme = exchange.scheme();
            if (exchange.side() == Side.CLIENT) {
                return attributes(
                        activeSets,
                        new AttributeSet(
                                method, scheme, exchange.serverAddress(), exchange.serverPort(), null, 0, null, null));
            }
            Map<String, Attributes> known = scheme.equals("https") ? activeHttps : activeHttp;
            Attributes attributes = known.get(method);
            if (attributes == null) {
                attributes = new AttributeSet(method, scheme, null, 0, null, 0, null, null).attributes();
                known.put(method, attributes);
            }
            return attributes;
        }

        private static DoubleHistogram duration(Meter meter, boolean server) {
            return meter.histogramBuilder(server ? HttpDurationMetric.SERVER : HttpDurationMetric.CLIENT)
                    .setUnit(HttpDurationMetric.UNIT)
                    .setDescription(
                            server ? HttpDurationMetric.SERVER_DESCRIPTION : HttpDurationMetric.CLIENT_DESCRIPTION)
                    .setExplicitBucketBoundariesAdvice(HttpDurationMetric.BOUNDS)
                    .build();
        }

        private static LongHistogram size(Meter meter, String name, String side, String message) {
            return meter.histogramBuilder(name)
                    .ofLongs()
                    .setUnit("By")
                    .setDescription("Size of HTTP " + side + ' ' + message + " bodies.")
                    .build();
        }
    }
}
