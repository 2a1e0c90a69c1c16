// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import dev.weir.core.OtelSettings;
import dev.weir.core.Setting;
import dev.weir.core.SettingsProvider;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/**
 * The settings of this module.
 *
 * @since 0.1
 */
public final class MetricSettings implements SettingsProvider {

    /** The length of one interval of the window. Default: 5 s. */
    public static final Setting<Duration> WINDOW_INTERVAL = Setting.duration(
            "weir.metrics.window.interval",
            Duration.ofSeconds(5),
            Duration.ofMillis(100),
            Duration.ofMinutes(10),
            "length of one interval of the latency window");

    /** How many intervals make the window. Default: 12. */
    public static final Setting<Integer> WINDOW_INTERVALS =
            Setting.integer("weir.metrics.window.intervals", 12, 2, 720, "number of intervals of the latency window");

    /** How many series a metric may have, with its overflow series. Default: 2,000. */
    public static final Setting<Integer> MAX_SERIES = Setting.integer(
            "weir.metrics.series.max",
            2000,
            2,
            1_000_000,
            "largest number of series of one metric; records of further label values go to one overflow series");

    /**
     * How latencies are read out: what {@link OtelSettings#DEFAULT_HISTOGRAM} means here, with the default of this
     * module.
     */
    public static final Setting<HistogramKind> HISTOGRAM = Setting.choice(
            OtelSettings.DEFAULT_HISTOGRAM.name(),
            HistogramKind.class,
            HistogramKind.BASE2_EXPONENTIAL_BUCKET_HISTOGRAM,
            "whether latencies are exported as exponential histograms or with explicit buckets");

    /** Which records may become exemplars. Default: {@link ExemplarFilter#TRACE_BASED}. */
    public static final Setting<ExemplarFilter> EXEMPLARS = Setting.choice(
            "otel.metrics.exemplar.filter",
            ExemplarFilter.class,
            ExemplarFilter.TRACE_BASED,
            "records that may become exemplars");

    /** Made by {@link java.util.ServiceLoader}. */
    public MetricSettings() {}

    @Override
    public Collection<Setting<?>> settings() {
        return List.of(WINDOW_INTERVAL, WINDOW_INTERVALS, MAX_SERIES, OtelSettings.DEFAULT_HISTOGRAM, EXEMPLARS);
    }
}
