// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.LedgerSnapshot;
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

/**
 * The export's own figures as OpenTelemetry metrics: under the names of the semantic conventions where there are some, else
 * under {@code weir.otlp.*}. All are read when a reader collects; nothing is recorded on the way of a record.
 */
final class ExportMetrics {

    private static final AttributeKey<String> SIGNAL = AttributeKey.stringKey("weir.signal");
    private static final AttributeKey<String> COMPONENT_TYPE = AttributeKey.stringKey("otel.component.type");
    private static final AttributeKey<String> COMPONENT_NAME = AttributeKey.stringKey("otel.component.name");
    private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
    private static final AttributeKey<String> STATE = AttributeKey.stringKey("weir.state");

    private final Collection<Lane> lanes;
    private final List<AutoCloseable> instruments = new ArrayList<>();

    private ExportMetrics(Collection<Lane> lanes) {
        this.lanes = List.copyOf(lanes);
    }

    static Registration register(Collection<Lane> lanes, MeterProvider provider) {
        ExportMetrics metrics = new ExportMetrics(lanes);
        metrics.create(provider.get("dev.weir.otlp"));
        return metrics::close;
    }

    private void create(Meter meter) {
        for (Lane lane : lanes) {
            semantic(meter, lane);
        }
        counter(
                meter,
                "weir.otlp.requests",
                "{request}",
                (lane, to) -> to.record(lane.stats.requests.sum(), attributes(lane)));
        counter(
                meter,
                "weir.otlp.requests.failed",
                "{request}",
                (lane, to) -> to.record(lane.stats.failedRequests.sum(), attributes(lane)));
        counter(
                meter,
                "weir.otlp.retries",
                "{request}",
                (lane, to) -> to.record(lane.stats.retries.sum(), attributes(lane)));
        counter(
                meter,
                "weir.otlp.wire.bytes",
                "By",
                (lane, to) -> to.record(lane.stats.wireBytes.sum(), attributes(lane)));
        counter(
                meter,
                "weir.otlp.body.bytes",
                "By",
                (lane, to) -> to.record(lane.stats.bodyBytes.sum(), attributes(lane)));
        counter(
                meter,
                "weir.otlp.throttle.time",
                "ns",
                (lane, to) -> to.record(lane.destination().throttledNanos(), attributes(lane)));
        counter(
                meter,
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
        gauge(
                meter,
                "weir.otlp.memory.bytes",
                "By",
                (lane, to) -> to.record(lane.stats.memoryBytes(), attributes(lane)));
        gauge(
                meter,
                "weir.otlp.concurrency.limit",
                "{request}",
                (lane, to) -> to.record(lane.destination().limit(), attributes(lane)));
        gauge(
                meter,
                "weir.otlp.destination.state",
                "1",
                (lane, to) -> to.record(
                        1,
                        attributes(lane).toBuilder()
                                .put(STATE, lane.destination().state().name().toLowerCase(Locale.ROOT))
                                .build()));
    }

    /** What the conventions name for spans, log records and data points. */
    private void semantic(Meter meter, Lane lane) {
        String kind = switch (lane.signal()) {
            case TRACES -> "span";
            case LOGS -> "log";
            case METRICS -> "metric_data_point";
        };
        Attributes exporter = Attributes.of(
                COMPONENT_TYPE, "weir_otlp_" + kind + "_exporter", COMPONENT_NAME, "weir_otlp_" + kind + "_exporter/0");
        Attributes processor = Attributes.of(
                COMPONENT_TYPE,
                "weir_otlp_" + kind + "_processor",
                COMPONENT_NAME,
                "weir_otlp_" + kind + "_processor/0");
        instruments.add(meter.upDownCounterBuilder("otel.sdk.exporter." + kind + ".inflight")
                .setUnit("{" + kind + "}")
                .buildWithCallback(to -> to.record(lane.stats.held(), exporter)));
        instruments.add(meter.counterBuilder("otel.sdk.exporter." + kind + ".exported")
                .setUnit("{" + kind + "}")
                .buildWithCallback(to -> exported(lane, exporter, to)));
        if (lane.signal() != Signal.METRICS) {
            instruments.add(meter.upDownCounterBuilder("otel.sdk.processor." + kind + ".queue.size")
                    .setUnit("{" + kind + "}")
                    .buildWithCallback(to -> to.record(lane.queueRecords(), processor)));
        }
    }

    private static void exported(Lane lane, Attributes exporter, ObservableLongMeasurement to) {
        LedgerSnapshot account = lane.account().snapshot();
        to.record(account.delivered(), exporter);
        account.dropped()
                .forEach((reason, records) -> to.record(
                        records,
                        exporter.toBuilder().put(ERROR_TYPE, reason.label()).build()));
    }

    private static Attributes attributes(Lane lane) {
        return Attributes.of(SIGNAL, lane.signal().label());
    }

    private void counter(Meter meter, String name, String unit, BiConsumer<Lane, ObservableLongMeasurement> read) {
        instruments.add(meter.counterBuilder(name)
                .setUnit(unit)
                .buildWithCallback(to -> lanes.forEach(lane -> read.accept(lane, to))));
    }

    private void gauge(Meter meter, String name, String unit, BiConsumer<Lane, ObservableLongMeasurement> read) {
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
