// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import dev.weir.core.Settings;
import dev.weir.core.TelemetryRuntime;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Configures {@link LatencyMetrics}. What is not set here comes from the settings of the runtime. Not thread-safe.
 */
public final class LatencyMetricsBuilder {

    /** The smallest duration that is told from 0. */
    public static final Duration DEFAULT_LOWEST = Duration.ofNanos(1000);

    /** The longest duration that has a slot of its own. */
    public static final Duration DEFAULT_HIGHEST = Duration.ofHours(1);

    /** Significant decimal digits of a recorded duration. */
    public static final int DEFAULT_DIGITS = 2;

    /** Buckets of an exponential histogram. */
    public static final int DEFAULT_MAX_BUCKETS = 320;

    /** From this rate on a series has cells for each event loop. */
    static final long BUSY_PER_SECOND = 1000;

    private static final Duration HIGHEST_LIMIT = Duration.ofHours(2);

    private @Nullable TelemetryRuntime runtime;
    private @Nullable Duration interval;
    private @Nullable Integer intervals;
    private @Nullable Integer maxSeries;
    private @Nullable HistogramKind kind;
    private @Nullable ExemplarFilter exemplars;
    private Duration lowest = DEFAULT_LOWEST;
    private Duration highest = DEFAULT_HIGHEST;
    private int digits = DEFAULT_DIGITS;
    private int maxBuckets = DEFAULT_MAX_BUCKETS;
    private long busyPerSecond = BUSY_PER_SECOND;

    LatencyMetricsBuilder() {}

    /** Shares settings, clock and threads with other modules; without this the metrics have their own. */
    public LatencyMetricsBuilder runtime(TelemetryRuntime runtime) {
        this.runtime = Objects.requireNonNull(runtime, "runtime");
        return this;
    }

    /**
     * The window: {@code intervals} closed intervals of length {@code interval}.
     *
     * @throws IllegalArgumentException when a value is not allowed for {@link MetricSettings#WINDOW_INTERVAL} or
     *     {@link MetricSettings#WINDOW_INTERVALS}
     */
    public LatencyMetricsBuilder window(Duration interval, int intervals) {
        this.interval = MetricSettings.WINDOW_INTERVAL.check(interval);
        this.intervals = MetricSettings.WINDOW_INTERVALS.check(intervals);
        return this;
    }

    /**
     * The range of durations: memory grows with the octaves that are really hit, not with the range.
     *
     * @throws IllegalArgumentException when the lowest is not positive, or the highest is less than twice the lowest or more
     *     than 2 h
     */
    public LatencyMetricsBuilder range(Duration lowest, Duration highest) {
        if (lowest.isNegative()
                || lowest.isZero()
                || highest.compareTo(lowest.multipliedBy(2)) < 0
                || highest.compareTo(HIGHEST_LIMIT) > 0) {
            throw new IllegalArgumentException("range must be positive, span a factor of 2 and end at " + HIGHEST_LIMIT
                    + " at most, was " + lowest + "…" + highest);
        }
        this.lowest = lowest;
        this.highest = highest;
        return this;
    }

    /**
     * Significant decimal digits, 1…3: a value is off by less than 6.3 %, 0.8 % or 0.1 %.
     *
     * @throws IllegalArgumentException when out of range
     */
    public LatencyMetricsBuilder digits(int digits) {
        if (digits < 1 || digits > 3) {
            throw new IllegalArgumentException("digits must be within 1…3, was " + digits);
        }
        this.digits = digits;
        return this;
    }

    /**
     * How many series one histogram may have, with its overflow series.
     *
     * @throws IllegalArgumentException when not allowed for {@link MetricSettings#MAX_SERIES}
     */
    public LatencyMetricsBuilder maxSeries(int maxSeries) {
        this.maxSeries = MetricSettings.MAX_SERIES.check(maxSeries);
        return this;
    }

    /** How latencies are read out; exponential when neither this nor the setting says otherwise. */
    public LatencyMetricsBuilder histogramKind(HistogramKind kind) {
        this.kind = Objects.requireNonNull(kind, "kind");
        return this;
    }

    /**
     * How many buckets an exponential histogram may have; the scale is the largest that fits, 6 at most.
     *
     * @throws IllegalArgumentException when not within 80…1024
     */
    public LatencyMetricsBuilder maxBuckets(int maxBuckets) {
        if (maxBuckets < 80 || maxBuckets > 1024) {
            throw new IllegalArgumentException("maxBuckets must be within 80…1024, was " + maxBuckets);
        }
        this.maxBuckets = maxBuckets;
        return this;
    }

    /** Which records may become exemplars. */
    public LatencyMetricsBuilder exemplars(ExemplarFilter exemplars) {
        this.exemplars = Objects.requireNonNull(exemplars, "exemplars");
        return this;
    }

    /** The rate from which a series is worth cells for each event loop. */
    LatencyMetricsBuilder busyPerSecond(long busyPerSecond) {
        this.busyPerSecond = busyPerSecond;
        return this;
    }

    /** Starts the metrics. */
    public LatencyMetrics build() {
        TelemetryRuntime given = runtime;
        if (given == null) {
            TelemetryRuntime own = TelemetryRuntime.create();
            return new LatencyMetrics(this, own, true);
        }
        given.threads().retain();
        return new LatencyMetrics(this, given, false);
    }

    long lowestNanos() {
        return lowest.toNanos();
    }

    long highestNanos() {
        return highest.toNanos();
    }

    int digits() {
        return digits;
    }

    long busyPerSecond() {
        return busyPerSecond;
    }

    Duration interval(Settings settings) {
        Duration set = interval;
        return set == null ? settings.get(MetricSettings.WINDOW_INTERVAL) : set;
    }

    int intervals(Settings settings) {
        Integer set = intervals;
        return set == null ? settings.get(MetricSettings.WINDOW_INTERVALS) : set;
    }

    int maxSeries(Settings settings) {
        Integer set = maxSeries;
        return set == null ? settings.get(MetricSettings.MAX_SERIES) : set;
    }

    ExemplarFilter exemplars(Settings settings) {
        ExemplarFilter set = exemplars;
        return set == null ? settings.get(MetricSettings.EXEMPLARS) : set;
    }

    ReadOutFormats formats(Settings settings, HdrLayout layout) {
        HistogramKind set = kind;
        return new ReadOutFormats(set == null ? settings.get(MetricSettings.HISTOGRAM) : set, layout, maxBuckets);
    }
}
