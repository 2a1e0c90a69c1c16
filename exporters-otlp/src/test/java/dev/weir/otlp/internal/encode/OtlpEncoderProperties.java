// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Whatever the records, the official protobuf classes read from our bytes exactly what is in the data. */
class OtlpEncoderProperties {

    /** One encoder for all tries, so that each finds the caches and buffers as others left them. */
    private static final OtlpEncoder ENCODER = new OtlpEncoder();

    @Property(tries = 400)
    void encodeSpans_readByProtobuf_equalsTheData(@ForAll long seed, @ForAll @IntRange(max = 20) int size)
            throws Exception {
        RandomRecords records = new RandomRecords(seed);
        List<SpanData> spans = records.list(size, records::span);

        EncodedRequest request = ENCODER.encodeSpans(spans);

        assertThat(request.failure()).isNull();
        assertThat(request.records()).isEqualTo(size);
        byte[] body = Bytes.of(request);
        assertThat(Normal.of(ExportTraceServiceRequest.parseFrom(body))).isEqualTo(Normal.of(Expected.spans(spans)));
    }

    @Property(tries = 400)
    void encodeLogs_readByProtobuf_equalsTheData(@ForAll long seed, @ForAll @IntRange(max = 20) int size)
            throws Exception {
        RandomRecords records = new RandomRecords(seed);
        List<LogRecordData> logs = records.list(size, records::log);

        EncodedRequest request = ENCODER.encodeLogs(logs);

        assertThat(request.failure()).isNull();
        assertThat(request.records()).isEqualTo(size);
        assertThat(Normal.of(ExportLogsServiceRequest.parseFrom(Bytes.of(request))))
                .isEqualTo(Normal.of(Expected.logs(logs)));
    }

    @Property(tries = 400)
    void encodeMetrics_readByProtobuf_equalsTheData(@ForAll long seed, @ForAll @IntRange(max = 20) int size)
            throws Exception {
        RandomMetrics records = new RandomMetrics(seed);
        List<MetricData> metrics = records.list(size, records::metric);

        EncodedRequest request = ENCODER.encodeMetrics(metrics);

        assertThat(request.failure()).isNull();
        assertThat(request.records())
                .isEqualTo(metrics.stream()
                        .mapToInt(metric -> metric.getData().getPoints().size())
                        .sum());
        assertThat(Normal.of(ExportMetricsServiceRequest.parseFrom(Bytes.of(request))))
                .isEqualTo(Normal.of(ExpectedMetrics.metrics(metrics)));
    }
}
