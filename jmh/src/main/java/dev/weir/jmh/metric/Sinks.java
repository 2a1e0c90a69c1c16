// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.metric;

import dev.weir.metric.BoundLatency;
import dev.weir.metric.LatencyHistogram;
import dev.weir.metric.LatencyMetrics;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.View;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Histogram;
import java.time.Duration;
import org.HdrHistogram.Recorder;
import org.HdrHistogram.SingleWriterRecorder;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One latency histogram of each library, with its labels bound where the library can do that. */
@State(Scope.Benchmark)
public class Sinks {

    private static final double[] BOUNDS = {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10};

    LatencyMetrics metrics;
    LatencyHistogram weir;
    BoundLatency weirBound;
    Recorder hdr;
    SingleWriterRecorder hdrSingleWriter;
    SdkMeterProvider provider;
    DoubleHistogram otelExplicit;
    DoubleHistogram otelExponential;
    Attributes otelLabels;
    SimpleMeterRegistry micrometer;
    Timer timer;
    Timer timerWithPercentiles;
    Histogram prometheus;
    DistributionDataPoint prometheusClassic;
    DistributionDataPoint prometheusNative;

    @Setup
    public void open() {
        // A short interval: the series is known to be busy before the warm-up ends.
        metrics = LatencyMetrics.builder().window(Duration.ofMillis(100), 600).build();
        weir = metrics.histogram("weir").labels("route", "method", "status").build();
        weirBound = weir.bind("/orders/{id}", "GET", "200");
        hdr = new Recorder(1000, 60_000_000_000L, 2);
        hdrSingleWriter = new SingleWriterRecorder(1000, 60_000_000_000L, 2);
        provider = SdkMeterProvider.builder()
                .registerMetricReader(new Uncollected())
                .registerView(
                        InstrumentSelector.builder().setName("exponential").build(),
                        View.builder()
                                .setAggregation(Aggregation.base2ExponentialBucketHistogram())
                                .build())
                .build();
        otelExplicit = provider.get("jmh")
                .histogramBuilder("explicit")
                .setExplicitBucketBoundariesAdvice(
                        java.util.Arrays.stream(BOUNDS).boxed().toList())
                .build();
        otelExponential = provider.get("jmh").histogramBuilder("exponential").build();
        otelLabels = Attributes.builder()
                .put("route", "/orders/{id}")
                .put("method", "GET")
                .put("status", "200")
                .build();
        micrometer = new SimpleMeterRegistry();
        timer = Timer.builder("timer").tag("route", "/orders/{id}").register(micrometer);
        timerWithPercentiles = Timer.builder("percentiles")
                .tag("route", "/orders/{id}")
                .publishPercentiles(0.5, 0.95, 0.99)
                .register(micrometer);
        prometheus = Histogram.builder()
                .name("classic")
                .classicOnly()
                .classicUpperBounds(BOUNDS)
                .labelNames("route", "method", "status")
                .build();
        prometheusClassic = prometheus.labelValues("/orders/{id}", "GET", "200");
        prometheusNative = Histogram.builder()
                .name("native")
                .nativeOnly()
                .labelNames("route", "method", "status")
                .build()
                .labelValues("/orders/{id}", "GET", "200");
    }

    @TearDown
    public void close() {
        metrics.close();
        provider.close();
        micrometer.close();
    }
}
