// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.Data;
import io.opentelemetry.sdk.metrics.data.DoubleExemplarData;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramBuckets;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.GaugeData;
import io.opentelemetry.sdk.metrics.data.HistogramData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongExemplarData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.metrics.data.SumData;
import io.opentelemetry.sdk.metrics.data.SummaryData;
import io.opentelemetry.sdk.metrics.data.SummaryPointData;
import io.opentelemetry.sdk.metrics.data.ValueAtQuantile;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.List;

/** Metrics of all types, drawn from a seed. */
final class RandomMetrics extends RandomRecords {

    private final boolean negativeZero;

    RandomMetrics(long seed) {
        this(seed, true);
    }

    /** @param negativeZero whether -0.0 may appear where OpenTelemetry's marshaler takes it for the absent 0 */
    RandomMetrics(long seed, boolean negativeZero) {
        super(seed);
        this.negativeZero = negativeZero;
    }

    private double implicit(double value) {
        return value == 0 && !negativeZero ? 0 : value;
    }

    MetricData metric() {
        MetricDataType type = MetricDataType.values()[random.nextInt(MetricDataType.values().length)];
        AggregationTemporality temporality = AggregationTemporality.values()[random.nextInt(2)];
        int points = random.nextInt(4);
        Data<?> data = switch (type) {
            case LONG_GAUGE -> GaugeData.createLongGaugeData(list(points, this::longPoint));
            case DOUBLE_GAUGE -> GaugeData.createDoubleGaugeData(list(points, this::doublePoint));
            case LONG_SUM ->
                SumData.createLongSumData(random.nextBoolean(), temporality, list(points, this::longPoint));
            case DOUBLE_SUM ->
                SumData.createDoubleSumData(random.nextBoolean(), temporality, list(points, this::doublePoint));
            case SUMMARY -> SummaryData.create(list(points, this::summaryPoint));
            case HISTOGRAM -> HistogramData.create(temporality, list(points, this::histogramPoint));
            case EXPONENTIAL_HISTOGRAM ->
                ExponentialHistogramData.create(temporality, list(points, this::exponentialPoint));
        };
        return new Metric(resource(), scope(), text(), text(), text(), type, data);
    }

    private LongPointData longPoint() {
        return new LongPoint(
                number(),
                number(),
                attributes(),
                number(),
                list(random.nextInt(3), () -> LongExemplarData.create(attributes(), number(), context(), number())));
    }

    private List<DoubleExemplarData> exemplars() {
        return list(random.nextInt(3), () -> DoubleExemplarData.create(attributes(), number(), context(), real()));
    }

    private DoublePointData doublePoint() {
        return DoublePointData.create(number(), number(), attributes(), real(), exemplars());
    }

    private SummaryPointData summaryPoint() {
        return SummaryPointData.create(
                number(),
                number(),
                attributes(),
                number(),
                implicit(real()),
                list(random.nextInt(4), () -> ValueAtQuantile.create(random.nextDouble(), implicit(real()))));
    }

    private HistogramPointData histogramPoint() {
        int size = random.nextInt(20);
        List<Double> bounds = new ArrayList<>();
        double bound = random.nextGaussian();
        for (int i = 0; i < size; i++) {
            bound += random.nextDouble() + 0.001;
            bounds.add(bound);
        }
        return new HistogramPoint(
                number(),
                number(),
                attributes(),
                real(),
                number(),
                random.nextBoolean(),
                real(),
                random.nextBoolean(),
                real(),
                bounds,
                list(size + 1, () -> (long) random.nextInt(1000)),
                exemplars());
    }

    private ExponentialHistogramPointData exponentialPoint() {
        int scale = random.nextInt(30) - 10;
        return ExponentialHistogramPointData.create(
                scale,
                real(),
                random.nextInt(5),
                random.nextBoolean(),
                real(),
                random.nextBoolean(),
                real(),
                buckets(scale),
                buckets(scale),
                number(),
                number(),
                attributes(),
                exemplars());
    }

    private ExponentialHistogramBuckets buckets(int scale) {
        return ExponentialHistogramBuckets.create(
                scale, random.nextInt(200) - 100, list(random.nextInt(50), () -> (long) random.nextInt(100_000)));
    }

    private record LongPoint(
            long getStartEpochNanos,
            long getEpochNanos,
            Attributes getAttributes,
            long getValue,
            List<LongExemplarData> getExemplars)
            implements LongPointData {}

    private record HistogramPoint(
            long getStartEpochNanos,
            long getEpochNanos,
            Attributes getAttributes,
            double getSum,
            long getCount,
            boolean hasMin,
            double getMin,
            boolean hasMax,
            double getMax,
            List<Double> getBoundaries,
            List<Long> getCounts,
            List<DoubleExemplarData> getExemplars)
            implements HistogramPointData {}

    private record Metric(
            Resource getResource,
            InstrumentationScopeInfo getInstrumentationScopeInfo,
            String getName,
            String getDescription,
            String getUnit,
            MetricDataType getType,
            Data<?> getData)
            implements MetricData {}
}
