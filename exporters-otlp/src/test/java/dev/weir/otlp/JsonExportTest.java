// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.weir.core.DropReason;
import dev.weir.core.Signal;
import io.netty.buffer.Unpooled;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** {@code http/json} from the span to the receiver, read by protobuf's own parser. */
class JsonExportTest extends ExportTestBase {

    private static final Pattern ID = Pattern.compile("\"(traceId|spanId|parentSpanId)\":\"([0-9a-f]*)\"");

    @TempDir
    Path directory;

    @Override
    OtlpExportBuilder builder() {
        return super.builder().protocol(OtlpProtocol.HTTP_JSON);
    }

    private List<String> texts(String signal) {
        List<String> texts = new ArrayList<>();
        synchronized (receiver.accepted) {
            receiver.accepted.stream()
                    .filter(taken -> taken.path().endsWith(signal))
                    .forEach(taken -> texts.add(new String(taken.body(), StandardCharsets.UTF_8)));
        }
        return texts;
    }

    /** OTLP spells ids in hex, where protobuf's JSON has Base64: the one thing that is translated for the parser. */
    private static <B extends Message.Builder> B parse(String json, B into) {
        Matcher ids = ID.matcher(json);
        String base64 = ids.replaceAll(match -> "\"" + match.group(1) + "\":\""
                + Base64.getEncoder().encodeToString(HexFormat.of().parseHex(match.group(2))) + "\"");
        try {
            JsonFormat.parser().merge(base64, into);
            return into;
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(json, e);
        }
    }

    private List<String> spanNames() {
        List<String> names = new ArrayList<>();
        for (String text : texts("traces")) {
            parse(text, ExportTraceServiceRequest.newBuilder())
                    .getResourceSpansList()
                    .forEach(resource -> resource.getScopeSpansList()
                            .forEach(scope -> scope.getSpansList().forEach(span -> names.add(span.getName()))));
        }
        return names;
    }

    @Test
    void span_isWrittenAsOtlpWantsIt() {
        use(builder());
        Span span = tracer().spanBuilder("a \"quoted\" näme")
                .setSpanKind(SpanKind.CLIENT)
                .setAttribute("big", Long.MAX_VALUE)
                .startSpan();
        span.end();

        assertThat(export.flush(LONG).block()).isTrue();

        String json = texts("traces").get(0);
        assertThat(receiver.accepted.get(0).headers()).containsEntry("content-type", "application/json");
        assertThat(json)
                .contains("\"traceId\":\"" + span.getSpanContext().getTraceId() + '"')
                .contains("\"spanId\":\"" + span.getSpanContext().getSpanId() + '"')
                .contains("\"kind\":3")
                .contains("{\"intValue\":\"9223372036854775807\"}")
                .containsPattern("\"startTimeUnixNano\":\"[0-9]{19}\"");
        assertThat(spanNames()).containsExactly("a \"quoted\" näme");
        assertConserved();
    }

    @Test
    void metrics_areReadByProtobufsParser() {
        use(builder());
        SdkMeterProvider meters = SdkMeterProvider.builder()
                .registerMetricReader(export.metricReader())
                .build();
        meters.get("test").counterBuilder("orders").build().add(3);
        meters.get("test").histogramBuilder("latency").build().record(1.5);

        assertThat(export.flush(LONG).block()).isTrue();

        ExportMetricsServiceRequest request = parse(texts("metrics").get(0), ExportMetricsServiceRequest.newBuilder())
                .build();
        assertThat(request.getResourceMetrics(0).getScopeMetrics(0).getMetricsList())
                .extracting(io.opentelemetry.proto.metrics.v1.Metric::getName)
                .containsExactlyInAnyOrder("orders", "latency");
    }

    @Test
    void compressedAndCut_arrivesWhole() {
        receiver.answerNext(Receiver.status(413));
        use(builder().compression(Compression.GZIP));
        spans(200);

        assertThat(export.flush(LONG).block()).isTrue();

        assertThat(receiver.requests)
                .allSatisfy(taken -> assertThat(taken.headers()).containsEntry("content-encoding", "gzip"));
        assertThat(spanNames()).containsExactlyInAnyOrderElementsOf(names(200));
        assertConserved();
    }

    @Test
    void spooled_isKeptAsProtobufAndSentAsJson() {
        receiver.answerAlways(Receiver.status(503));
        FileSpool spool = new FileSpool(directory, 1 << 20);
        use(builder().spool(spool).durability(Durability.ALWAYS));
        spans(20);
        await().until(() -> spool.records(Signal.TRACES) == 20);

        receiver.answerAlways(Receiver.OK);

        await().atMost(LONG).until(() -> account(Signal.TRACES).delivered() == 20);
        assertThat(spanNames()).containsExactlyInAnyOrderElementsOf(names(20));
        assertConserved();
    }

    @Test
    void partialSuccess_inJson_isCounted() {
        String answer = "{\"partialSuccess\": {\"rejectedSpans\": \"2\", \"errorMessage\": \"no \\\"room\\\"\"}}";
        receiver.answerNext((taken, response) -> response.status(200)
                .header("content-type", "application/json")
                .send(Mono.just(Unpooled.copiedBuffer(answer, StandardCharsets.UTF_8))));
        use(builder());
        spans(5);

        assertThat(export.flush(LONG).block()).isTrue();

        assertThat(account(Signal.TRACES).delivered() + account(Signal.TRACES).droppedTotal())
                .isEqualTo(5);
        assertThat(account(Signal.TRACES).dropped()).containsEntry(DropReason.REJECTED, 2L);
        assertThat(export.deadLetters()).singleElement().asString().contains("no \"room\"");
        assertConserved();
    }
}
