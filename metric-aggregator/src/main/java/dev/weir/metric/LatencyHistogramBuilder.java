// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import io.opentelemetry.api.common.AttributeKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Describes a {@link LatencyHistogram}. Not thread-safe. */
public final class LatencyHistogramBuilder {

    private final LatencyMetrics metrics;
    private final String name;
    private String description = "";
    private final List<AttributeKey<String>> texts = new ArrayList<>();
    private final List<AttributeKey<Long>> numbers = new ArrayList<>();
    private double[] bounds = HttpDurations.BOUNDS;
    private int maxSeries;

    LatencyHistogramBuilder(LatencyMetrics metrics, String name, int maxSeries) {
        this.metrics = metrics;
        this.name = Objects.requireNonNull(name, "name");
        this.maxSeries = maxSeries;
    }

    public LatencyHistogramBuilder description(String description) {
        this.description = Objects.requireNonNull(description, "description");
        return this;
    }

    /**
     * Names the labels, at most five.
     *
     * @throws IllegalArgumentException for more than five, an empty or a repeated one
     */
    public LatencyHistogramBuilder labels(String... names) {
        if (names.length > LabelValues.TEXTS) {
            throw new IllegalArgumentException("at most " + LabelValues.TEXTS + " labels, got " + names.length);
        }
        texts.clear();
        for (String each : names) {
            AttributeKey<String> key = AttributeKey.stringKey(each);
            if (each.isBlank() || texts.contains(key)) {
                throw new IllegalArgumentException("label names must be distinct and not empty, got \"" + each + '"');
            }
            texts.add(key);
        }
        return this;
    }

    /** Names the two numbers that only this module's own metrics have. */
    LatencyHistogramBuilder numbers(String... names) {
        for (String each : names) {
            numbers.add(AttributeKey.longKey(each));
        }
        return this;
    }

    /**
     * The bounds in seconds that are used when explicit buckets are read out; those of the HTTP semantic conventions when
     * not set.
     *
     * @throws IllegalArgumentException when they do not rise, or two of them fall into one slot of the recorded precision
     */
    public LatencyHistogramBuilder explicitBounds(double... seconds) {
        ExplicitBuckets.validate(metrics.layout(), seconds);
        this.bounds = seconds.clone();
        return this;
    }

    /**
     * How many series there may be, with the overflow series.
     *
     * @throws IllegalArgumentException when less than 2
     */
    public LatencyHistogramBuilder maxSeries(int maxSeries) {
        if (maxSeries < 2) {
            throw new IllegalArgumentException("maxSeries must be at least 2, was " + maxSeries);
        }
        this.maxSeries = maxSeries;
        return this;
    }

    /**
     * Makes the histogram.
     *
     * @throws IllegalStateException when the metrics already have one of this name
     */
    public LatencyHistogram build() {
        return metrics.add(new LatencyHistogram(metrics, name, description, texts, numbers, bounds, maxSeries));
    }
}
