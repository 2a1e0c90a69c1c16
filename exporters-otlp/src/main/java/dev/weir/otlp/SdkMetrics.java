// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.DropReason;
import dev.weir.core.LedgerSnapshot;
import dev.weir.core.Signal;
import dev.weir.otlp.internal.transport.HostPort;
import dev.weir.otlp.internal.transport.SendResult;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * What the semantic conventions of OpenTelemetry's SDKs name for exporters and batching processors, of one lane. All but the
 * duration of operations is read when a reader collects.
 *
 * <p>See https://github.com/open-telemetry/semantic-conventions/blob/main/docs/otel/sdk-metrics.md.
 */
final class SdkMetrics {

    private static final AttributeKey<String> COMPONENT_TYPE = AttributeKey.stringKey("otel.component.type");
    private static final AttributeKey<String> COMPONENT_NAME = AttributeKey.stringKey("otel.component.name");
    private static final AttributeKey<String> SERVER_ADDRESS = AttributeKey.stringKey("server.address");
    private static final AttributeKey<Long> SERVER_PORT = AttributeKey.longKey("server.port");
    private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
    private static final AttributeKey<Long> HTTP_STATUS = AttributeKey.longKey("http.response.status_code");
    private static final AttributeKey<String> RPC_STATUS = AttributeKey.stringKey("rpc.response.status_code");

    private static final double NANOS = 1e9;

    /** Records that an exporter had and did not deliver; the others never came so far. */
    private static final Set<DropReason> EXPORTERS = EnumSet.of(
            DropReason.REJECTED,
            DropReason.AGED,
            DropReason.TOO_LARGE,
            DropReason.ENCODING_FAILED,
            DropReason.UNDELIVERABLE,
            DropReason.SHUTDOWN);

    private final Lane lane;
    private final boolean grpc;
    private final Attributes exporter;
    private final DoubleHistogram duration;

    private SdkMetrics(Lane lane, boolean grpc, Attributes exporter, DoubleHistogram duration) {
        this.lane = lane;
        this.grpc = grpc;
        this.exporter = exporter;
        this.duration = duration;
    }

    static List<AutoCloseable> register(Lane lane, SignalConfig config, Meter meter) {
        String kind = kind(lane.signal());
        String unit = unit(lane.signal());
        Attributes attributes = exporter(config);
        List<AutoCloseable> instruments = new ArrayList<>();
        instruments.add(meter.upDownCounterBuilder("otel.sdk.exporter." + kind + ".inflight")
                .setUnit(unit)
                .setDescription("records that were passed to the exporter and are neither delivered nor lost")
                .buildWithCallback(to -> to.record(lane.stats.held(), attributes)));
        instruments.add(meter.counterBuilder("otel.sdk.exporter." + kind + ".exported")
                .setUnit(unit)
                .setDescription("records whose export is over, with error.type those that were not delivered")
                .buildWithCallback(to -> exported(lane, attributes, to)));
        if (lane.signal() != Signal.METRICS) {
            processor(lane, meter, kind, unit, instruments);
        }
        DoubleHistogram duration = meter.histogramBuilder("otel.sdk.exporter.operation.duration")
                .setUnit("s")
                .setDescription("time from the first attempt to send a batch to the end of the last")
                .setExplicitBucketBoundariesAdvice(List.of())
                .build();
        SdkMetrics operations = new SdkMetrics(lane, config.protocol().isGrpc(), attributes, duration);
        OperationListener listener = operations::ended;
        lane.operations.add(listener);
        instruments.add(() -> operations.lane.operations.remove(listener));
        return instruments;
    }

