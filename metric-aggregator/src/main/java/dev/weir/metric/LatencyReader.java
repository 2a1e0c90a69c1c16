// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.CollectionRegistration;
import io.opentelemetry.sdk.metrics.export.MetricProducer;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;

/** Adds our histograms to the collections of another reader. As thread-safe as that one. */
final class LatencyReader implements MetricReader {

    private final MetricReader reader;
    private final MetricProducer histograms;
    private final Resource resource;

    LatencyReader(MetricReader reader, MetricProducer histograms, Resource resource) {
        this.reader = reader;
        this.histograms = histograms;
        this.resource = resource;
    }

    @Override
    public void register(CollectionRegistration registration) {
        reader.register(new CollectionRegistration() {
            @Override
            public Collection<MetricData> collectAllMetrics() {
                Collection<MetricData> all = new ArrayList<>(registration.collectAllMetrics());
                all.addAll(histograms.produce(resource));
                return all;
            }
        });
    }

    @Override
    public AggregationTemporality getAggregationTemporality(InstrumentType instrumentType) {
        return reader.getAggregationTemporality(instrumentType);
    }

    @Override
    public Aggregation getDefaultAggregation(InstrumentType instrumentType) {
        return reader.getDefaultAggregation(instrumentType);
    }

    @Override
    public MemoryMode getMemoryMode() {
        return reader.getMemoryMode();
    }

    @Override
    public CompletableResultCode forceFlush() {
        return reader.forceFlush();
    }

    @Override
    public CompletableResultCode shutdown() {
        return reader.shutdown();
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }

    @Override
    public String toString() {
        return reader.toString();
    }
}
