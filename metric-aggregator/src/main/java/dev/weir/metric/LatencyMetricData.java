// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import dev.weir.core.internal.WeirVersion;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.metrics.data.Data;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramData;
import io.opentelemetry.sdk.metrics.data.HistogramData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.resources.Resource;

/** One metric of a collection. Immutable. */
record LatencyMetricData(
        Resource getResource, String getName, String getDescription, MetricDataType getType, Data<?> getData)
        implements MetricData {

    private static final InstrumentationScopeInfo SCOPE = scope();

    private static InstrumentationScopeInfo scope() {
        String version = WeirVersion.orNull();
        return version == null
                ? InstrumentationScopeInfo.create("dev.weir.metric")
                : InstrumentationScopeInfo.builder("dev.weir.metric")
                        .setVersion(version)
                        .build();
    }

    static MetricData of(LatencyHistogram histogram, Resource resource, ExponentialHistogramData data) {
        return new LatencyMetricData(
                resource, histogram.name(), histogram.description(), MetricDataType.EXPONENTIAL_HISTOGRAM, data);
    }

    static MetricData of(LatencyHistogram histogram, Resource resource, HistogramData data) {
        return new LatencyMetricData(
                resource, histogram.name(), histogram.description(), MetricDataType.HISTOGRAM, data);
    }

    @Override
    public String getUnit() {
        return "s";
    }

    @Override
    public InstrumentationScopeInfo getInstrumentationScopeInfo() {
        return SCOPE;
    }
}
