// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.CloseReport;
import dev.weir.core.DropReason;
import dev.weir.core.LedgerSnapshot;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.core.testing.LedgerAssert;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

@Timeout(60)
class OtlpExportTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private final Receiver receiver = new Receiver();
    private OtlpExport export = builder().build();

    private OtlpExportBuilder builder() {
        return OtlpExport.builder().endpoint(receiver.url()).linger(Duration.ofMillis(20));
    }

    private void use(OtlpExportBuilder builder) {
        export.close(Duration.ZERO);
        export = builder.build();
    }

    @AfterEach
    void close() {
        export.close(Duration.ofSeconds(2));
        receiver.close();
    }

    private void spans(int count) {
        Tracer tracer = SdkTracerProvider.builder()
                .addSpanProcessor(export.spanProcessor())
                .build()
                .get("test");
        for (int i = 0; i < count; i++) {
            tracer.spanBuilder("span-" + i).setAttribute("i", i).startSpan().end();
        }
    }

    private LedgerSnapshot account(Signal signal) {
        return export.ledger().of(signal).snapshot();
    }

    private void assertConserved() {
        await().untilAsserted(() -> LedgerAssert.assertConserved(export.ledger()));
    }

    @Test
    void spans_areDeliveredOnceAndCounted() {
        spans(1_000);

        assertThat(export.flush(LONG).block()).isTrue();

        assertThat(receiver.names("traces"))
                .hasSize(1_000)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 1_000).mapToObj(i -> "span-" + i).toList());
        assertThat(account(Signal.TRACES).delivered()).isEqualTo(1_000);
        assertConserved();
    }

    @Test
    void spans_arriveWithoutAFlush() {
        spans(3);

        await().until(() -> receiver.names("traces").size() == 3);
        await().untilAsserted(
                        () -> assertThat(account(Signal.TRACES).delivered()).isEqualTo(3));
    }

    @Test
    void gzip_isUnpackedByTheReceiver() {
        use(builder().compression(Compression.GZIP));

        spans(500);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).hasSize(500);
        assertThat(receiver.requests.get(0).headers()).containsEntry("content-encoding", "gzip");
    }

    @Test
    void metrics_areCollectedByAFlush() {
        SdkMeterProvider meters = SdkMeterProvider.builder()
                .registerMetricReader(export.metricReader())
                .build();
        LongCounter counter = meters.get("test").counterBuilder("orders").build();
        counter.add(3);

        assertThat(export.flush(LONG).block()).isTrue();

        assertThat(receiver.names("metrics")).containsExactly("orders");
        assertThat(account(Signal.METRICS).delivered()).isEqualTo(1);
        assertConserved();
    }

    @Test
    void logsOfTheSdk_areDelivered() {
        SdkLoggerProvider loggers = SdkLoggerProvider.builder()
                .addLogRecordProcessor(export.logRecordProcessor())
                .build();
        loggers.get("test").logRecordBuilder().setBody("hello").emit();

        assertThat(export.flush(LONG).block()).isTrue();

        assertThat(receiver.names("logs")).containsExactly("hello");
        assertConserved();
    }

    @Test
    void logsOfAPipe_areAcknowledgedOnceAfterDelivery() {
        List<Integer> acks = new java.util.concurrent.CopyOnWriteArrayList<>();
        receiver.answerNext(Receiver.status(503));
        export.ledger().of(Signal.LOGS).accepted(20);

        export.logs(Flux.range(0, 20).map(i -> new TestBatch("line-" + i, () -> acks.add(i))));

        await().until(() -> acks.size() == 20);
        assertThat(acks).doesNotHaveDuplicates();
        assertThat(receiver.names("logs")).hasSize(20);
        assertThat(account(Signal.LOGS).delivered()).isEqualTo(20);
        assertConserved();
    }

    @Test
    void retryableStatus_isRepeatedUntilItSucceeds() {
        receiver.answerNext(Receiver.status(503), Receiver.status(429), Receiver.status(502), Receiver.status(504));

        spans(10);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).hasSize(10);
        assertThat(receiver.requests).hasSize(5);
        assertConserved();
    }

    @Test
    void permanentStatus_isCountedAndRemembered() {
        receiver.answerNext(Receiver.status(400));

        spans(10);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(account(Signal.TRACES).dropped()).containsEntry(DropReason.REJECTED, 10L);
        assertThat(export.deadLetters()).singleElement().satisfies(letter -> {
            assertThat(letter.status()).isEqualTo(400);
            assertThat(letter.records()).isEqualTo(10);
        });
        assertConserved();
    }

    @Test
    void partialSuccess_isCountedAsRejected() {
        // ExportTracePartialSuccess{rejected_spans=3, error_message="no"}
        receiver.answerNext(Receiver.body(200, new byte[] {0x0a, 6, 0x08, 3, 0x12, 2, 'n', 'o'}));

        spans(10);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(account(Signal.TRACES).delivered()).isEqualTo(7);
        assertThat(account(Signal.TRACES).dropped()).containsEntry(DropReason.REJECTED, 3L);
        assertConserved();
    }

    @Test
    void close_deliversWhatWaits() {
        spans(100);

        CloseReport report = export.close(Duration.ofSeconds(5));

        assertThat(report.stored() + report.lost()).isZero();
        assertThat(account(Signal.TRACES).delivered()).isEqualTo(100);
        assertThat(receiver.names("traces")).hasSize(100);
        assertThat(export.close(Duration.ofSeconds(5))).isEqualTo(report);
        assertConserved();
    }

    @Test
    void close_isReportedAfterTheThreadsWereGivenBack() throws Exception {
        TelemetryRuntime shared = TelemetryRuntime.create();
        use(builder().runtime(shared));
        Future<Boolean> ended = export.closed()
                .map(report -> {
                    shared.close();
                    try {
                        shared.threads().retain();
                        return false;
                    } catch (IllegalStateException noReferenceIsLeft) {
                        return true;
                    }
                })
                .toFuture();

        export.close(Duration.ofSeconds(30));

        assertThat(ended.get(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void close_whenNobodyListens_countsWhatIsLost() {
        receiver.close();
        spans(100);

        CloseReport report = export.close(Duration.ofMillis(300));

        assertThat(report).isEqualTo(new CloseReport(0, 0, 100));
        assertThat(account(Signal.TRACES).dropped()).containsEntry(DropReason.SHUTDOWN, 100L);
        assertConserved();
    }

    @Test
    void onEnd_afterClose_isRefusedAndCounted() {
        export.close(Duration.ofSeconds(1));

        spans(1);

        assertThat(account(Signal.TRACES).dropped()).containsEntry(DropReason.CLOSED, 1L);
    }

    private static final class TestBatch implements EncodedBatch {

        private final ByteBuffer body;
        private final Runnable ack;

        TestBatch(String line, Runnable ack) {
            this.body = ByteBuffer.wrap(ExportLogsServiceRequest.newBuilder()
                    .addResourceLogs(ResourceLogs.newBuilder()
                            .addScopeLogs(ScopeLogs.newBuilder()
                                    .addLogRecords(LogRecord.newBuilder()
                                            .setBody(AnyValue.newBuilder().setStringValue(line)))))
                    .build()
                    .toByteArray());
            this.ack = ack;
        }

        @Override
        public Signal signal() {
            return Signal.LOGS;
        }

        @Override
        public int records() {
            return 1;
        }

        @Override
        public int bytes() {
            return body.remaining();
        }

        @Override
        public List<ByteBuffer> body() {
            return List.of(body.duplicate());
        }

        @Override
        public void ack() {
            ack.run();
        }

        @Override
        public void nack() {}
    }
}
