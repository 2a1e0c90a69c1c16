// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import dev.weir.core.HealthContribution;
import dev.weir.core.Registration;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.internal.HttpDurationMetric;
import dev.weir.core.internal.ThrottledLog;
import dev.weir.core.spi.OutcomeListener;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.export.MetricProducer;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Latencies of this process: the two HTTP durations of the semantic conventions and histograms of the application, each
 * with percentiles of the last minute and an exact read-out for OpenTelemetry.
 *
 * <pre>
 * {@code LatencyMetrics metrics = LatencyMetrics.builder().build();
 * http.outcomeListener(metrics.outcomes());
 * meterProvider.registerMetricReader(metrics.reader(reader, resource, name -> true));
 * metrics.serverDuration().snapshot(attributes -> true).p95Nanos();
 * }</pre>
 *
 * <p>Thread-safe. Recording takes no lock, reads no clock and never throws; the intervals of the window are closed by
 * the {@code weir-worker} thread. Bounds: {@link LatencyMetricsBuilder#maxSeries} series for each histogram; a series
 * takes about 8 KiB when it is quiet, 16 KiB at 20 records a second, 36 KiB at 2,000, and 6 KiB more for each event
 * loop that keeps it busy. Durations are nanoseconds; from 1 µs to 1 h by default, with two significant digits.
 *
 * <p>After {@link #close} records are still counted and can be read out, but windows stand still.
 *
 * @since 0.1
 */
public final class LatencyMetrics implements AutoCloseable {

    private final TelemetryRuntime runtime;
    private final Recording recording;
    private final int maxSeries;
    private final ReadOutFormats formats;
    private final List<LatencyHistogram> histograms = new CopyOnWriteArrayList<>();
    private final HttpDurations http;
    private final ThrottledLog log;
    private final List<Registration> registrations = new ArrayList<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    /** Written by the worker. */
    private boolean overflowLogged;

    LatencyMetrics(
            TelemetryRuntime runtime,
            Recording recording,
            ReadOutFormats formats,
            ExemplarFilter exemplars,
            int maxSeries) {
        this.runtime = runtime;
        this.recording = recording;
        this.maxSeries = maxSeries;
        this.formats = formats;
        this.log = ThrottledLog.of("weir.metrics", recording.ticker()::nanoTime);
        this.http = new HttpDurations(this::histogram, exemplars);
        registrations.add(
                runtime.threads().worker().scheduleEvery(recording.clock().interval(), this::tick));
        registrations.add(runtime.health().register(new Contribution()));
    }

    /**
     * Starts a builder; anything not set there is read from the settings of the runtime.
     *
     * @return a builder in which nothing is set
     */
    public static LatencyMetricsBuilder builder() {
        return new LatencyMetricsBuilder();
    }

    /** {@return a listener that counts HTTP exchanges into {@link #serverDuration} and {@link #clientDuration}} */
    public OutcomeListener outcomes() {
        return http;
    }

    /** {@return the histogram {@code http.server.request.duration}} */
    public LatencyHistogram serverDuration() {
        return http.server();
    }

    /** {@return the histogram {@code http.client.request.duration}} */
    public LatencyHistogram clientDuration() {
        return http.client();
    }

    /**
     * Starts the description of a histogram of the application.
     *
     * @param name of the metric, for example {@code orders.duration}; must differ from those of the other histograms
     * @return a builder; there is no histogram before its {@code build}
     * @throws IllegalArgumentException when the name is blank
     */
    public LatencyHistogramBuilder histogram(String name) {
        return new LatencyHistogramBuilder(recording, this::add, name, maxSeries);
    }

    /**
     * {@return the histogram of this name, or null}
     *
     * @param name of the metric, for example {@code http.server.request.duration}
     */
    public @Nullable LatencyHistogram find(String name) {
        for (LatencyHistogram histogram : histograms) {
            if (histogram.name().equals(name)) {
                return histogram;
            }
        }
        return null;
    }

    /** {@return every histogram that there is now, the two of HTTP first} */
    public List<LatencyHistogram> histograms() {
        return List.copyOf(histograms);
    }

    /** {@return a summary of the window for every series that has a record in it, of all histograms} */
    public List<SeriesSummary> summaries() {
        List<SeriesSummary> all = new ArrayList<>();
        for (LatencyHistogram histogram : histograms) {
            all.addAll(histogram.summaries());
        }
        return all;
    }

    /**
     * {@return a new copy of the window of one route of the server, over its methods and statuses}
     *
     * @param route a template such as {@code /orders/{id}}; null for requests without a route
     */
    public WindowSnapshot snapshot(@Nullable String route) {
        return serverDuration().snapshot(attributes -> Objects.equals(attributes.get(HttpDurationMetric.ROUTE), route));
    }

    /**
     * Everything recorded since the start as cumulative histograms in seconds, for an OpenTelemetry metric reader.
     * Series are read at the moment of collection: everything recorded before is included.
     *
     * <p>Each producer remembers which exemplars it has handed out: make one for each reader. A producer does not learn
     * what its reader prefers; {@link #reader} does.
     *
     * @return a new producer for one reader
     */
    public MetricProducer metricProducer() {
        return new LatencyMetricProducer(
                recording, this::histograms, formats.own(), AggregationTemporality.CUMULATIVE, name -> true);
    }

    /**
     * Adds the histograms to what a reader collects, in seconds and in its own way: with the temporality that it wants
     * for histograms, and as exponential or explicit buckets where its default aggregation names one of them. With
     * delta temporality a point covers the time since the previous collection; a series without a record in it has no
     * point, and each series keeps 4 bytes more for each slot that was ever hit.
     *
     * @param reader what a meter provider would be given; it must not be registered anywhere else
     * @param resource the resource of that meter provider
     * @param names which histograms the reader gets
     * @return what to register with the meter provider
     */
    public MetricReader reader(MetricReader reader, Resource resource, Predicate<String> names) {
        ReadOutFormat format = formats.of(reader.getDefaultAggregation(InstrumentType.HISTOGRAM));
        return format == null
                ? reader
                : new LatencyReader(
                        reader,
                        new LatencyMetricProducer(
                                recording,
                                this::histograms,
                                format,
                                reader.getAggregationTemporality(InstrumentType.HISTOGRAM),
                                names),
                        resource);
    }

    /** {@return the number of records with a negative duration or without memory; they are counted nowhere else} */
    public long rejectedRecords() {
        return recording.outOfRange().rejected();
    }

    /** {@return the number of records above the range; they are counted in the highest slot} */
    public long clippedRecords() {
        return recording.outOfRange().clipped();
    }

    /** Stops the windows and releases the threads. Idempotent; does not wait. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            registrations.forEach(Registration::close);
            runtime.close();
        }
    }

    synchronized LatencyHistogram add(LatencyHistogram histogram) {
        if (find(histogram.name()) != null) {
            throw new IllegalStateException("there is already a histogram " + histogram.name());
        }
        histograms.add(histogram);
        return histogram;
    }

    private void tick() {
        assert runtime.threads().worker().inLoop() : "windows belong to the worker";
        closeInterval();
    }

    /** Closes the open interval of every series. Called by the worker. */
    void closeInterval() {
        recording.clock().advance(recording.ticker().nanoTime());
        for (LatencyHistogram histogram : histograms) {
            histogram.tick();
            if (histogram.isFull() && !overflowLogged) {
                overflowLogged = true;
                log.warn(overflowLine(histogram));
            }
        }
    }

    private static String overflowLine(LatencyHistogram histogram) {
        return histogram.name() + " has " + histogram.seriesCount()
                + " series; further label values are counted in its series otel.metric.overflow=true."
                + " Raise " + MetricSettings.MAX_SERIES + " or use a label with fewer values";
    }

    Recording recording() {
        return recording;
    }

    private final class Contribution implements HealthContribution {

        @Override
        public String name() {
            return "metric-aggregator";
        }

        @Override
        public Status status() {
            return detail().isEmpty() ? Status.UP : Status.DEGRADED;
        }

        @Override
        public String detail() {
            for (LatencyHistogram histogram : histograms) {
                if (histogram.isFull()) {
                    return overflowLine(histogram);
                }
            }
            return "";
        }
    }
}
