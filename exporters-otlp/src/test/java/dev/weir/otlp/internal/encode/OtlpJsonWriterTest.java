// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.weir.core.Signal;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The JSON is read by protobuf's own reader of JSON and compared with the protobuf that it was made from. */
class OtlpJsonWriterTest {

    private static final OtlpEncoder ENCODER = new OtlpEncoder();

    @Property(tries = 100)
    void write_ofSpans_readByProtobuf_isTheSame(@ForAll long seed, @ForAll @IntRange(max = 8) int size)
            throws Exception {
        RandomRecords records = new RandomRecords(seed);
        byte[] body = Bytes.of(ENCODER.encodeSpans(records.list(size, records::span)));

        assertReadAs(
                ExportTraceServiceRequest.parseFrom(body),
                OtlpJsonWriter.write(Signal.TRACES, body),
                ExportTraceServiceRequest.newBuilder());
    }

    @Property(tries = 100)
    void write_ofLogs_readByProtobuf_isTheSame(@ForAll long seed, @ForAll @IntRange(max = 8) int size)
            throws Exception {
        RandomRecords records = new RandomRecords(seed);
        byte[] body = Bytes.of(ENCODER.encodeLogs(records.list(size, records::log)));

        assertReadAs(
                ExportLogsServiceRequest.parseFrom(body),
                OtlpJsonWriter.write(Signal.LOGS, body),
                ExportLogsServiceRequest.newBuilder());
    }

    @Property(tries = 100)
    void write_ofMetrics_readByProtobuf_isTheSame(@ForAll long seed, @ForAll @IntRange(max = 8) int size)
            throws Exception {
        RandomMetrics records = new RandomMetrics(seed);
        byte[] body = Bytes.of(ENCODER.encodeMetrics(records.list(size, records::metric)));

        assertReadAs(
                ExportMetricsServiceRequest.parseFrom(body),
                OtlpJsonWriter.write(Signal.METRICS, body),
                ExportMetricsServiceRequest.newBuilder());
    }

    @Test
    void write_showsIdsAsHexDigits() throws Exception {
        var request = ExportTraceServiceRequest.newBuilder();
        request.addResourceSpansBuilder()
                .addScopeSpansBuilder()
                .addSpansBuilder()
                .setTraceId(ByteString.fromHex("0123456789abcdef0011223344556677"))
                .setName("a \"quoted\" name\n")
                .setKindValue(2)
                .setStartTimeUnixNano(-1);

        String json =
                new String(OtlpJsonWriter.write(Signal.TRACES, request.build().toByteArray()), UTF_8);

        assertThat(json)
                .isEqualTo("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{"
                        + "\"traceId\":\"0123456789abcdef0011223344556677\","
                        + "\"name\":\"a \\\"quoted\\\" name\\u000a\",\"kind\":2,"
                        + "\"startTimeUnixNano\":\"18446744073709551615\"}]}]}]}");
    }

    @Test
    void write_ofWhatIsNotARequest_saysSo() {
        assertThatThrownBy(() -> OtlpJsonWriter.write(Signal.LOGS, new byte[] {10, 100, 1}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("not an OTLP export request");
    }

    private static void assertReadAs(Message expected, byte[] json, Message.Builder into) throws Exception {
        JsonFormat.parser().merge(new String(json, UTF_8), into);

        assertThat(into.build()).isEqualTo(asRead(expected));
    }

    /**
     * What protobuf's reader makes of the JSON of OTLP: it takes the hex digits of an id for base64, and the negative
     * zero for zero.
     */
    private static Message asRead(Message message) {
        Message.Builder result = message.toBuilder();
        message.getAllFields().forEach((field, value) -> {
            if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                result.setField(
                        field,
                        field.isRepeated()
                                ? ((List<?>) value)
                                        .stream()
                                                .map(entry -> asRead((Message) entry))
                                                .toList()
                                : asRead((Message) value));
            } else if (field.getJavaType() == FieldDescriptor.JavaType.DOUBLE && !field.isRepeated()) {
                result.setField(field, (Double) value + 0.0);
            } else if (field.getJavaType() == FieldDescriptor.JavaType.BYTE_STRING
                    && field.getName().endsWith("_id")) {
                String hex = HexFormat.of().formatHex(((ByteString) value).toByteArray());
                result.setField(field, ByteString.copyFrom(Base64.getDecoder().decode(hex)));
            }
        });
        return result.build();
    }
}
