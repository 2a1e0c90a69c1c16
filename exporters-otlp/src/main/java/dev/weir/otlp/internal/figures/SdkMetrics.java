// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.figures;

import dev.weir.core.DropReason;
import dev.weir.core.LedgerSnapshot;
import dev.weir.core.Signal;
import dev.weir.otlp.internal.config.SignalConfig;
import dev.weir.otlp.internal.pipeline.OperationListener;
import dev.weir.otlp.internal.pipeline.RecordSource;
import dev.weir.otlp.internal.pipeline.SignalPipeline;
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
 * The metrics of one pipeline that the semantic conventions of OpenTelemetry's SDKs name for exporters and batching
 * processors. All except the duration of operations are read when a reader collects. Thread-safe.
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

    /** Reasons of records that reached the exporter and were not delivered; the others were lost before. */
    private static final Set<DropReason> EXPORTERS = EnumSet.of(
            DropReason.REJECTED,
            DropReason.AGED,
            DropReason.TOO_LARGE,
            DropReason.ENCODING_FAILED,
            DropReason.UNDELIVERABLE,
            DropReason.SHUTDOWN);

    private final boolean grpc;
    private final Attributes exporter;
    private final DoubleHistogram duration;

    private SdkMetrics(boolean grpc, Attributes exporter, DoubleHistogram duration) {
        this.grpc = grpc;
        this.exporter = exporter;
        this.duration = duration;
    }

    static List<AutoCloseable> register(SignalPipeline pipeline, SignalConfig config, Meter meter) {
        String kind = kind(pipeline.signal());
        String unit = unit(pipeline.signal());
        Attributes attributes = exporter(config);
        List<AutoCloseable> instruments = new ArrayList<>();
        instruments.add(meter.upDownCounterBuilder("otel.sdk.exporter." + kind + ".inflight")
                .setUnit(unit)
                .setDescription("records that were passed to the exporter and are neither delivered nor lost")
                .buildWithCallback(to -> to.record(pipeline.stats().held(), attributes)));
        instruments.add(meter.counterBuilder("otel.sdk.exporter." + kind + ".exported")
                .setUnit(unit)
                .setDescription("records whose export has ended, with error.type those that were not delivered")
                .buildWithCallback(to -> exported(pipeline, attributes, to)));
        if (pipeline.signal() != Signal.METRICS) {
            processor(pipeline, meter, kind, unit, instruments);
        }
        DoubleHistogram duration = meter.histogramBuilder("otel.sdk.exporter.operation.duration")
                .setUnit("s")
                .setDescription("time from the first attempt to send a batch to the end of the last")
                .setExplicitBucketBoundariesAdvice(List.of())
                .build();
        SdkMetrics operations = new SdkMetrics(config.isGrpc(), attributes, duration);
        OperationListener listener = operations::ended;
        pipeline.add(listener);
        instruments.add(() -> pipeline.remove(listener));
        return instruments;
    }

    private static void processor(
            SignalPipeline pipeline, Meter meter, String kind, String unit, List<AutoCloseable> instruments) {
        String type = "weir_batching_" + kind + "_processor";
        Attributes attributes = Attributes.of(COMPONENT_TYPE, type, COMPONENT_NAME, type + "/weir");
        String prefix = "otel.sdk.processor." + kind;
        instruments.add(meter.upDownCounterBuilder(prefix + ".queue.size")
                .setUnit(unit)
                .setDescription("records that wait in the ring")
                .buildWithCallback(to -> to.record(pipeline.queueRecords(), attributes)));
        instruments.add(meter.upDownCounterBuilder(prefix + ".queue.capacity")
                .setUnit(unit)
                .setDescription("records that may wait in the ring")
                .buildWithCallback(to -> to.record(sum(pipeline, RecordSource::capacity), attributes)));
        instruments.add(meter.counterBuilder(prefix + ".processed")
                .setUnit(unit)
                .setDescription("records that left the ring or, with error.type, were refused by it")
                .buildWithCallback(to -> {
                    to.record(sum(pipeline, RecordSource::processed), attributes);
                    refused(to, sum(pipeline, RecordSource::refusedFull), attributes, "queue_full");
                    refused(to, sum(pipeline, RecordSource::refusedClosed), attributes, "already_shutdown");
                }));
    }

    private static void refused(ObservableLongMeasurement to, long records, Attributes attributes, String why) {
        if (records > 0) {
            to.record(records, attributes.toBuilder().put(ERROR_TYPE, why).build());
        }
    }

    private static long sum(SignalPipeline pipeline, ToLongFunction<RecordSource> of) {
        long sum = 0;
        for (RecordSource source : pipeline.sources()) {
            sum += of.applyAsLong(source);
        }
        return sum;
    }

    private static void exported(SignalPipeline pipeline, Attributes attributes, ObservableLongMeasurement to) {
        LedgerSnapshot account = pipeline.account().snapshot();
        to.record(account.delivered(), attributes);
        account.dropped().forEach((reason, records) -> {
            if (EXPORTERS.contains(reason)) {
                to.record(
                        records,
                        attributes.toBuilder().put(ERROR_TYPE, reason.label()).build());
            }
        });
    }

    private void ended(SendResult result, long nanos) {
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
        String transport = config.isGrpc() ? "grpc" : config.isJson() ? "http_json" : "http";
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
