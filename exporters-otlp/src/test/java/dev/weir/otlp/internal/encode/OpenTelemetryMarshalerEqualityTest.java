// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.trace.TestSpanData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same records through OpenTelemetry's own marshaler, in both of its memory modes. */
class OpenTelemetryMarshalerEqualityTest {

    private static final int SEEDS = 150;

    private final OtlpEncoder encoder = new OtlpEncoder();

    @ParameterizedTest
    @EnumSource
    void encodeSpans_ofOneScopeWithOneAttribute_isEqualByteForByte(MemoryMode mode) {
        OpenTelemetryMarshaler theirs = new OpenTelemetryMarshaler(mode);
        for (int seed = 0; seed < SEEDS; seed++) {
            RandomRecords records = new RandomRecords(seed, 1);
            SpanData first = records.span();
            List<SpanData> spans = records.list(5, () -> sameScope(records.span(), first));

            assertThat(Bytes.of(encoder.encodeSpans(spans))).as("seed %s", seed).isEqualTo(theirs.spans(spans));
        }
    }

    @ParameterizedTest
    @EnumSource
    void encodeSpans_isEqualMessageByMessage(MemoryMode mode) throws Exception {
        OpenTelemetryMarshaler theirs = new OpenTelemetryMarshaler(mode);
        for (int seed = 0; seed < SEEDS; seed++) {
            RandomRecords records = new RandomRecords(seed);
            List<SpanData> spans = records.list(10, records::span);

            assertThat(Normal.of(ExportTraceServiceRequest.parseFrom(Bytes.of(encoder.encodeSpans(spans)))))
                    .as("seed %s", seed)
                    .isEqualTo(Normal.of(ExportTraceServiceRequest.parseFrom(theirs.spans(spans))));
        }
    }

    @ParameterizedTest
    @EnumSource
    void encodeLogs_isEqualMessageByMessage(MemoryMode mode) throws Exception {
        OpenTelemetryMarshaler theirs = new OpenTelemetryMarshaler(mode);
        for (int seed = 0; seed < SEEDS; seed++) {
            RandomRecords records = new RandomRecords(seed);
            List<LogRecordData> logs = records.list(10, records::log);

            assertThat(Normal.of(ExportLogsServiceRequest.parseFrom(Bytes.of(encoder.encodeLogs(logs)))))
                    .as("seed %s", seed)
                    .isEqualTo(Normal.of(ExportLogsServiceRequest.parseFrom(theirs.logs(logs))));
        }
    }

    @ParameterizedTest
    @EnumSource
    void encodeMetrics_isEqualMessageByMessage(MemoryMode mode) throws Exception {
        OpenTelemetryMarshaler theirs = new OpenTelemetryMarshaler(mode);
        for (int seed = 0; seed < SEEDS; seed++) {
            RandomMetrics records = new RandomMetrics(seed, false);
            List<MetricData> metrics = records.list(10, records::metric);

            assertThat(Normal.of(ExportMetricsServiceRequest.parseFrom(Bytes.of(encoder.encodeMetrics(metrics)))))
                    .as("seed %s", seed)
                    .isEqualTo(Normal.of(ExportMetricsServiceRequest.parseFrom(theirs.metrics(metrics))));
        }
    }

    @ParameterizedTest
    @EnumSource
    void encodeSpans_withComplexAttributes_isEqualByteForByte(MemoryMode mode) {
        SpanData span = sameScope(
                TestSpanData.builder()
                        .setName("complex")
                        .setKind(io.opentelemetry.api.trace.SpanKind.INTERNAL)
                        .setStatus(io.opentelemetry.sdk.trace.data.StatusData.ok())
                        .setStartEpochNanos(1)
                        .setEndEpochNanos(2)
                        .setHasEnded(true)
                        .setTotalAttributeCount(1)
                        .setAttributes(Attributes.builder()
                                .put(
                                        AttributeKey.valueKey("map"),
                                        Value.of(
                                                KeyValue.of("empty", Value.empty()),
                                                KeyValue.of(
                                                        "list", Value.of(Value.of(1), Value.of(new byte[] {1, 2})))))
                                .build())
                        .build(),
                null);

        assertThat(Bytes.of(encoder.encodeSpans(List.of(span))))
                .isEqualTo(new OpenTelemetryMarshaler(mode).spans(List.of(span)));
    }

    private static SpanData sameScope(SpanData span, SpanData other) {
        return TestSpanData.builder()
                .setName(span.getName())
                .setKind(span.getKind())
                .setSpanContext(span.getSpanContext())
                .setParentSpanContext(span.getParentSpanContext())
                .setStatus(span.getStatus())
                .setStartEpochNanos(span.getStartEpochNanos())
                .setEndEpochNanos(span.getEndEpochNanos())
                .setAttributes(span.getAttributes())
                .setTotalAttributeCount(span.getTotalAttributeCount())
                .setEvents(span.getEvents())
                .setTotalRecordedEvents(span.getTotalRecordedEvents())
                .setLinks(span.getLinks())
                .setTotalRecordedLinks(span.getTotalRecordedLinks())
                .setResource(other == null ? span.getResource() : other.getResource())
                .setInstrumentationScopeInfo(
                        other == null ? span.getInstrumentationScopeInfo() : other.getInstrumentationScopeInfo())
                .setHasEnded(true)
                .build();
    }
}
