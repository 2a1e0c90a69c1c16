// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import dev.weir.core.internal.HttpDurationMetric;
import dev.weir.core.spi.Outcome;
import dev.weir.core.spi.OutcomeListener;
import java.util.List;
import java.util.function.Function;

/** Counts HTTP exchanges under the names, labels and bounds of OpenTelemetry's HTTP semantic conventions. */
final class HttpDurations implements OutcomeListener {

    private final LatencyHistogram server;
    private final LatencyHistogram client;
    private final ExemplarFilter exemplars;

    /** @param histograms starts a histogram of a name */
    HttpDurations(Function<String, LatencyHistogramBuilder> histograms, ExemplarFilter exemplars) {
        this.exemplars = exemplars;
        this.server = histograms
                .apply(HttpDurationMetric.SERVER)
                .description(HttpDurationMetric.SERVER_DESCRIPTION)
                .labels(
                        HttpDurationMetric.ROUTE.getKey(),
                        HttpDurationMetric.REQUEST_METHOD.getKey(),
                        HttpDurationMetric.URL_SCHEME.getKey(),
                        HttpDurationMetric.PROTOCOL_VERSION.getKey(),
                        HttpDurationMetric.ERROR_TYPE.getKey())
                .numbers(List.of(HttpDurationMetric.STATUS_CODE))
                .build();
        this.client = histograms
                .apply(HttpDurationMetric.CLIENT)
                .description(HttpDurationMetric.CLIENT_DESCRIPTION)
                .labels(
                        HttpDurationMetric.REQUEST_METHOD.getKey(),
                        HttpDurationMetric.SERVER_ADDRESS.getKey(),
                        HttpDurationMetric.PROTOCOL_VERSION.getKey(),
                        HttpDurationMetric.ERROR_TYPE.getKey())
                .numbers(List.of(HttpDurationMetric.STATUS_CODE, HttpDurationMetric.SERVER_PORT))
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
        long nanos = outcome.durationNanos();
        if (isShown(outcome) && series.wantsExemplar(nanos)) {
            series.record(nanos, outcome.traceIdHigh(), outcome.traceIdLow(), outcome.spanId());
        } else {
            series.record(nanos);
        }
    }

    private boolean isShown(Outcome outcome) {
        return exemplars == ExemplarFilter.ALWAYS_ON || (exemplars == ExemplarFilter.TRACE_BASED && outcome.sampled());
    }

    @Override
    public boolean recordsDurations() {
        return true;
    }
}
