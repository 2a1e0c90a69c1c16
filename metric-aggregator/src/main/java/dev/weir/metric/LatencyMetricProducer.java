// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.DoubleExemplarData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricProducer;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Reads histograms out for one metric reader, each point from the start or from the collection before. Thread-safe;
 * collections exclude each other.
 */
final class LatencyMetricProducer implements MetricProducer {

    private final Recording recording;
    private final Supplier<List<LatencyHistogram>> histograms;
    private final ReadOutFormat format;
    private final AggregationTemporality temporality;
    private final Predicate<String> names;
    private final WindowSnapshot read;

    /** With delta temporality only. */
    private final Map<BoundLatency, DeltaCursor> cursors = new HashMap<>();

    private boolean collected;
    private long lastEpochNanos;

    /** @param names which histograms are read */
    LatencyMetricProducer(
            Recording recording,
            Supplier<List<LatencyHistogram>> histograms,
            ReadOutFormat format,
            AggregationTemporality temporality,
            Predicate<String> names) {
        this.recording = recording;
        this.histograms = histograms;
        this.format = format;
        this.temporality = temporality;
        this.names = names;
        this.read = new WindowSnapshot(recording.layout());
    }

    @Override
    public synchronized Collection<MetricData> produce(Resource resource) {
        long now = recording.ticker().epochNanos();
        if (collected && now < lastEpochNanos) {
            now = lastEpochNanos;
        }
        List<MetricData> all = new ArrayList<>();
        for (LatencyHistogram histogram : histograms.get()) {
            if (!names.test(histogram.name())) {
                continue;
            }
            ReadOutFormat.Points points = format.start(histogram);
            for (BoundLatency series : histogram.allSeries()) {
                long start = read(series);
                if (read.count() > 0) {
                    points.add(new ReadOutFormat.Point(
                            series.attributes(), start, Math.max(now, start), read, exemplars(series)));
                }
            }
            if (!points.isEmpty()) {
                all.add(points.finish(resource, temporality));
            }
        }
        lastEpochNanos = now;
        collected = true;
        return all;
    }

    /** Fills {@link #read} and returns the start of the time that it covers. */
    private long read(BoundLatency series) {
        if (temporality == AggregationTemporality.CUMULATIVE) {
            series.totalInto(read);
            return series.startEpochNanos;
        }
        series.deltaInto(read, cursors.computeIfAbsent(series, BoundLatency::cursor));
        return collected ? lastEpochNanos : series.startEpochNanos;
    }

    private List<DoubleExemplarData> exemplars(BoundLatency series) {
        List<DoubleExemplarData> fresh = new ArrayList<>();
        for (LatencyExemplar exemplar : series.exemplars()) {
            if (!collected || exemplar.epochNanos() > lastEpochNanos) {
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
