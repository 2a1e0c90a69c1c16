// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.Registration;
import dev.weir.core.Signal;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The export's own figures as OpenTelemetry metrics: here those that only Weir has, under {@code weir.otlp.*}; those that the
 * semantic conventions name are in {@link SdkMetrics}. They are read when a reader collects.
 */
final class ExportMetrics {

    private static final String SCOPE = "dev.weir.otlp";
    private static final AttributeKey<String> SIGNAL = AttributeKey.stringKey("weir.signal");
    private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
    private static final AttributeKey<String> STATE = AttributeKey.stringKey("weir.state");
    private static final double NANOS = 1e9;

    private final Collection<Lane> lanes;
    private final Meter meter;
    private final List<AutoCloseable> instruments = new ArrayList<>();

    private ExportMetrics(Collection<Lane> lanes, Meter meter) {
        this.lanes = List.copyOf(lanes);
        this.meter = meter;
    }

    static Registration register(
            Collection<Lane> lanes, Function<Signal, SignalConfig> configs, MeterProvider provider) {
        Meter meter = provider.get(SCOPE);
        ExportMetrics metrics = new ExportMetrics(lanes, meter);
        metrics.requests();
        metrics.room();
        metrics.destination();
        for (Lane lane : lanes) {
            metrics.instruments.addAll(SdkMetrics.register(lane, configs.apply(lane.signal()), meter));
        }
        return metrics::close;
    }

    private void requests() {
        counter(
                "weir.otlp.requests",
                "{request}",
                (lane, to) -> to.record(lane.stats.requests.sum(), attributes(lane)));
        counter(
                "weir.otlp.requests.failed",
                "{request}",
                (lane, to) -> to.record(lane.stats.failedRequests.sum(), attributes(lane)));
        counter("weir.otlp.retries", "{request}", (lane, to) -> to.record(lane.stats.retries.sum(), attributes(lane)));
        counter("weir.otlp.wire.bytes", "By", (lane, to) -> to.record(lane.stats.wireBytes.sum(), attributes(lane)));
        counter("weir.otlp.body.bytes", "By", (lane, to) -> to.record(lane.stats.bodyBytes.sum(), attributes(lane)));
        counter(
                "weir.otlp.dropped",
                "{record}",
                (lane, to) -> lane.account()
                        .snapshot()
                        .dropped()
                        .forEach((reason, records) -> to.record(
                                records,
                                attributes(lane).toBuilder()
                                        .put(ERROR_TYPE, reason.label())
                                        .build())));
    }

    private void room() {
        gauge("weir.otlp.memory.bytes", "By", (lane, to) -> to.record(lane.stats.memoryBytes(), attributes(lane)));
        gauge(
                "weir.otlp.batch.target.bytes",
                "By",
                (lane, to) -> to.record(lane.stats.batchTarget(), attributes(lane)));
        gauge("weir.otlp.spool.records", "{record}", (lane, to) -> to.record(lane.spooledRecords(), attributes(lane)));
        instruments.add(meter.gaugeBuilder("weir.otlp.spool.bytes")
                .ofLongs()
                .setUnit("By")
                .buildWithCallback(to -> to.record(
                        lanes.stream().mapToLong(Lane::spoolBytes).max().orElse(0))));
    }

    private void destination() {
        gauge(
                "weir.otlp.concurrency.limit",
                "{request}",
                (lane, to) -> to.record(lane.destination().limit(), attributes(lane)));
        gauge("weir.otlp.request.limit.bytes", "By", (lane, to) -> {
            int limit = lane.destination().sizes().known();
            if (limit != Integer.MAX_VALUE) {
                to.record(limit, attributes(lane));
            }
        });
        gauge(
                "weir.otlp.destination.state",
                "1",
                (lane, to) -> to.record(
                        1,
                        attributes(lane).toBuilder()
                                .put(
                                        STATE,
                                        lane.destination().state(lane).name().toLowerCase(Locale.ROOT))
                                .build()));
        instruments.add(meter.counterBuilder("weir.otlp.throttle.time")
                .ofDoubles()
                .setUnit("s")
                .buildWithCallback(to -> lanes.forEach(
                        lane -> to.record(lane.destination().throttledNanos(lane) / NANOS, attributes(lane)))));
    }

    private static Attributes attributes(Lane lane) {
        return Attributes.of(SIGNAL, lane.signal().label());
    }

    private void counter(String name, String unit, BiConsumer<Lane, ObservableLongMeasurement> read) {
        instruments.add(meter.counterBuilder(name)
                .setUnit(unit)
                .buildWithCallback(to -> lanes.forEach(lane -> read.accept(lane, to))));
    }

    private void gauge(String name, String unit, BiConsumer<Lane, ObservableLongMeasurement> read) {
        instruments.add(meter.gaugeBuilder(name)
                .ofLongs()
                .setUnit(unit)
                .buildWithCallback(to -> lanes.forEach(lane -> read.accept(lane, to))));
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
