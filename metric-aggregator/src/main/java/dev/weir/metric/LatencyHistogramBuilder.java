// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import dev.weir.core.Setting;
import dev.weir.core.internal.HttpDurationMetric;
import dev.weir.core.spi.Choices;
import io.opentelemetry.api.common.AttributeKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Describes a {@link LatencyHistogram}.
 *
 * <p>Each method checks its value at once: null is refused with a {@link NullPointerException} that names the method, a
 * value that is not allowed with an {@link IllegalArgumentException} that names the method, the value and what is
 * allowed, and a second call with an {@link IllegalStateException}. Not thread-safe.
 *
 * @since 0.1
 */
public final class LatencyHistogramBuilder {

    /** Not a setting of the process: it only checks what the program sets. */
    private static final Setting<String> NAME = Setting.text("name", null, "name of the metric");

    private final Recording recording;
    private final UnaryOperator<LatencyHistogram> registry;
    private final String name;
    private final int defaultMaxSeries;
    private @Nullable String description;
    private @Nullable List<AttributeKey<String>> texts;
    private List<AttributeKey<Long>> numbers = List.of();
    private double @Nullable [] bounds;
    private @Nullable Integer maxSeries;

    /** @param registry keeps the histogram that is built, and returns it */
    LatencyHistogramBuilder(
            Recording recording, UnaryOperator<LatencyHistogram> registry, String name, int defaultMaxSeries) {
        this.recording = recording;
        this.registry = registry;
        this.name = NAME.check(name);
        this.defaultMaxSeries = defaultMaxSeries;
    }

    /**
     * The description of the metric. Default: empty.
     *
     * @param description goes to receivers of the metric; may be empty
     * @return this
     */
    public LatencyHistogramBuilder description(String description) {
        this.description = Choices.once("description", this.description, description);
        return this;
    }

    /**
     * Names the labels, at most five. Default: none.
     *
     * @param names in the order in which {@code record} and {@code bind} take their values
     * @return this
     * @throws IllegalArgumentException for more than five, an empty or a repeated one
     */
    public LatencyHistogramBuilder labels(String... names) {
        List<AttributeKey<String>> keys = new ArrayList<>();
        for (String each : Objects.requireNonNull(names, "labels")) {
            keys.add(AttributeKey.stringKey(Objects.requireNonNull(each, "labels")));
        }
        boolean empty = Arrays.stream(names).anyMatch(String::isBlank);
        if (empty
                || names.length > LabelValues.TEXTS
                || keys.stream().distinct().count() < names.length) {
            throw new IllegalArgumentException("labels is \"" + Arrays.toString(names) + "\", allowed: at most "
                    + LabelValues.TEXTS + " distinct names that are not empty");
        }
        this.texts = Choices.once("labels", this.texts, keys);
        return this;
    }

    /** Names the two numbers that only this module's own metrics have. */
    LatencyHistogramBuilder numbers(List<AttributeKey<Long>> keys) {
        this.numbers = keys;
        return this;
    }

    /**
     * The bounds in seconds that are used when explicit buckets are read out. Default: those of the HTTP semantic
     * conventions.
     *
     * @param seconds rise from above 0 to at most the highest duration of the range; values above the last one have a
     *     bucket of their own
     * @return this
     * @throws IllegalArgumentException when they do not rise, or two of them fall into one slot of the recorded
     *     precision
     */
    public LatencyHistogramBuilder explicitBounds(double... seconds) {
        ExplicitBuckets.validate(recording.layout(), Objects.requireNonNull(seconds, "explicitBounds"));
        this.bounds = Choices.once("explicitBounds", this.bounds, seconds.clone());
        return this;
    }

    /**
     * How many series there may be, with the overflow series. Default: that of the metrics.
     *
     * @param maxSeries 2…1,000,000
     * @return this
     * @throws IllegalArgumentException when not allowed for {@link MetricSettings#MAX_SERIES}
     */
    public LatencyHistogramBuilder maxSeries(int maxSeries) {
        this.maxSeries = Choices.once("maxSeries", this.maxSeries, MetricSettings.MAX_SERIES.check(maxSeries));
        return this;
    }

    /**
     * Makes the histogram.
     *
     * @return the histogram, which the metrics read out from now on
     * @throws IllegalStateException when the metrics already have one of this name
     */
    public LatencyHistogram build() {
        return registry.apply(new LatencyHistogram(
                recording,
                name,
                description == null ? "" : description,
                texts == null ? List.of() : texts,
                numbers,
                bounds == null
                        ? HttpDurationMetric.BOUNDS.stream()
                                .mapToDouble(Double::doubleValue)
                                .toArray()
                        : bounds,
                maxSeries == null ? defaultMaxSeries : maxSeries));
    }
}
