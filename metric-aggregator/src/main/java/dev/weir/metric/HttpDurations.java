// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import dev.weir.core.spi.Outcome;
import dev.weir.core.spi.OutcomeListener;
import io.opentelemetry.api.common.AttributeKey;

/** Counts HTTP exchanges under the names, labels and bounds of OpenTelemetry's HTTP semantic conventions. */
final class HttpDurations implements OutcomeListener {

    static final AttributeKey<String> ROUTE = AttributeKey.stringKey("http.route");

    static final String SERVER = "http.server.request.duration";
    static final String CLIENT = "http.client.request.duration";

    /** The bucket bounds that the conventions advise, in seconds. */
    static final double[] BOUNDS = {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10};

    private final LatencyHistogram server;
    private final LatencyHistogram client;
    private final ExemplarFilter exemplars;

    HttpDurations(LatencyMetrics metrics, ExemplarFilter exemplars) {
        this.exemplars = exemplars;
        this.server = metrics.histogram(SERVER)
                .description("Duration of HTTP server requests.")
                .labels(ROUTE.getKey(), "http.request.method", "url.scheme", "network.protocol.version", "error.type")
                .numbers("http.response.status_code")
                .build();
        this.client = metrics.histogram(CLIENT)
                .description("Duration of HTTP client requests.")
                .labels("http.request.method", "server.address", "network.protocol.version", "error.type")
                .numbers("http.response.status_code", "server.port")
                .build();
    }

    LatencyHistogram server() {
        return server;
    }

    LatencyHistogram client() {
        return client;
    }

    @Override
    public void onOutcome(Outcome outcome) {
        BoundLatency series = outcome.side() == Outcome.Side.SERVER
                ? server.series(
                        outcome.route(),
                        outcome.method(),
                        outcome.scheme(),
                        outcome.protocolVersion(),
                        outcome.errorType(),
                        outcome.statusCode(),
                        0)
                : client.series(
                        outcome.method(),
                        outcome.serverAddress(),
                        outcome.protocolVersion(),
                        outcome.errorType(),
                        null,
                        outcome.statusCode(),
                        outcome.serverPort());
        if (exemplars == ExemplarFilter.ALWAYS_ON || (exemplars == ExemplarFilter.TRACE_BASED && outcome.sampled())) {
            series.record(outcome.durationNanos(), outcome.traceIdHigh(), outcome.traceIdLow(), outcome.spanId());
        } else {
            series.record(outcome.durationNanos());
        }
    }

    @Override
    public boolean recordsDurations() {
        return true;
    }
}
