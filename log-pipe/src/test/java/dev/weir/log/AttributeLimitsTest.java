// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Settings;
import dev.weir.core.TelemetryRuntime;
import dev.weir.log.otel.LogPipeExporter;
import dev.weir.log.otel.LogPipeProcessor;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.sdk.logs.LogLimits;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.SimpleLogRecordProcessor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What OpenTelemetry's variables for limits of attributes mean for a log record. */
class AttributeLimitsTest extends RecordFixture {

    private static final String COUNT = "OTEL_ATTRIBUTE_COUNT_LIMIT";
    private static final String RECORD_COUNT = "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT";
    private static final String LENGTH = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT";
    private static final String RECORD_LENGTH = "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT";

    private Received.Line with(Map<String, String> environment, Consumer<PendingRecord> fill) {
        runtime.close();
        runtime = TelemetryRuntime.create(
                Settings.builder().environment(environment).build());
        return received(fill);
    }

    private static void fill(PendingRecord record, int attributes) {
        for (int i = 0; i < attributes; i++) {
            record.attribute("key" + i, i);
        }
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "3, -, -, 3",
                "0, -, -, 0",
                "-, 4, -, 4",
                "3, 5, -, 5",
                "5, 3, -, 3",
                "5, 0, -, 0",
                "64, -, -, 64",
                "128, -, -, 128",
                "100000, -, -, 128",
                "-, -, -, 32",
                "10, -, 20, 10",
                "20, -, 10, 10",
                "-1, -, -, 32",
                "-, -1, -, 32",
                "7, -1, -, 7",
                "7, few, -, 7",
                "many, -, -, 32",
                "99999999999, -, -, 32",
                "' ', -, -, 32"
            })
    void count_ofLogRecords_thenOfAll_elseThePipes(String all, String ofRecords, String own, int expected) {
        Map<String, String> environment = new HashMap<>();
        put(environment, COUNT, all);
        put(environment, RECORD_COUNT, ofRecords);
        put(environment, "WEIR_LOG_ATTRIBUTES_MAX", own);

        LogRecord record = with(environment, r -> fill(r, 150)).record();

        assertThat(record.getAttributesCount()).isEqualTo(expected);
        assertThat(record.getDroppedAttributesCount()).isEqualTo(150 - expected);
    }

    private static void put(Map<String, String> environment, String name, String value) {
        if (value != null) {
            environment.put(name, value);
        }
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {"10, -, 10", "0, -, 0", "-, 7, 7", "10, 20, 20", "20, 10, 10", "-5, -, 30", "9, -5, 9", "x, -, 30"
            })
    void valueLength_ofLogRecords_thenOfAll(String all, String ofRecords, int expected) {
        Map<String, String> environment = new HashMap<>();
        put(environment, LENGTH, all);
        put(environment, RECORD_LENGTH, ofRecords);

        LogRecord record =
                with(environment, r -> r.attribute("k", "é".repeat(30))).record();

        assertThat(record.getAttributes(0).getValue().getStringValue()).isEqualTo("é".repeat(expected));
        assertThat(record.getDroppedAttributesCount()).isZero();
    }

    @Test
    void valueLength_isThatOfEachText_andOfBytes_andNoLimitForOthersOrForTheBody() {
        Received.Line line = with(Map.of(LENGTH, "3"), record -> {
            record.body("a long body");
            record.attribute("text", "abcdef");
            record.attribute("builder", new StringBuilder("abcdef"));
            record.attribute("object", (Object) new java.math.BigDecimal("12345"));
            record.attribute("list", List.of("abcdef", Map.of("a long key", "abcdef")));
            record.attribute("bytes", new byte[] {1, 2, 3, 4});
            record.attribute("number", 123456);
            record.attribute("a long key", true);
            record.attribute(AttributeKey.stringArrayKey("api"), List.of("abcdef"));
            record.attribute("value", Value.of("abcdef"));
            record.attributeIfAbsent("mdc", "abcdef");
            record.exception(new IllegalStateException("message"));
        });

        Map<String, Object> attributes = attributes(line);
        assertThat((byte[]) attributes.remove("bytes")).containsExactly(1, 2, 3);
        assertThat(attributes)
                .containsEntry("text", "abc")
                .containsEntry("builder", "abc")
                .containsEntry("object", "123")
                .containsEntry("list", List.of("abc", Map.of("a long key", "abc")))
                .containsEntry("number", 123456L)
                .containsEntry("a long key", true)
                .containsEntry("api", List.of("abc"))
                .containsEntry("value", "abc")
                .containsEntry("mdc", "abc")
                .containsEntry("exception.type", "jav")
                .containsEntry("exception.message", "mes")
                .containsEntry("exception.stacktrace", "jav");
        assertThat(line.body()).isEqualTo("a long body");
        assertThat(line.record().getDroppedAttributesCount()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
    void cut_isNeverBetweenTwoSurrogates(int limit) {
        String text = "a😀😀b";

        Received.Line line = with(Map.of(LENGTH, String.valueOf(limit)), record -> {
            record.attribute("text", text);
            record.attribute("list", List.of(text));
        });

        String expected = List.of("", "a", "a", "a😀", "a😀", "a😀😀", "a😀😀b").get(limit);
        assertThat(attributes(line)).containsEntry("text", expected).containsEntry("list", List.of(expected));
    }

    @Test
    void whatTheSdkLeftOut_isCounted_whicheverWayTheRecordComes() {
        LogPipe pipe = open(StoreKind.MEMORY);
        Received received = receive();
        for (var processor :
                List.of(LogPipeProcessor.create(pipe), SimpleLogRecordProcessor.create(LogPipeExporter.create(pipe)))) {
            SdkLoggerProvider provider = SdkLoggerProvider.builder()
                    .setLogLimits(() -> LogLimits.builder()
                            .setMaxNumberOfAttributes(2)
                            .setMaxAttributeValueLength(3)
                            .build())
                    .addLogRecordProcessor(processor)
                    .build();
            var builder = provider.get("api").logRecordBuilder();
            for (int i = 0; i < 5; i++) {
                builder.setAttribute(AttributeKey.stringKey("key" + i), "value");
            }
            builder.emit();
            provider.shutdown();
        }

        Patience.await().until(() -> received.lines.size() == 2);
        assertThat(received.lines).allSatisfy(line -> {
            assertThat(line.record().getAttributesCount()).isEqualTo(2);
            assertThat(line.record().getDroppedAttributesCount()).isEqualTo(3);
        });
    }
}