    private static void processor(Lane lane, Meter meter, String kind, String unit, List<AutoCloseable> instruments) {
        String type = "weir_batching_" + kind + "_processor";
        Attributes attributes = Attributes.of(COMPONENT_TYPE, type, COMPONENT_NAME, type + "/weir");
        String prefix = "otel.sdk.processor." + kind;
        instruments.add(meter.upDownCounterBuilder(prefix + ".queue.size")
                .setUnit(unit)
                .setDescription("records that wait in the ring")
                .buildWithCallback(to -> to.record(lane.queueRecords(), attributes)));
        instruments.add(meter.upDownCounterBuilder(prefix + ".queue.capacity")
                .setUnit(unit)
                .setDescription("records that may wait in the ring")
                .buildWithCallback(to -> to.record(sum(lane, Intake::capacity), attributes)));
        instruments.add(meter.counterBuilder(prefix + ".processed")
                .setUnit(unit)
                .setDescription("records that left the ring or, with error.type, were refused by it")
                .buildWithCallback(to -> {
                    to.record(sum(lane, Intake::processed), attributes);
                    refused(to, sum(lane, Intake::refusedFull), attributes, "queue_full");
                    refused(to, sum(lane, Intake::refusedClosed), attributes, "already_shutdown");
                }));
    }

    private static void refused(ObservableLongMeasurement to, long records, Attributes attributes, String why) {
        if (records > 0) {
            to.record(records, attributes.toBuilder().put(ERROR_TYPE, why).build());
        }
    }

    private static long sum(Lane lane, ToLongFunction<Intake> of) {
        long sum = 0;
        for (Intake intake : lane.intakes()) {
            sum += of.applyAsLong(intake);
        }
        return sum;
    }

    private static void exported(Lane lane, Attributes attributes, ObservableLongMeasurement to) {
        LedgerSnapshot account = lane.account().snapshot();
        to.record(account.delivered(), attributes);
        account.dropped().forEach((reason, records) -> {
            if (EXPORTERS.contains(reason)) {
                to.record(
                        records,
                        attributes.toBuilder().put(ERROR_TYPE, reason.label()).build());
            }
        });
    }

    private void ended(Lane of, SendResult result, long nanos) {
        AttributesBuilder attributes = exporter.toBuilder();
        boolean answered = result.status() >= 0;
        if (answered && grpc) {
            attributes.put(RPC_STATUS, result.statusName());
        } else if (answered) {
            attributes.put(HTTP_STATUS, (long) result.status());
        }
        if (result.outcome() != SendResult.Outcome.DELIVERED) {
            attributes.put(ERROR_TYPE, answered ? errorType(result) : "unreachable");
        } else if (result.rejected() > 0) {
            attributes.put(ERROR_TYPE, DropReason.REJECTED.label());
        }
        duration.record(nanos / NANOS, attributes.build());
    }

    private String errorType(SendResult result) {
        return grpc ? result.statusName() : Integer.toString(result.status());
    }

    private static Attributes exporter(SignalConfig config) {
        String transport = switch (config.protocol()) {
            case GRPC -> "grpc";
            case HTTP_PROTOBUF -> "http";
            case HTTP_JSON -> "http_json";
        };
        String what = config.signal() == Signal.METRICS ? "metric" : kind(config.signal());
        String type = "otlp_" + transport + "_" + what + "_exporter";
        AttributesBuilder attributes =
                Attributes.builder().put(COMPONENT_TYPE, type).put(COMPONENT_NAME, type + "/weir");
        if (config.endpoints().size() == 1) {
            URI endpoint = config.endpoints().get(0);
            HostPort address = HostPort.of(endpoint);
            if (endpoint.getFragment() != null) {
                attributes.put(SERVER_ADDRESS, endpoint.getFragment());
            } else if (address != null) {
                attributes.put(SERVER_ADDRESS, address.host()).put(SERVER_PORT, (long) address.port());
            }
        }
        return attributes.build();
    }

    private static String kind(Signal signal) {
        return switch (signal) {
            case TRACES -> "span";
            case LOGS -> "log";
            case METRICS -> "metric_data_point";
        };
    }

    private static String unit(Signal signal) {
        return switch (signal) {
            case TRACES -> "{span}";
            case LOGS -> "{log_record}";
            case METRICS -> "{data_point}";
        };
    }
}
