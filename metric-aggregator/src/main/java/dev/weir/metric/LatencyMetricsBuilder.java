// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import dev.weir.core.Setting;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.spi.Choices;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Configures {@link LatencyMetrics}. Anything not set here is read from the settings of the runtime, see
 * {@link MetricSettings}.
 *
 * <p>Each method checks its value at once: null is refused with a {@link NullPointerException} that names the setting,
 * a value that is not allowed with an {@link IllegalArgumentException} that names the setting, the value and what is
 * allowed, and a second call with an {@link IllegalStateException}. Not thread-safe.
 *
 * @since 0.1
 */
public final class LatencyMetricsBuilder {

    /** The default smallest duration that is distinguished from 0: 1 µs. */
    public static final Duration DEFAULT_LOWEST = Duration.ofNanos(1000);

    /** The default longest duration that has a slot of its own: 1 h. */
    public static final Duration DEFAULT_HIGHEST = Duration.ofHours(1);

    /** The default of significant decimal digits of a recorded duration: {@value}. */
    public static final int DEFAULT_DIGITS = 2;

    /** The default number of buckets of an exponential histogram: {@value}. */
    public static final int DEFAULT_MAX_BUCKETS = 320;

    /** From this rate on a series has cells for each event loop. */
    static final long BUSY_PER_SECOND = 1000;

    /** Not settings of the process: these two only check what the program sets. */
    private static final Setting<Integer> DIGITS =
            Setting.integer("digits", DEFAULT_DIGITS, 1, 3, "significant decimal digits of a recorded duration");

    private static final Setting<Integer> MAX_BUCKETS =
            Setting.integer("maxBuckets", DEFAULT_MAX_BUCKETS, 80, 1024, "buckets of an exponential histogram");

    private final Choices choices = new Choices();
    private @Nullable TelemetryRuntime runtime;
    private @Nullable DurationRange range;
    private @Nullable Integer digits;
    private @Nullable Integer maxBuckets;
    private long busyPerSecond = BUSY_PER_SECOND;

    LatencyMetricsBuilder() {}

    /**
     * Shares settings, clock and threads with other modules. Default: the metrics have their own.
     *
     * @param runtime stays open when the metrics are closed
     * @return this
     */
    public LatencyMetricsBuilder runtime(TelemetryRuntime runtime) {
        this.runtime = Choices.once("runtime", this.runtime, runtime);
        return this;
    }

    /**
     * The window: {@code intervals} closed intervals of length {@code interval}. Default: 12 of 5 s.
     *
     * @param interval 100 ms…10 min
     * @param intervals 2…720
     * @return this
     * @throws IllegalArgumentException when a value is not allowed for {@link MetricSettings#WINDOW_INTERVAL} or
     *     {@link MetricSettings#WINDOW_INTERVALS}
     */
    public LatencyMetricsBuilder window(Duration interval, int intervals) {
        MetricSettings.WINDOW_INTERVALS.check(intervals);
        choices.set(MetricSettings.WINDOW_INTERVAL, interval);
        choices.set(MetricSettings.WINDOW_INTERVALS, intervals);
        return this;
    }

    /**
     * The range of durations. Memory grows with the octaves that are really hit, not with the range. Default:
     * {@link #DEFAULT_LOWEST} to {@link #DEFAULT_HIGHEST}.
     *
     * @param lowest the smallest duration that is distinguished from 0
     * @param highest the longest duration that has a slot of its own
     * @return this
     * @throws IllegalArgumentException when the lowest is not positive, or the highest is less than twice the lowest or
     *     more than 2 h
     */
    public LatencyMetricsBuilder range(Duration lowest, Duration highest) {
        this.range = Choices.once("range", this.range, DurationRange.of(lowest, highest));
        return this;
    }

    /**
     * Significant decimal digits, 1…3: a value is off by less than 6.3 %, 0.8 % or 0.1 %. Default:
     * {@value #DEFAULT_DIGITS}.
     *
     * @param digits more of them need more memory for each series
     * @return this
     * @throws IllegalArgumentException when out of range
     */
    public LatencyMetricsBuilder digits(int digits) {
        this.digits = Choices.once("digits", this.digits, DIGITS.check(digits));
        return this;
    }

