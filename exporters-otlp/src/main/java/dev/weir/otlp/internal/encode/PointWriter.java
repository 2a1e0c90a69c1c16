// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import dev.weir.otlp.internal.proto.ProtoBuffer;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.sdk.metrics.data.DoubleExemplarData;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.ExemplarData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramBuckets;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongExemplarData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.metrics.data.SummaryPointData;
import io.opentelemetry.sdk.metrics.data.ValueAtQuantile;
import java.util.List;

/** Writes data points as entries of the repeated field 1 of their metric's data. */
final class PointWriter {

    private static final int DATA_POINTS = 1 << 3 | ProtoBuffer.LENGTH_DELIMITED;

    /* The same in all kinds of data points. */
    private static final int START_TIME = 2 << 3 | 1;
    private static final int TIME = 3 << 3 | 1;
    private static final int COUNT = 4 << 3 | 1;
    private static final int SUM = 5 << 3 | 1;

    private static final int NUMBER_DOUBLE = 4 << 3 | 1;
    private static final int NUMBER_EXEMPLARS = 5 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int NUMBER_LONG = 6 << 3 | 1;
    private static final int NUMBER_ATTRIBUTES = 7 << 3 | ProtoBuffer.LENGTH_DELIMITED;

    private static final int HISTOGRAM_COUNTS = 6 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int HISTOGRAM_BOUNDS = 7 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int HISTOGRAM_EXEMPLARS = 8 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int HISTOGRAM_ATTRIBUTES = 9 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int HISTOGRAM_MIN = 11 << 3 | 1;
    private static final int HISTOGRAM_MAX = 12 << 3 | 1;

    private static final int EXPONENTIAL_ATTRIBUTES = 1 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int EXPONENTIAL_SCALE = 6 << 3;
    private static final int EXPONENTIAL_ZERO_COUNT = 7 << 3 | 1;
    private static final int EXPONENTIAL_POSITIVE = 8 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int EXPONENTIAL_NEGATIVE = 9 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int EXPONENTIAL_EXEMPLARS = 11 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int EXPONENTIAL_MIN = 12 << 3 | 1;
    private static final int EXPONENTIAL_MAX = 13 << 3 | 1;
    private static final int BUCKETS_OFFSET = 1 << 3;
    private static final int BUCKETS_COUNTS = 2 << 3 | ProtoBuffer.LENGTH_DELIMITED;

    private static final int SUMMARY_QUANTILES = 6 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int SUMMARY_ATTRIBUTES = 7 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int QUANTILE = 1 << 3 | 1;
    private static final int QUANTILE_VALUE = 2 << 3 | 1;

    private static final int EXEMPLAR_TIME = 2 << 3 | 1;
    private static final int EXEMPLAR_DOUBLE = 3 << 3 | 1;
    private static final int EXEMPLAR_SPAN_ID = 4 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int EXEMPLAR_TRACE_ID = 5 << 3 | ProtoBuffer.LENGTH_DELIMITED;
    private static final int EXEMPLAR_LONG = 6 << 3 | 1;
    private static final int EXEMPLAR_ATTRIBUTES = 7 << 3 | ProtoBuffer.LENGTH_DELIMITED;

    private final ValueWriter values;
    private final IdWriter ids;

    PointWriter(ValueWriter values, IdWriter ids) {
        this.values = values;
        this.ids = ids;
    }

    void number(PointData point, ProtoBuffer out) {
        int before = out.size();
        values.attributes(NUMBER_ATTRIBUTES, point.getAttributes(), out);
        if (point instanceof LongPointData number) {
            out.fixed64(NUMBER_LONG, number.getValue());
            exemplars(NUMBER_EXEMPLARS, number.getExemplars(), out);
        } else {
            DoublePointData number = (DoublePointData) point;
            exemplars(NUMBER_EXEMPLARS, number.getExemplars(), out);
            out.doubleField(NUMBER_DOUBLE, number.getValue());
        }
        times(point, out);
        out.message(DATA_POINTS, before);
    }

    void histogram(HistogramPointData point, ProtoBuffer out) {
        int before = out.size();
        if (point.hasMax()) {
            out.doubleField(HISTOGRAM_MAX, point.getMax());
        }
        if (point.hasMin()) {
            out.doubleField(HISTOGRAM_MIN, point.getMin());
        }
        values.attributes(HISTOGRAM_ATTRIBUTES, point.getAttributes(), out);
        exemplars(HISTOGRAM_EXEMPLARS, point.getExemplars(), out);
        List<Double> bounds = point.getBoundaries();
        if (!bounds.isEmpty()) {
            int beforeBounds = out.size();
            for (int i = bounds.size() - 1; i >= 0; i--) {
                out.fixed64(Double.doubleToRawLongBits(bounds.get(i)));
            }
            out.message(HISTOGRAM_BOUNDS, beforeBounds);
        }
        List<Long> counts = point.getCounts();
        if (!counts.isEmpty()) {
            int beforeCounts = out.size();
            for (int i = counts.size() - 1; i >= 0; i--) {
                out.fixed64(counts.get(i));
            }
            out.message(HISTOGRAM_COUNTS, beforeCounts);
        }
        out.doubleField(SUM, point.getSum());
        count(COUNT, point.getCount(), out);
        times(point, out);
        out.message(DATA_POINTS, before);
    }

