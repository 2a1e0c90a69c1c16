// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedInputStream;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class RecordEncoderTest {

    private final RecordEncoder encoder = new RecordEncoder(RecordLimits.DEFAULT);

    private LogRecord decode() throws Exception {
        byte[] bytes = Arrays.copyOfRange(encoder.bytes(), encoder.offset(), encoder.offset() + encoder.length());
        ScopeLogs logs = ScopeLogs.parseFrom(CodedInputStream.newInstance(bytes));
        assertThat(logs.getLogRecordsCount()).isEqualTo(1);
        assertThat(logs.getUnknownFields().asMap()).isEmpty();
        return logs.getLogRecords(0);
    }

    record Attribute(String key, Object value) {}

    @Provide
    Arbitrary<List<Attribute>> attributes() {
        Arbitrary<Object> values = Arbitraries.oneOf(
                Arbitraries.strings().ofMaxLength(300).map(v -> (Object) v),
                Arbitraries.longs().map(v -> (Object) v),
                Arbitraries.doubles().map(v -> (Object) v),
                Arbitraries.of(true, false).map(v -> (Object) v));
        return Combinators.combine(Arbitraries.strings().ofMinLength(1).ofMaxLength(40), values)
                .as(Attribute::new)
                .list()
                .uniqueElements(attribute -> valid(attribute.key()))
                .ofMaxSize(12);
    }

    @Property(tries = 500)
    void anyRecord_isWhatTheOfficialClassesRead(
            @ForAll long time,
            @ForAll String body,
            @ForAll("attributes") List<Attribute> attributes,
            @ForAll long traceHigh,
            @ForAll long traceLow,
            @ForAll long span)
            throws Exception {
        encoder.start(time, time + 1, 9, "INFO");
        encoder.ids(traceHigh, traceLow, span, 1);
        encoder.body(body);
        for (Attribute attribute : attributes) {
            if (attribute.value instanceof String text) {
                encoder.attribute(attribute.key, text);
            } else if (attribute.value instanceof Long number) {
                encoder.attribute(attribute.key, (long) number);
            } else if (attribute.value instanceof Double number) {
                encoder.attribute(attribute.key, (double) number);
            } else {
                encoder.attribute(attribute.key, (boolean) attribute.value);
            }
        }

        assertThat(encoder.finish()).isTrue();

        LogRecord record = decode();
        assertThat(record.getTimeUnixNano()).isEqualTo(time);
        assertThat(record.getObservedTimeUnixNano()).isEqualTo(time + 1);
        assertThat(record.getSeverityNumberValue()).isEqualTo(9);
        assertThat(record.getSeverityText()).isEqualTo("INFO");
        assertThat(record.getBody().getStringValue()).isEqualTo(valid(body));
        assertThat(record.getFlags()).isEqualTo(1);
        if (traceHigh != 0 || traceLow != 0) {
            assertThat(record.getTraceId().asReadOnlyByteBuffer().getLong(8)).isEqualTo(traceLow);
        }
        assertThat(record.getAttributesCount()).isEqualTo(attributes.size());
        for (int i = 0; i < attributes.size(); i++) {
            KeyValue read = record.getAttributes(i);
            Attribute attribute = attributes.get(i);
            assertThat(read.getKey()).isEqualTo(valid(attribute.key));
            Object value = switch (read.getValue().getValueCase()) {
                case STRING_VALUE -> read.getValue().getStringValue();
                case INT_VALUE -> read.getValue().getIntValue();
                case DOUBLE_VALUE -> read.getValue().getDoubleValue();
                default -> read.getValue().getBoolValue();
            };
            assertThat(value).isEqualTo(attribute.value instanceof String text ? valid(text) : attribute.value);
        }
    }

    /** What a lone surrogate becomes. */
    private static String valid(String text) {
        StringBuilder valid = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (pair) {
                valid.append(c).append(text.charAt(++i));
            } else {
                valid.append(Character.isSurrogate(c) ? '?' : c);
            }
        }
        return valid.toString();
    }

    @Property(tries = 300)
    void utf8_isCutAtACharacterBoundary(@ForAll String text, @ForAll byte anyLimit) {
        int limit = anyLimit & 0xff;
        byte[] target = new byte[256];

        int written = Utf8.write(text, target, 0, limit);

        assertThat(written).isLessThanOrEqualTo(limit);
        String read = new String(target, 0, written, StandardCharsets.UTF_8);
        assertThat(valid(text)).startsWith(read);
        if (written < limit - 3) {
            assertThat(read).isEqualTo(valid(text));
        }
    }

    @Example
    void lengthsAroundTheirBoundaries_areRight() throws Exception {
        for (int length : new int[] {0, 1, 123, 124, 125, 126, 127, 128, 129, 16379, 16380, 16383, 16384}) {
            encoder.start(1, 1, 9, "");
            String body = "x".repeat(length);
            encoder.body(body);
            encoder.attribute("key", "v".repeat(Math.min(length, 4096)));
            encoder.finish();

            LogRecord record = decode();
            assertThat(record.getBody().getStringValue()).hasSize(Math.min(length, 16384));
            assertThat(record.getAttributes(0).getValue().getStringValue()).hasSize(Math.min(length, 4096));
        }
    }

    @Example
    void manyAndLargeAttributes_areCountedAndTheRecordStaysWithinItsLimit() throws Exception {
        encoder.start(1, 1, 17, "ERROR");
        encoder.body("b".repeat(40_000));
        for (int i = 0; i < 200; i++) {
            encoder.attribute("key" + i, "v".repeat(1000));
        }

        assertThat(encoder.finish()).isTrue();

        LogRecord record = decode();
        assertThat(encoder.length()).isLessThanOrEqualTo(32 * 1024 + 8);
        assertThat(record.getBody().getStringValue()).hasSize(16 * 1024);
        assertThat(record.getAttributesCount() + record.getDroppedAttributesCount())
                .isEqualTo(200);
        assertThat(record.getAttributesCount()).isBetween(10, 32);
    }

    @Example
    void asciiRecord_allocatesNothing() {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        String body = "m".repeat(256);
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1000; i++) {
                encoder.start(1, 1, 9, "INFO");
                encoder.ids(1, 2, 3, 1);
                encoder.body(body);
                encoder.attribute("http.route", "/checkout");
                encoder.attribute("order", 4711L);
                encoder.finish();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).isLessThan(1000);
    }
}
