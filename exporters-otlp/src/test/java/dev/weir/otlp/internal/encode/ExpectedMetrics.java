// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import static dev.weir.otlp.internal.encode.Expected.attributes;
import static dev.weir.otlp.internal.encode.Expected.text;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Exemplar;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogram;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Histogram;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.metrics.v1.Summary;
import io.opentelemetry.proto.metrics.v1.SummaryDataPoint;
import io.opentelemetry.sdk.metrics.data.DoubleExemplarData;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.ExemplarData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramBuckets;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongExemplarData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.metrics.data.SumData;
import io.opentelemetry.sdk.metrics.data.SummaryPointData;
import java.util.Collection;
import java.util.List;

/** {@link Expected} for metrics. */
final class ExpectedMetrics {

    private ExpectedMetrics() {}

    static ExportMetricsServiceRequest metrics(List<MetricData> metrics) {
        var request = ExportMetricsServiceRequest.newBuilder();
        Expected.group(metrics, MetricData::getResource, MetricData::getInstrumentationScopeInfo)
                .forEach((resource, scopes) -> {
                    var group = ResourceMetrics.newBuilder()
                            .setResource(Expected.resource(resource))
                            .setSchemaUrl(text(resource.getSchemaUrl()));
                    scopes.forEach((scope, items) -> {
                        var inner = ScopeMetrics.newBuilder()
                                .setScope(Expected.scope(scope))
                                .setSchemaUrl(text(scope.getSchemaUrl()));
                        items.forEach(item -> inner.addMetrics(metric(item)));
                        group.addScopeMetrics(inner);
                    });
                    request.addResourceMetrics(group);
                });
        return request.build();
    }

    private static Metric metric(MetricData data) {
        Metric.Builder metric = Metric.newBuilder()
                .setName(text(data.getName()))
                .setDescription(text(data.getDescription()))
                .setUnit(text(data.getUnit()));
        switch (data.getType()) {
            case LONG_GAUGE, DOUBLE_GAUGE -> {
                Gauge.Builder gauge = Gauge.newBuilder();
                data.getData().getPoints().forEach(point -> gauge.addDataPoints(number(point)));
                metric.setGauge(gauge);
            }
            case LONG_SUM, DOUBLE_SUM -> {
                SumData<?> sum = (SumData<?>) data.getData();
                Sum.Builder builder = Sum.newBuilder()
                        .setIsMonotonic(sum.isMonotonic())
                        .setAggregationTemporality(temporality(sum.getAggregationTemporality()));
                sum.getPoints().forEach(point -> builder.addDataPoints(number(point)));
                metric.setSum(builder);
            }
            case SUMMARY -> {
                Summary.Builder summary = Summary.newBuilder();
                data.getSummaryData().getPoints().forEach(point -> summary.addDataPoints(summary(point)));
                metric.setSummary(summary);
            }
            case HISTOGRAM -> {
                Histogram.Builder histogram = Histogram.newBuilder()
                        .setAggregationTemporality(
                                temporality(data.getHistogramData().getAggregationTemporality()));
                data.getHistogramData().getPoints().forEach(point -> histogram.addDataPoints(histogram(point)));
                metric.setHistogram(histogram);
            }
            case EXPONENTIAL_HISTOGRAM -> {
                ExponentialHistogram.Builder histogram = ExponentialHistogram.newBuilder()
                        .setAggregationTemporality(
                                temporality(data.getExponentialHistogramData().getAggregationTemporality()));
                data.getExponentialHistogramData()
                        .getPoints()
                        .forEach(point -> histogram.addDataPoints(exponential(point)));
                metric.setExponentialHistogram(histogram);
            }
        }
        return metric.build();
    }

    private static AggregationTemporality temporality(
            io.opentelemetry.sdk.metrics.data.AggregationTemporality temporality) {
        return AggregationTemporality.valueOf("AGGREGATION_TEMPORALITY_" + temporality.name());
    }

