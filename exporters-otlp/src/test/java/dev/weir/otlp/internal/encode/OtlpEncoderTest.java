// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.weir.otlp.internal.proto.ProtoBuffer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.testing.logs.TestLogRecordData;
import io.opentelemetry.sdk.testing.trace.TestSpanData;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OtlpEncoderTest {

    private static final String TRACE = "0123456789abcdef0011223344556677";
    private static final String SPAN = "fedcba9876543210";
    private static final Resource RESOURCE = Resource.create(
            Attributes.of(AttributeKey.stringKey("service.name"), "shop"), "https://example.org/schema");
    private static final InstrumentationScopeInfo SCOPE = InstrumentationScopeInfo.builder("scope")
            .setVersion("1.2")
            .setAttributes(Attributes.of(AttributeKey.longKey("a"), 1L))
            .setSchemaUrl("https://example.org/scope")
            .build();

    private final OtlpEncoder encoder = new OtlpEncoder();

    private static TestSpanData.Builder span(String name) {
        return TestSpanData.builder()
                .setName(name)
                .setKind(SpanKind.SERVER)
                .setSpanContext(SpanContext.create(
                        TRACE,
                        SPAN,
                        TraceFlags.getSampled(),
                        TraceState.builder().put("b", "2").put("a", "1").build()))
                .setParentSpanContext(SpanContext.createFromRemoteParent(
                        TRACE, "00000000000000aa", TraceFlags.getSampled(), TraceState.getDefault()))
                .setResource(RESOURCE)
                .setInstrumentationScopeInfo(SCOPE)
                .setStartEpochNanos(1_000)
                .setEndEpochNanos(2_000)
                .setStatus(StatusData.unset())
                .setHasEnded(true);
    }

    private ExportTraceServiceRequest encode(List<SpanData> spans) throws Exception {
        EncodedRequest request = encoder.encodeSpans(spans);
        assertThat(request.failure()).isNull();
        assertThat(request.records()).isEqualTo(spans.size());
        return ExportTraceServiceRequest.parseFrom(request.body());
    }

    @Test
    void encodeSpans_writesEveryField() throws Exception {
        SpanData data = span("GET /checkout")
                .setAttributes(Attributes.of(
                        AttributeKey.stringKey("s"), "zwölf €", AttributeKey.longArrayKey("l"), List.of(1L, -1L)))
                .setTotalAttributeCount(5)
                .setEvents(List.of(EventData.create(7, "event", Attributes.empty(), 3)))
                .setTotalRecordedEvents(4)
                .setLinks(List.of(LinkData.create(
                        SpanContext.create(TRACE, SPAN, TraceFlags.getSampled(), TraceState.getDefault()),
                        Attributes.of(AttributeKey.booleanKey("x"), true),
                        2)))
                .setTotalRecordedLinks(2)
                .setStatus(StatusData.create(io.opentelemetry.api.trace.StatusCode.ERROR, "why"))
                .build();

        ExportTraceServiceRequest request = encode(List.of(data));

        assertThat(request.getResourceSpansCount()).isOne();
        var resource = request.getResourceSpans(0);
        assertThat(resource.getSchemaUrl()).isEqualTo("https://example.org/schema");
        assertThat(resource.getResource().getAttributes(0).getValue().getStringValue())
                .isEqualTo("shop");
        var scope = resource.getScopeSpans(0);
        assertThat(scope.getScope().getName()).isEqualTo("scope");
        assertThat(scope.getScope().getVersion()).isEqualTo("1.2");
        assertThat(scope.getSchemaUrl()).isEqualTo("https://example.org/scope");
        Span span = scope.getSpans(0);
        assertThat(span.getTraceId()).isEqualTo(ByteString.fromHex(TRACE));
        assertThat(span.getSpanId()).isEqualTo(ByteString.fromHex(SPAN));
        assertThat(span.getParentSpanId()).isEqualTo(ByteString.fromHex("00000000000000aa"));
        assertThat(span.getTraceState()).isEqualTo("a=1,b=2");
        assertThat(span.getName()).isEqualTo("GET /checkout");
        assertThat(span.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
        assertThat(span.getFlags()).isEqualTo(0x301);
        assertThat(span.getAttributesList()).extracting(kv -> kv.getKey()).containsExactly("s", "l");
        assertThat(span.getAttributes(0).getValue().getStringValue()).isEqualTo("zwölf €");
        assertThat(span.getDroppedAttributesCount()).isEqualTo(3);
        assertThat(span.getEvents(0).getDroppedAttributesCount()).isEqualTo(3);
        assertThat(span.getDroppedEventsCount()).isEqualTo(3);
        assertThat(span.getLinks(0).getFlags()).isEqualTo(0x101);
        assertThat(span.getDroppedLinksCount()).isOne();
        assertThat(span.getStatus().getMessage()).isEqualTo("why");
    }

    @Test
    void encodeSpans_groupsByResourceAndScopeAndKeepsOrder() throws Exception {
        InstrumentationScopeInfo other = InstrumentationScopeInfo.create("other");
        Resource equal = Resource.create(RESOURCE.getAttributes(), RESOURCE.getSchemaUrl());
        List<SpanData> spans = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            spans.add(span("s" + i)
                    .setInstrumentationScopeInfo(i % 3 == 0 ? other : SCOPE)
                    .setResource(i == 7 ? Resource.empty() : i % 2 == 0 ? RESOURCE : equal)
                    .build());
        }

        ExportTraceServiceRequest request = encode(spans);

        assertThat(request.getResourceSpansList()).hasSize(2);
        assertThat(request.getResourceSpans(0).getScopeSpansList())
                .extracting(s -> s.getSpansList().stream().map(Span::getName).toList())
                .containsExactly(List.of("s0", "s3", "s6"), List.of("s1", "s2", "s4", "s5", "s8"));
        assertThat(request.getResourceSpans(1).getScopeSpans(0).getSpans(0).getName())
                .isEqualTo("s7");
        assertThat(encode(spans)).as("the second time, from the caches").isEqualTo(request);
    }

    @Test
    void encodeSpans_ofNothing_isEmpty() {
        EncodedRequest request = encoder.encodeSpans(Set.of());

        assertThat(request.records()).isZero();
        assertThat(request.body().remaining()).isZero();
    }

    static List<Throwable> ofTheApplication() {
        return List.of(
                new IllegalStateException("mine"),
                new IOException("mine"),
                new StackOverflowError("mine"),
                new NoClassDefFoundError("mine"),
                new AssertionError("mine"));
    }

    @ParameterizedTest
    @MethodSource("ofTheApplication")
    void encodeSpans_whenOneThrows_leavesOnlyThatOneOut(Throwable thrown) throws Exception {
        SpanData good = span("good").build();
        SpanData bad = span("bad").setAttributes(new ThrowingAttributes(thrown)).build();

        EncodedRequest request = encoder.encodeSpans(List.of(good, bad, good));

        assertThat(request.records()).isEqualTo(2);
        assertThat(request.skipped()).isOne();
        assertThat(request.failure()).hasMessage("mine");
        var parsed = ExportTraceServiceRequest.parseFrom(request.body());
        assertThat(parsed.getResourceSpans(0).getScopeSpans(0).getSpansCount()).isEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("ofTheApplication")
    void encodeSpans_whenAllThrow_isEmpty(Throwable thrown) {
        SpanData bad = span("bad").setAttributes(new ThrowingAttributes(thrown)).build();

        EncodedRequest request = encoder.encodeSpans(List.of(bad));

        assertThat(request.records()).isZero();
        assertThat(request.body().remaining()).isZero();
    }

    @Test
    void encodeSpans_whenOneIsLargerThanTheLimit_leavesOnlyThatOneOut() throws Exception {
        OtlpEncoder small = new OtlpEncoder(10_000);
        SpanData good = span("good").build();
        SpanData large = span("large")
                .setAttributes(Attributes.of(AttributeKey.stringKey("k"), "x".repeat(20_000)))
                .build();

        EncodedRequest request = small.encodeSpans(List.of(good, large, good));

        assertThat(request.records()).isEqualTo(2);
        assertThat(request.skipped()).isOne();
        assertThat(request.failure()).hasMessage("request larger than 10000 bytes");
        assertThat(ExportTraceServiceRequest.parseFrom(request.body())
                        .getResourceSpans(0)
                        .getScopeSpans(0)
                        .getSpansCount())
                .isEqualTo(2);
    }

    @Test
    void capacity_afterOneLargeRequest_shrinksAgain() {
        SpanData small = span("small").build();
        SpanData large = span("large")
                .setAttributes(Attributes.of(AttributeKey.stringKey("k"), "x".repeat(4_000_000)))
                .build();

        encoder.encodeSpans(List.of(large));
        assertThat(encoder.capacity()).isGreaterThan(4_000_000);
        for (int i = 0; i < 2 * ProtoBuffer.TRIM_AFTER + 1; i++) {
            encoder.encodeSpans(Collections.singleton(small));
        }

        assertThat(encoder.capacity()).isEqualTo(ProtoBuffer.MIN_CAPACITY);
    }

    @Test
    void encodeSpans_withTextThatIsNotAscii_isUtf8() throws Exception {
        for (String text : List.of(
                "",
                "a",
                "\u0000",
                "\u007f",
                "\u0080",
                "ÿ",
                "Ā",
                "\u07ff",
                "\u0800",
                "\uffff",
                "😀",
                "\ud800",
                "\udc00",
                "\udc00\ud800",
                "a\ud800",
                "\udc00b",
                "\ud800\ud800\udc00",
                "x".repeat(127) + "é",
                "é".repeat(300),
                "x".repeat(300),
                "😀".repeat(5000),
                "\ud800".repeat(300))) {
            SpanData data = span(text)
                    .setAttributes(Attributes.of(AttributeKey.stringKey("k" + text), text))
                    .build();

            Span read =
                    encode(List.of(data)).getResourceSpans(0).getScopeSpans(0).getSpans(0);

            String expected = new String(text.getBytes(UTF_8), UTF_8);
            assertThat(read.getName()).isEqualTo(expected);
            assertThat(read.getAttributes(0).getKey()).isEqualTo("k" + expected);
            assertThat(read.getAttributes(0).getValue().getStringValue()).isEqualTo(expected);
        }
    }

    @Test
    void encodeSpans_withKeysWithoutEnd_staysRight() throws Exception {
        for (int round = 0; round < 40; round++) {
            List<SpanData> spans = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                spans.add(span("s")
                        .setAttributes(Attributes.of(
                                AttributeKey.longKey("steady"), 1L, AttributeKey.longKey("k" + round * 100 + i), 2L))
                        .build());
            }

            var read = encode(spans).getResourceSpans(0).getScopeSpans(0);

            for (int i = 0; i < 100; i++) {
                assertThat(read.getSpans(i).getAttributesList())
                        .extracting(attribute -> attribute.getKey())
                        .containsExactlyInAnyOrder("steady", "k" + round * 100 + i);
            }
        }
    }

    @Test
    void encodeLogs_nestedWithoutEnd_isCutAtTheLimit() throws Exception {
        Value<?> value = Value.of("deep");
        for (int i = 0; i < 10_000; i++) {
            value = i % 2 == 0 ? Value.of(value) : Value.of(KeyValue.of("k", value));
        }

        EncodedRequest request = encoder.encodeLogs(
                List.of(TestLogRecordData.builder().setBodyValue(value).build()));

        assertThat(request.failure()).isNull();
        assertThat(ExportLogsServiceRequest.parseFrom(request.body())
                        .getResourceLogs(0)
                        .getScopeLogs(0)
                        .getLogRecordsCount())
                .isOne();
    }

    @Test
    void constructor_whenLimitIsOutOfRange_saysSo() {
        assertThatThrownBy(() -> new OtlpEncoder(10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("was 10");
    }
}