    void exponential(ExponentialHistogramPointData point, ProtoBuffer out) {
        int before = out.size();
        if (point.hasMax()) {
            out.doubleField(EXPONENTIAL_MAX, point.getMax());
        }
        if (point.hasMin()) {
            out.doubleField(EXPONENTIAL_MIN, point.getMin());
        }
        exemplars(EXPONENTIAL_EXEMPLARS, point.getExemplars(), out);
        buckets(EXPONENTIAL_NEGATIVE, point.getNegativeBuckets(), out);
        buckets(EXPONENTIAL_POSITIVE, point.getPositiveBuckets(), out);
        count(EXPONENTIAL_ZERO_COUNT, point.getZeroCount(), out);
        if (point.getScale() != 0) {
            out.uint(EXPONENTIAL_SCALE, zigZag(point.getScale()));
        }
        out.doubleField(SUM, point.getSum());
        count(COUNT, point.getCount(), out);
        times(point, out);
        values.attributes(EXPONENTIAL_ATTRIBUTES, point.getAttributes(), out);
        out.message(DATA_POINTS, before);
    }

    void summary(SummaryPointData point, ProtoBuffer out) {
        int before = out.size();
        values.attributes(SUMMARY_ATTRIBUTES, point.getAttributes(), out);
        List<ValueAtQuantile> quantiles = point.getValues();
        for (int i = quantiles.size() - 1; i >= 0; i--) {
            ValueAtQuantile quantile = quantiles.get(i);
            int beforeQuantile = out.size();
            plainDouble(QUANTILE_VALUE, quantile.getValue(), out);
            plainDouble(QUANTILE, quantile.getQuantile(), out);
            out.message(SUMMARY_QUANTILES, beforeQuantile);
        }
        plainDouble(SUM, point.getSum(), out);
        count(COUNT, point.getCount(), out);
        times(point, out);
        out.message(DATA_POINTS, before);
    }

    private void exemplars(int tag, List<? extends ExemplarData> exemplars, ProtoBuffer out) {
        for (int i = exemplars.size() - 1; i >= 0; i--) {
            exemplar(tag, exemplars.get(i), out);
        }
    }

    private void exemplar(int tag, ExemplarData exemplar, ProtoBuffer out) {
        int before = out.size();
        values.attributes(EXEMPLAR_ATTRIBUTES, exemplar.getFilteredAttributes(), out);
        if (exemplar instanceof LongExemplarData number) {
            out.fixed64(EXEMPLAR_LONG, number.getValue());
        }
        SpanContext context = exemplar.getSpanContext();
        if (context.isValid()) {
            ids.traceId(EXEMPLAR_TRACE_ID, context.getTraceId(), out);
            ids.spanId(EXEMPLAR_SPAN_ID, context.getSpanId(), out);
        }
        if (exemplar instanceof DoubleExemplarData number) {
            out.doubleField(EXEMPLAR_DOUBLE, number.getValue());
        }
        count(EXEMPLAR_TIME, exemplar.getEpochNanos(), out);
        out.message(tag, before);
    }

    private static void buckets(int tag, ExponentialHistogramBuckets buckets, ProtoBuffer out) {
        int before = out.size();
        List<Long> counts = buckets.getBucketCounts();
        if (!counts.isEmpty()) {
            for (int i = counts.size() - 1; i >= 0; i--) {
                out.varint(counts.get(i));
            }
            out.message(BUCKETS_COUNTS, before);
        }
        if (buckets.getOffset() != 0) {
            out.uint(BUCKETS_OFFSET, zigZag(buckets.getOffset()));
        }
        out.message(tag, before);
    }

    private static void times(PointData point, ProtoBuffer out) {
        count(TIME, point.getEpochNanos(), out);
        count(START_TIME, point.getStartEpochNanos(), out);
    }

    private static void count(int tag, long value, ProtoBuffer out) {
        if (value != 0) {
            out.fixed64(tag, value);
        }
    }

    /** A double whose absence means 0; the negative zero is not that. */
    private static void plainDouble(int tag, double value, ProtoBuffer out) {
        if (Double.doubleToRawLongBits(value) != 0) {
            out.doubleField(tag, value);
        }
    }

    private static int zigZag(int value) {
        return value << 1 ^ value >> 31;
    }
}
