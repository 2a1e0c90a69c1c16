// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.internal.data.ImmutableGaugeData;
import io.opentelemetry.sdk.metrics.internal.data.ImmutableLongExemplarData;
import io.opentelemetry.sdk.metrics.internal.data.ImmutableLongPointData;
import io.opentelemetry.sdk.metrics.internal.data.ImmutableMetricData;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.testing.logs.TestLogRecordData;
import io.opentelemetry.sdk.testing.trace.TestSpanData;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys and values that no builder of OpenTelemetry gives, or that few receivers take. */
class OddValuesTest {

    private final OtlpEncoder encoder = new OtlpEncoder();

    /** Attributes of another implementation: they may have any keys. */
    private static final class AnyAttributes implements Attributes {

        private final Map<AttributeKey<?>, Object> map = new LinkedHashMap<>();

        AnyAttributes with(AttributeKey<?> key, Object value) {
            map.put(key, value);
            return this;
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T> T get(AttributeKey<T> key) {
            return (T) map.get(key);
        }

        @Override
        public void forEach(BiConsumer<? super AttributeKey<?>, ? super Object> consumer) {
            map.forEach(consumer);
        }

        @Override
        public int size() {
            return map.size();
        }

        @Override
        public boolean isEmpty() {
            return map.isEmpty();
        }

        @Override
        public Map<AttributeKey<?>, Object> asMap() {
            return map;
        }

        @Override
        public AttributesBuilder toBuilder() {
            return Attributes.builder();
        }
    }

    /** One key and three that are none. */
    private static Attributes withoutKeys() {
        return new AnyAttributes()
                .with(AttributeKey.stringKey(""), "text")
                .with(AttributeKey.stringKey("k"), "v")
                .with(AttributeKey.longKey(""), 5L)
                .with(null, true);
    }

    private static SpanData span(Attributes attributes, int total) {
        return TestSpanData.builder()
                .setName("s")
                .setKind(SpanKind.SERVER)
                .setSpanContext(SpanContext.getInvalid())
                .setInstrumentationScopeInfo(InstrumentationScopeInfo.builder("scope")
                        .setAttributes(attributes)
                        .build())
                .setAttributes(attributes)
                .setTotalAttributeCount(total)
                .setEvents(List.of(EventData.create(1, "e", attributes, total)))
                .setLinks(List.of(LinkData.create(SpanContext.getInvalid(), attributes, total)))
                .setStartEpochNanos(1)
                .setEndEpochNanos(2)
                .setStatus(StatusData.unset())
                .setHasEnded(true)
                .build();
    }

    private static LogRecordData log(Attributes attributes, int total, Value<?> body) {
        return TestLogRecordData.builder()
                .setAttributes(attributes)
                .setTotalAttributeCount(total)
                .setBodyValue(body)
                .build();
    }

    private static MetricData gauge(Attributes attributes) {
        return ImmutableMetricData.createLongGauge(
                Resource.empty(),
                InstrumentationScopeInfo.empty(),
                "m",
                "",
                "",
                ImmutableGaugeData.create(List.of(ImmutableLongPointData.create(
                        1,
                        2,
                        attributes,
                        3,
                        List.of(ImmutableLongExemplarData.create(attributes, 1, SpanContext.getInvalid(), 1))))));
    }

    private io.opentelemetry.proto.trace.v1.ScopeSpans encoded(SpanData span) throws Exception {
        EncodedRequest request = encoder.encodeSpans(List.of(span));
        assertThat(request.failure()).isNull();
        return ExportTraceServiceRequest.parseFrom(request.body())
                .getResourceSpans(0)
                .getScopeSpans(0);
    }

    private LogRecord encoded(LogRecordData log) throws Exception {
        EncodedRequest request = encoder.encodeLogs(List.of(log));
        assertThat(request.failure()).isNull();
        return ExportLogsServiceRequest.parseFrom(request.body())
                .getResourceLogs(0)
                .getScopeLogs(0)
                .getLogRecords(0);
    }

    private NumberDataPoint encoded(MetricData metric) throws Exception {
        EncodedRequest request = encoder.encodeMetrics(List.of(metric));
        assertThat(request.failure()).isNull();
        return ExportMetricsServiceRequest.parseFrom(request.body())
                .getResourceMetrics(0)
                .getScopeMetrics(0)
                .getMetrics(0)
                .getGauge()
                .getDataPoints(0);
    }