    private static NumberDataPoint number(PointData data) {
        NumberDataPoint.Builder point = NumberDataPoint.newBuilder()
                .setStartTimeUnixNano(data.getStartEpochNanos())
                .setTimeUnixNano(data.getEpochNanos())
                .addAllAttributes(attributes(data.getAttributes()));
        data.getExemplars().forEach(exemplar -> point.addExemplars(exemplar(exemplar)));
        if (data instanceof LongPointData number) {
            point.setAsInt(number.getValue());
        } else {
            point.setAsDouble(((DoublePointData) data).getValue());
        }
        return point.build();
    }

    private static SummaryDataPoint summary(SummaryPointData data) {
        SummaryDataPoint.Builder point = SummaryDataPoint.newBuilder()
                .setStartTimeUnixNano(data.getStartEpochNanos())
                .setTimeUnixNano(data.getEpochNanos())
                .addAllAttributes(attributes(data.getAttributes()))
                .setCount(data.getCount())
                .setSum(data.getSum());
        data.getValues()
                .forEach(value -> point.addQuantileValuesBuilder()
                        .setQuantile(value.getQuantile())
                        .setValue(value.getValue()));
        return point.build();
    }

    private static HistogramDataPoint histogram(HistogramPointData data) {
        HistogramDataPoint.Builder point = HistogramDataPoint.newBuilder()
                .setStartTimeUnixNano(data.getStartEpochNanos())
                .setTimeUnixNano(data.getEpochNanos())
                .addAllAttributes(attributes(data.getAttributes()))
                .setCount(data.getCount())
                .setSum(data.getSum())
                .addAllBucketCounts(data.getCounts())
                .addAllExplicitBounds(data.getBoundaries());
        exemplars(data.getExemplars()).forEach(point::addExemplars);
        if (data.hasMin()) {
            point.setMin(data.getMin());
        }
        if (data.hasMax()) {
            point.setMax(data.getMax());
        }
        return point.build();
    }

    private static ExponentialHistogramDataPoint exponential(ExponentialHistogramPointData data) {
        ExponentialHistogramDataPoint.Builder point = ExponentialHistogramDataPoint.newBuilder()
                .setStartTimeUnixNano(data.getStartEpochNanos())
                .setTimeUnixNano(data.getEpochNanos())
                .addAllAttributes(attributes(data.getAttributes()))
                .setCount(data.getCount())
                .setSum(data.getSum())
                .setScale(data.getScale())
                .setZeroCount(data.getZeroCount())
                .setPositive(buckets(data.getPositiveBuckets()))
                .setNegative(buckets(data.getNegativeBuckets()));
        exemplars(data.getExemplars()).forEach(point::addExemplars);
        if (data.hasMin()) {
            point.setMin(data.getMin());
        }
        if (data.hasMax()) {
            point.setMax(data.getMax());
        }
        return point.build();
    }

    private static ExponentialHistogramDataPoint.Buckets buckets(ExponentialHistogramBuckets buckets) {
        return ExponentialHistogramDataPoint.Buckets.newBuilder()
                .setOffset(buckets.getOffset())
                .addAllBucketCounts(buckets.getBucketCounts())
                .build();
    }

    private static List<Exemplar> exemplars(Collection<? extends ExemplarData> exemplars) {
        return exemplars.stream().map(ExpectedMetrics::exemplar).toList();
    }

    private static Exemplar exemplar(ExemplarData data) {
        Exemplar.Builder exemplar = Exemplar.newBuilder()
                .setTimeUnixNano(data.getEpochNanos())
                .addAllFilteredAttributes(attributes(data.getFilteredAttributes()));
        if (data.getSpanContext().isValid()) {
            exemplar.setTraceId(ByteString.fromHex(data.getSpanContext().getTraceId()));
            exemplar.setSpanId(ByteString.fromHex(data.getSpanContext().getSpanId()));
        }
        if (data instanceof LongExemplarData number) {
            exemplar.setAsInt(number.getValue());
        } else {
            exemplar.setAsDouble(((DoubleExemplarData) data).getValue());
        }
        return exemplar.build();
    }
}