    /**
     * How many series one histogram may have, with its overflow series. Default: 2,000.
     *
     * @param maxSeries 2…1,000,000; {@link LatencyHistogramBuilder#maxSeries} wins for one histogram
     * @return this
     * @throws IllegalArgumentException when not allowed for {@link MetricSettings#MAX_SERIES}
     */
    public LatencyMetricsBuilder maxSeries(int maxSeries) {
        choices.set(MetricSettings.MAX_SERIES, maxSeries);
        return this;
    }

    /**
     * How latencies are read out. Default: {@link HistogramKind#BASE2_EXPONENTIAL_BUCKET_HISTOGRAM}.
     *
     * @param kind holds where a reader does not ask for another one, see {@link LatencyMetrics#reader}
     * @return this
     */
    public LatencyMetricsBuilder histogramKind(HistogramKind kind) {
        choices.set(MetricSettings.HISTOGRAM, kind);
        return this;
    }

    /**
     * How many buckets an exponential histogram may have; the scale is the largest that fits, 6 at most. Default:
     * {@value #DEFAULT_MAX_BUCKETS}.
     *
     * @param maxBuckets fewer of them make the buckets wider
     * @return this
     * @throws IllegalArgumentException when not within 80…1024
     */
    public LatencyMetricsBuilder maxBuckets(int maxBuckets) {
        this.maxBuckets = Choices.once("maxBuckets", this.maxBuckets, MAX_BUCKETS.check(maxBuckets));
        return this;
    }

    /**
     * Which records may become exemplars. Default: {@link ExemplarFilter#TRACE_BASED}.
     *
     * @param exemplars holds for the two durations of HTTP only
     * @return this
     */
    public LatencyMetricsBuilder exemplars(ExemplarFilter exemplars) {
        choices.set(MetricSettings.EXEMPLARS, exemplars);
        return this;
    }

    /** For tests: the rate from which on a series has cells for each event loop. */
    LatencyMetricsBuilder busyPerSecond(long busyPerSecond) {
        this.busyPerSecond = busyPerSecond;
        return this;
    }

    /**
     * Starts the metrics.
     *
     * @return new metrics, with the two histograms of HTTP; they run until they are closed
     * @throws IllegalArgumentException when a setting of the process is not allowed, with its name and value
     */
    public LatencyMetrics build() {
        TelemetryRuntime given = runtime;
        if (given == null) {
            return build(TelemetryRuntime.create());
        }
        given.threads().retain();
        return build(given);
    }

    /** @param runtime with a reference for the new metrics, which close it */
    private LatencyMetrics build(TelemetryRuntime runtime) {
        Choices.Values values = choices.over(runtime.settings());
        DurationRange range =
                Objects.requireNonNullElseGet(this.range, () -> DurationRange.of(DEFAULT_LOWEST, DEFAULT_HIGHEST));
        HdrLayout layout = new HdrLayout(
                range.lowestNanos(), range.highestNanos(), Objects.requireNonNullElse(digits, DEFAULT_DIGITS));
        long intervalNanos = values.get(MetricSettings.WINDOW_INTERVAL).toNanos();
        IntervalClock clock = new IntervalClock(
                intervalNanos,
                values.get(MetricSettings.WINDOW_INTERVALS),
                runtime.ticker().nanoTime());
        long busyRecords = Math.max(1, busyPerSecond * intervalNanos / 1_000_000_000L);
        return new LatencyMetrics(
                runtime,
                new Recording(layout, clock, runtime.ticker(), busyRecords, new OutOfRange()),
                new ReadOutFormats(
                        values.get(MetricSettings.HISTOGRAM),
                        layout,
                        Objects.requireNonNullElse(maxBuckets, DEFAULT_MAX_BUCKETS)),
                values.get(MetricSettings.EXEMPLARS),
                values.get(MetricSettings.MAX_SERIES));
    }
}
