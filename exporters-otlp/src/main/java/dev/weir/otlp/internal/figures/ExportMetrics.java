// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.figures;

import dev.weir.core.Registration;
import dev.weir.core.Signal;
import dev.weir.otlp.internal.config.SignalConfig;
import dev.weir.otlp.internal.pipeline.SignalPipeline;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The export's own metrics that the semantic conventions do not name, under {@code weir.otlp.*}; the others are in
 * {@link SdkMetrics}. They are read when a reader collects. Thread-safe.
 */
public final class ExportMetrics {

    private static final String SCOPE = "dev.weir.otlp";
    private static final AttributeKey<String> SIGNAL = AttributeKey.stringKey("weir.signal");
    private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
    private static final AttributeKey<String> STATE = AttributeKey.stringKey("weir.state");
    private static final double NANOS = 1e9;

    private final Collection<SignalPipeline> pipelines;
    private final Meter meter;
    private final List<AutoCloseable> instruments = new ArrayList<>();

    private ExportMetrics(Collection<SignalPipeline> pipelines, Meter meter) {
        this.pipelines = List.copyOf(pipelines);
        this.meter = meter;
    }

    public static Registration register(
            Collection<SignalPipeline> pipelines, Function<Signal, SignalConfig> configs, MeterProvider provider) {
        Meter meter = provider.get(SCOPE);
        ExportMetrics metrics = new ExportMetrics(pipelines, meter);
        metrics.requests();
        metrics.room();
        metrics.destination();
        for (SignalPipeline pipeline : pipelines) {
            metrics.instruments.addAll(SdkMetrics.register(pipeline, configs.apply(pipeline.signal()), meter));
        }
        return metrics::close;
    }

    private void requests() {
        counter(
                "weir.otlp.requests",
                "{request}",
                (pipeline, to) -> to.record(pipeline.stats().requests(), attributes(pipeline)));
        counter(
                "weir.otlp.requests.failed",
                "{request}",
                (pipeline, to) -> to.record(pipeline.stats().failedRequests(), attributes(pipeline)));
        counter(
                "weir.otlp.retries",
                "{request}",
                (pipeline, to) -> to.record(pipeline.stats().retries(), attributes(pipeline)));
        counter(
                "weir.otlp.wire.bytes",
                "By",
                (pipeline, to) -> to.record(pipeline.stats().wireBytes(), attributes(pipeline)));
        counter(
                "weir.otlp.body.bytes",
                "By",
                (pipeline, to) -> to.record(pipeline.stats().bodyBytes(), attributes(pipeline)));
        counter(
                "weir.otlp.dropped",
                "{record}",
                (pipeline, to) -> pipeline.account()
                        .snapshot()
                        .dropped()
                        .forEach((reason, records) -> to.record(
                                records,
                                attributes(pipeline).toBuilder()
                                        .put(ERROR_TYPE, reason.label())
                                        .build())));
    }

    private void room() {
        gauge(
                "weir.otlp.memory.bytes",
                "By",
                (pipeline, to) -> to.record(pipeline.stats().memoryBytes(), attributes(pipeline)));
        gauge(
                "weir.otlp.batch.target.bytes",
                "By",
                (pipeline, to) -> to.record(pipeline.stats().batchTarget(), attributes(pipeline)));
        gauge(
                "weir.otlp.spool.records",
                "{record}",
                (pipeline, to) -> to.record(pipeline.spooledRecords(), attributes(pipeline)));
        instruments.add(meter.gaugeBuilder("weir.otlp.spool.bytes")
                .ofLongs()
                .setUnit("By")
                .buildWithCallback(to -> to.record(pipelines.stream()
                        .mapToLong(SignalPipeline::spoolBytes)
                        .max()
                        .orElse(0))));
    }

    private void destination() {
        gauge(
                "weir.otlp.concurrency.limit",
                "{request}",
                (pipeline, to) -> to.record(pipeline.route().limit(), attributes(pipeline)));
        gauge("weir.otlp.request.limit.bytes", "By", (pipeline, to) -> {
            int limit = pipeline.route().sizes().known();
            if (limit != Integer.MAX_VALUE) {
                to.record(limit, attributes(pipeline));
            }
        });
        gauge(
                "weir.otlp.destination.state",
                "1",
                (pipeline, to) -> to.record(
                        1,
                        attributes(pipeline).toBuilder()
                                .put(STATE, pipeline.route().state().label())
                                .build()));
        instruments.add(meter.counterBuilder("weir.otlp.throttle.time")
                .ofDoubles()
                .setUnit("s")
                .buildWithCallback(to -> pipelines.forEach(
                        pipeline -> to.record(pipeline.route().throttledNanos() / NANOS, attributes(pipeline)))));
    }

    private static Attributes attributes(SignalPipeline pipeline) {
        return Attributes.of(SIGNAL, pipeline.signal().label());
    }

    private void counter(String name, String unit, BiConsumer<SignalPipeline, ObservableLongMeasurement> read) {
        instruments.add(meter.counterBuilder(name)
                .setUnit(unit)
                .buildWithCallback(to -> pipelines.forEach(pipeline -> read.accept(pipeline, to))));
    }

    private void gauge(String name, String unit, BiConsumer<SignalPipeline, ObservableLongMeasurement> read) {
        instruments.add(meter.gaugeBuilder(name)
                .ofLongs()
                .setUnit(unit)
                .buildWithCallback(to -> pipelines.forEach(pipeline -> read.accept(pipeline, to))));
    }

    private void close() {
        for (AutoCloseable instrument : instruments) {
            try {
                instrument.close();
            } catch (Exception e) {
                throw new IllegalStateException("an instrument's close must not throw", e);
            }
        }
    }
}
