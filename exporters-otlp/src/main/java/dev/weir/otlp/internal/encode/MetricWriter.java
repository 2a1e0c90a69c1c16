// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import dev.weir.otlp.internal.proto.ProtoBuffer;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.HistogramData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.metrics.data.SumData;
import io.opentelemetry.sdk.metrics.data.SummaryPointData;
import io.opentelemetry.sdk.resources.Resource;
import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Writes metrics. A record is one data point. */
final class MetricWriter implements RecordWriter<MetricData> {

    private static final int POINTS_KEPT = 8192;

    private static final int METRICS = 2 << 3 | ProtoBuffer.LENGTH_DELIMITED;

    private static final int NAME = 1 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int DESCRIPTION = 2 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int UNIT = 3 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int GAUGE = 5 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int SUM = 7 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int HISTOGRAM = 9 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int EXPONENTIAL_HISTOGRAM = 10 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int SUMMARY = 11 << 3 | ProtoBuffer.LENGTH_DELIMITED;

    private static final int TEMPORALITY = 2 << 3;
    private static final int MONOTONIC = 3 << 3;

    private final PointWriter pointWriter;
    private @Nullable Object[] points = new @Nullable Object[64];
    private int dirty;

    MetricWriter(ValueWriter values, IdWriter ids) {
        this.pointWriter = new PointWriter(values, ids);
    }

    @Override
    public Resource resource(MetricData metric) {
        return metric.getResource();
    }

    @Override
    public InstrumentationScopeInfo scope(MetricData metric) {
        return metric.getInstrumentationScopeInfo();
    }

    @Override
    public int write(MetricData metric, ProtoBuffer out) {
        int before = out.size();
        int count = switch (metric.getType()) {
            case LONG_GAUGE -> gauge(metric.getLongGaugeData().getPoints(), out);
            case DOUBLE_GAUGE -> gauge(metric.getDoubleGaugeData().getPoints(), out);
            case LONG_SUM -> sum(metric.getLongSumData(), out);
            case DOUBLE_SUM -> sum(metric.getDoubleSumData(), out);
            case SUMMARY -> summary(metric.getSummaryData().getPoints(), out);
            case HISTOGRAM -> histogram(metric.getHistogramData(), out);
            case EXPONENTIAL_HISTOGRAM -> exponential(metric.getExponentialHistogramData(), out);
        };
        out.stringUnlessEmpty(UNIT, metric.getUnit());
        out.stringUnlessEmpty(DESCRIPTION, metric.getDescription());
        out.stringUnlessEmpty(NAME, metric.getName());
        out.message(METRICS, before);
        return count;
    }

    @Override
    public void release() {
        if (points.length > POINTS_KEPT) {
            points = new @Nullable Object[64];
        } else {
            Arrays.fill(points, 0, dirty, null);
        }
        dirty = 0;
    }

    private int gauge(Collection<? extends PointData> data, ProtoBuffer out) {
        int before = out.size();
        int count = numbers(data, out);
        out.message(GAUGE, before);
        return count;
    }

    private int sum(SumData<?> data, ProtoBuffer out) {
        int before = out.size();
        if (data.isMonotonic()) {
            out.uint(MONOTONIC, 1);
        }
        temporality(data.getAggregationTemporality(), out);
        int count = numbers(data.getPoints(), out);
        out.message(SUM, before);
        return count;
    }

    private int numbers(Collection<? extends PointData> data, ProtoBuffer out) {
        int count = take(data);
        for (int i = count - 1; i >= 0; i--) {
            pointWriter.number((PointData) point(i), out);
        }
        return count;
    }

    private int histogram(HistogramData data, ProtoBuffer out) {
        int before = out.size();
        temporality(data.getAggregationTemporality(), out);
        int count = take(data.getPoints());
        for (int i = count - 1; i >= 0; i--) {
            pointWriter.histogram((HistogramPointData) point(i), out);
        }
        out.message(HISTOGRAM, before);
        return count;
    }

    private int exponential(ExponentialHistogramData data, ProtoBuffer out) {
        int before = out.size();
        temporality(data.getAggregationTemporality(), out);
        int count = take(data.getPoints());
        for (int i = count - 1; i >= 0; i--) {
            pointWriter.exponential((ExponentialHistogramPointData) point(i), out);
        }
        out.message(EXPONENTIAL_HISTOGRAM, before);
        return count;
    }

    private int summary(Collection<SummaryPointData> data, ProtoBuffer out) {
        int before = out.size();
        int count = take(data);
        for (int i = count - 1; i >= 0; i--) {
            pointWriter.summary((SummaryPointData) point(i), out);
        }
        out.message(SUMMARY, before);
        return count;
    }

    private int take(Collection<?> data) {
        points = data.toArray(points);
        int count = data.size();
        dirty = Math.max(dirty, count);
        return count;
    }

    private Object point(int i) {
        return java.util.Objects.requireNonNull(points[i]);
    }

    private static void temporality(AggregationTemporality temporality, ProtoBuffer out) {
        out.uint(TEMPORALITY, temporality == AggregationTemporality.DELTA ? 1 : 2);
    }
}
