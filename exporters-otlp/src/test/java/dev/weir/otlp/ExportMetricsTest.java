// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.Registration;
import dev.weir.core.Signal;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportMetricsTest extends ExportTestBase {

    private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");

    @TempDir
    Path directory;

    private void tenDeliveredAtTheSecondAttempt_threeRefused() {
        receiver.answerNext(Receiver.status(503), Receiver.OK, Receiver.status(400));
        spans(10);
        assertThat(export.flush(LONG).block()).isTrue();
        spans(3);
        assertThat(export.flush(LONG).block()).isTrue();
    }

    @Test
    void figures_areThoseOfTheAccount() {
        use(builder());
        InMemoryMetricReader reader = InMemoryMetricReader.create();
        try (SdkMeterProvider meters =
                SdkMeterProvider.builder().registerMetricReader(reader).build()) {
            Registration registration = export.observe(meters);
            tenDeliveredAtTheSecondAttempt_threeRefused();

            Map<String, MetricData> metrics = reader.collectAllMetrics().stream()
                    .collect(Collectors.toMap(MetricData::getName, metric -> metric));

            assertThat(metrics.get("otel.sdk.exporter.span.exported")
                            .getLongSumData()
                            .getPoints())
                    .extracting(LongPointData::getValue)
                    .containsExactlyInAnyOrder(10L, 3L);
            assertThat(metrics.get("weir.otlp.retries").getLongSumData().getPoints())
                    .extracting(LongPointData::getValue)
                    .contains(1L);
            assertThat(metrics).containsKeys("weir.otlp.wire.bytes", "otel.sdk.processor.span.queue.size");

            registration.close();
            assertThat(reader.collectAllMetrics())
                    .as("only what was recorded, not read, is left")
                    .extracting(MetricData::getName)
                    .containsExactly("otel.sdk.exporter.operation.duration");
        }
    }

    private static Map<String, MetricData> read(InMemoryMetricReader reader) {
        return reader.collectAllMetrics().stream().collect(Collectors.toMap(MetricData::getName, metric -> metric));
    }

    private static long value(MetricData metric, String errorType) {
        return metric.getLongSumData().getPoints().stream()
                .filter(point -> Objects.equals(errorType, point.getAttributes().get(ERROR_TYPE)))
                .mapToLong(LongPointData::getValue)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void conventions_ofProcessorAndExporter_areMet() {
        receiver.answerAlways(Receiver.status(503));
        use(builder().runtime(runtime(Map.of("weir.otlp.queue.records", "64", "weir.otlp.memory.bytes", "64k"))));
        InMemoryMetricReader reader = InMemoryMetricReader.create();
        try (SdkMeterProvider meters =
                SdkMeterProvider.builder().registerMetricReader(reader).build()) {
            export.observe(meters);
            receiver.answerNext(Receiver.OK, Receiver.status(400));
            spans(10);
            assertThat(export.flush(LONG).block()).isTrue();
            spans(3);
            assertThat(export.flush(LONG).block()).isTrue();
            export.spanProcessor().shutdown();
            spans(2);

            Map<String, MetricData> metrics = read(reader);

            assertThat(metrics.get("otel.sdk.processor.span.queue.capacity").getUnit())
                    .isEqualTo("{span}");
            assertThat(value(metrics.get("otel.sdk.processor.span.queue.capacity"), null))
                    .isEqualTo(64);
            assertThat(value(metrics.get("otel.sdk.processor.span.queue.size"), null))
                    .isZero();
            assertThat(value(metrics.get("otel.sdk.processor.span.processed"), null))
                    .isEqualTo(13);
            assertThat(value(metrics.get("otel.sdk.processor.span.processed"), "already_shutdown"))
                    .isEqualTo(2);
            assertThat(value(metrics.get("otel.sdk.exporter.span.exported"), null))
                    .isEqualTo(10);
            assertThat(value(metrics.get("otel.sdk.exporter.span.exported"), "rejected"))
                    .isEqualTo(3);
            assertThat(value(metrics.get("otel.sdk.exporter.span.inflight"), null))
                    .isZero();
            assertThat(metrics.get("otel.sdk.exporter.log.inflight").getUnit()).isEqualTo("{log_record}");
            assertThat(metrics.get("otel.sdk.exporter.metric_data_point.exported")
                            .getUnit())
                    .isEqualTo("{data_point}");
            assertThat(metrics)
                    .containsKeys("otel.sdk.processor.log.queue.capacity", "otel.sdk.processor.log.processed");
        }
    }

    @Test
    void operations_areTimedOnceEach_retriesIncluded() {
        use(builder());
        InMemoryMetricReader reader = InMemoryMetricReader.create();
        try (SdkMeterProvider meters =
                SdkMeterProvider.builder().registerMetricReader(reader).build()) {
            Registration registration = export.observe(meters);
            tenDeliveredAtTheSecondAttempt_threeRefused();

            MetricData duration = read(reader).get("otel.sdk.exporter.operation.duration");

            assertThat(duration.getUnit()).isEqualTo("s");
            assertThat(duration.getHistogramData().getPoints())
                    .extracting(point -> point.getAttributes().toString() + " × " + point.getCount())
                    .containsExactlyInAnyOrder(attributes(200, null) + " × 1", attributes(400, "400") + " × 1");
            assertThat(duration.getHistogramData().getPoints())
                    .allSatisfy(point -> assertThat(point.getBoundaries()).isEmpty());
            registration.close();
        }
    }

    private String attributes(long status, String errorType) {
        AttributesBuilder attributes = Attributes.builder()
                .put("otel.component.type", "otlp_http_span_exporter")
                .put("otel.component.name", "otlp_http_span_exporter/weir")
                .put("server.address", "127.0.0.1")
                .put("server.port", receiver.port())
                .put("http.response.status_code", status);
        if (errorType != null) {
            attributes.put(ERROR_TYPE, errorType);
        }
        return attributes.build().toString();
    }

    @Test
    void spool_isShown() {
        receiver.answerAlways(Receiver.status(503));
        FileSpool spool = new FileSpool(directory, 1 << 20);
        use(builder().spool(spool).durability(Durability.ALWAYS));
        InMemoryMetricReader reader = InMemoryMetricReader.create();
        try (SdkMeterProvider meters =
                SdkMeterProvider.builder().registerMetricReader(reader).build()) {
            export.observe(meters);
            spans(7);
            await().until(() -> spool.records(Signal.TRACES) == 7);

            Map<String, MetricData> metrics = read(reader);

            assertThat(metrics.get("weir.otlp.spool.records").getLongGaugeData().getPoints())
                    .extracting(LongPointData::getValue)
                    .contains(7L);
            assertThat(metrics.get("weir.otlp.spool.bytes").getLongGaugeData().getPoints())
                    .singleElement()
                    .extracting(LongPointData::getValue)
                    .isEqualTo(spool.bytes());
        }
    }
}
