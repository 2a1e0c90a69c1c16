// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.metrics.data.DoubleExemplarData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricProducer;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Reads everything out for one metric reader. Thread-safe; collections exclude each other.
 */
final class ReadOut implements MetricProducer {

    private final LatencyMetrics metrics;
    private final ReadOutFormat format;
    private final WindowSnapshot total;
    private long exemplarsSince = Long.MIN_VALUE;

    ReadOut(LatencyMetrics metrics, ReadOutFormat format) {
        this.metrics = metrics;
        this.format = format;
        this.total = new WindowSnapshot(metrics.layout());
    }

    @Override
    public synchronized Collection<MetricData> produce(Resource resource) {
        long now = metrics.ticker().epochNanos();
        List<MetricData> collected = new ArrayList<>();
        for (LatencyHistogram histogram : metrics.histograms()) {
            ReadOutFormat.Points points = format.start(histogram);
            for (BoundLatency series : histogram.everything()) {
                series.totalInto(total);
                if (total.count() > 0) {
                    points.add(new ReadOutFormat.Point(
                            series.attributes(),
                            series.startEpochNanos,
                            Math.max(now, series.startEpochNanos),
                            total,
                            exemplars(series)));
                }
            }
            if (!points.isEmpty()) {
                collected.add(points.finish(resource));
            }
        }
        exemplarsSince = now;
        return collected;
    }

    private List<DoubleExemplarData> exemplars(BoundLatency series) {
        List<DoubleExemplarData> fresh = new ArrayList<>();
        for (LatencyExemplar exemplar : series.exemplars()) {
            if (exemplar.epochNanos() > exemplarsSince) {
                fresh.add(DoubleExemplarData.create(
                        Attributes.empty(),
                        exemplar.epochNanos(),
                        SpanContext.create(
                                exemplar.traceId(),
                                exemplar.spanId(),
                                TraceFlags.getSampled(),
                                TraceState.getDefault()),
                        exemplar.valueNanos() / 1e9));
            }
        }
        return fresh;
    }
}
