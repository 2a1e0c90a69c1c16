// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.otel;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.DropReason;
import dev.weir.core.internal.OwnWork;
import dev.weir.log.ConservedPipeTest;
import dev.weir.log.LogPipe;
import dev.weir.log.Received;
import dev.weir.log.StoreKind;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.logs.LogRecordProcessor;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.logs.export.SimpleLogRecordProcessor;
import io.opentelemetry.sdk.testing.logs.TestLogRecordData;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogPipeProcessorTest extends ConservedPipeTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final Context CONTEXT = Context.root()
            .with(Span.wrap(
                    SpanContext.create(TRACE, "b7ad6b7169203331", TraceFlags.getSampled(), TraceState.getDefault())));

    private LogPipe pipe;
    private Received received;

    @BeforeEach
    void start() {
        pipe = open(StoreKind.MEMORY);
        received = receive();
    }

    @Test
    void whatIsEmittedWhileTheThreadWorksForWeir_orByWeirItself_isLeftOut() {
        for (LogRecordProcessor processor :
                List.of(LogPipeProcessor.create(pipe), SimpleLogRecordProcessor.create(LogPipeExporter.create(pipe)))) {
            SdkLoggerProvider provider =
                    SdkLoggerProvider.builder().addLogRecordProcessor(processor).build();
            provider.get("weir.otlp").logRecordBuilder().setBody("ours").emit();
            OwnWork.run(() -> provider.get("reactor.netty")
                    .logRecordBuilder()
                    .setBody("ours")
                    .emit());
            provider.get("app").logRecordBuilder().setBody("the application's").emit();
            provider.shutdown();
        }

        await().until(() -> pipe.held() == 0 && received.lines.size() >= 2);
        assertThat(received.lines).extracting(Received.Line::body).containsOnly("the application's");
        assertThat(received.lines).hasSize(2);
    }

    private Received.Line emit(SdkLoggerProvider provider) {
        provider.loggerBuilder("my.library")
                .setInstrumentationVersion("1.2.3")
                .build()
                .logRecordBuilder()
                .setContext(CONTEXT)
                .setTimestamp(1_800_000_000_000_000_005L, java.util.concurrent.TimeUnit.NANOSECONDS)
                .setSeverity(Severity.WARN2)
                .setSeverityText("careful")
                .setEventName("order.placed")
                .setBody(Value.of(KeyValue.of("who", Value.of("me")), KeyValue.of("many", Value.of(1L))))
                .setAttribute(AttributeKey.stringKey("text"), "value")
                .setAttribute(AttributeKey.longKey("number"), 5L)
                .setAttribute(AttributeKey.stringArrayKey("list"), List.of("a", "b"))
                .emit();
        await().until(() -> pipe.held() == 0 && !received.lines.isEmpty());
        provider.shutdown();
        return received.lines.get(0);
    }

    @Test
    void processor_keepsEverythingOfTheRecord() {
        check(emit(SdkLoggerProvider.builder()
                .addLogRecordProcessor(LogPipeProcessor.create(pipe))
                .build()));
    }

    @Test
    void exporter_keepsEverythingOfTheRecord() {
        check(emit(SdkLoggerProvider.builder()
                .addLogRecordProcessor(SimpleLogRecordProcessor.create(LogPipeExporter.create(pipe)))
                .build()));
    }

    private static void check(Received.Line line) {
        assertThat(line.scope()).isEqualTo("my.library");
        assertThat(line.version()).isEqualTo("1.2.3");
        assertThat(line.traceId()).isEqualTo(TRACE);
        assertThat(line.record().getTimeUnixNano()).isEqualTo(1_800_000_000_000_000_005L);
        assertThat(line.record().getObservedTimeUnixNano()).isPositive();
        assertThat(line.record().getSeverityNumberValue()).isEqualTo(Severity.WARN2.getSeverityNumber());
        assertThat(line.record().getSeverityText()).isEqualTo("careful");
        assertThat(line.record().getEventName()).isEqualTo("order.placed");
        assertThat(line.record().getBody().getKvlistValue().getValuesCount()).isEqualTo(2);
        assertThat(line.record()
                        .getBody()
                        .getKvlistValue()
                        .getValues(0)
                        .getValue()
                        .getStringValue())
                .isEqualTo("me");
        assertThat(line.attributes()).containsEntry("text", "value").containsEntry("number", 5L);
        assertThat(line.record().getAttributesList())
                .anyMatch(attribute -> attribute.getKey().equals("list")
                        && attribute.getValue().getArrayValue().getValuesCount() == 2);
    }

    /** Parts that throw cost their record alone. */
    @Test
    void recordWhosePartsThrow_isCounted_andTheRestOfItsBatchIsIn() {
        LogRecordData good = TestLogRecordData.builder().setBody("good").build();
        List<LogRecordData> batch = new ArrayList<>(List.of(good));
        for (String part : List.of(
                "getInstrumentationScopeInfo", "getSeverity", "getSpanContext", "getBodyValue", "getAttributes")) {
            batch.add((LogRecordData) Proxy.newProxyInstance(
                    LogRecordData.class.getClassLoader(),
                    new Class<?>[] {LogRecordData.class},
                    (proxy, method, arguments) -> {
                        if (method.getName().equals(part)) {
                            throw new StackOverflowError(part);
                        }
                        return method.invoke(good, arguments);
                    }));
        }
        batch.add(good);

        assertThat(LogPipeExporter.create(pipe).export(batch).isSuccess()).isTrue();

        await().until(() -> pipe.held() == 0 && received.lines.size() == 2);
        assertThat(account().dropped()).containsOnly(Map.entry(DropReason.ENCODING_FAILED, 5L));
    }
}