    private static void onlyTheKey(List<io.opentelemetry.proto.common.v1.KeyValue> attributes) {
        assertThat(attributes).extracting(attribute -> attribute.getKey()).containsExactly("k");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 7})
    void attributesOfSpansWithoutKey_areLeftOut_andCounted(int total) throws Exception {
        int dropped = 3 + Math.max(0, total - 4);

        var scope = encoded(span(withoutKeys(), total));

        onlyTheKey(scope.getScope().getAttributesList());
        assertThat(scope.getScope().getDroppedAttributesCount()).isEqualTo(3);
        onlyTheKey(scope.getSpans(0).getAttributesList());
        assertThat(scope.getSpans(0).getDroppedAttributesCount()).isEqualTo(dropped);
        onlyTheKey(scope.getSpans(0).getEvents(0).getAttributesList());
        assertThat(scope.getSpans(0).getEvents(0).getDroppedAttributesCount()).isEqualTo(dropped);
        onlyTheKey(scope.getSpans(0).getLinks(0).getAttributesList());
        assertThat(scope.getSpans(0).getLinks(0).getDroppedAttributesCount()).isEqualTo(dropped);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 7})
    void attributesOfLogsWithoutKey_areLeftOut_andCounted(int total) throws Exception {
        LogRecord log = encoded(log(withoutKeys(), total, Value.of("b")));

        onlyTheKey(log.getAttributesList());
        assertThat(log.getDroppedAttributesCount()).isEqualTo(3 + Math.max(0, total - 4));
    }

    @Test
    void attributesOfMetricsWithoutKey_areLeftOut() throws Exception {
        NumberDataPoint point = encoded(gauge(withoutKeys()));

        onlyTheKey(point.getAttributesList());
        onlyTheKey(point.getExemplars(0).getFilteredAttributesList());
    }

    @Test
    void nullInArrays_staysInItsPlace() throws Exception {
        LogRecord log = encoded(
                log(Attributes.of(AttributeKey.stringArrayKey("k"), Arrays.asList("a", null, "c")), 1, Value.of("b")));

        assertThat(log.getAttributes(0).getValue().getArrayValue().getValuesList())
                .extracting(AnyValue::getValueCase)
                .containsExactly(
                        AnyValue.ValueCase.STRING_VALUE,
                        AnyValue.ValueCase.VALUE_NOT_SET,
                        AnyValue.ValueCase.STRING_VALUE);
    }

    @Test
    void keyTwiceInAMap_isThereOnce_theLastWins() throws Exception {
        Value<?> twice = Value.of(
                KeyValue.of("k", Value.of(1)), KeyValue.of("other", Value.of(2)), KeyValue.of("k", Value.of(3)));

        LogRecord log = encoded(log(Attributes.empty(), 0, twice));

        assertThat(log.getBody().getKvlistValue().getValuesList())
                .extracting(entry -> entry.getKey() + "=" + entry.getValue().getIntValue())
                .containsExactlyInAnyOrder("other=2", "k=3");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 30, 31, 32, 33, 100, 2_000, 20_000})
    void whatIsNestedDeep_isReadable_andCutAtItsDepth(int depth) throws Exception {
        Value<?> lists = Value.of("end");
        Value<?> maps = Value.of("end");
        for (int i = 0; i < depth; i++) {
            lists = Value.of(List.of(lists));
            maps = Value.of(KeyValue.of("k", maps));
        }
        Attributes attributes = new AnyAttributes().with(AttributeKey.stringKey("k"), maps);

        assertThat(depth(encoded(log(attributes, 1, maps)).getBody())).isEqualTo(Math.min(depth, 32));
        assertThat(depth(encoded(log(Attributes.empty(), 0, lists)).getBody())).isEqualTo(Math.min(depth, 32));
        int levels = Math.min(depth, 30);
        assertThat(depth(encoded(log(attributes, 1, maps)).getAttributes(0).getValue()))
                .isEqualTo(levels);
        var exemplar = encoded(gauge(attributes)).getExemplars(0);
        assertThat(depth(exemplar.getFilteredAttributes(0).getValue())).isEqualTo(levels);
        if (depth < 1_000) {
            // Scopes are looked up by their attributes, which deeper ones do not survive.
            var scope = encoded(span(attributes, 1));
            assertThat(depth(scope.getSpans(0).getEvents(0).getAttributes(0).getValue()))
                    .isEqualTo(levels);
            assertThat(depth(scope.getScope().getAttributes(0).getValue())).isEqualTo(levels);
        }
    }

    private static int depth(AnyValue value) {
        if (value.hasArrayValue()) {
            return 1
                    + (value.getArrayValue().getValuesCount() == 0
                            ? 0
                            : depth(value.getArrayValue().getValues(0)));
        }
        if (value.hasKvlistValue()) {
            return 1
                    + (value.getKvlistValue().getValuesCount() == 0
                            ? 0
                            : depth(value.getKvlistValue().getValues(0).getValue()));
        }
        return 0;
    }
}
