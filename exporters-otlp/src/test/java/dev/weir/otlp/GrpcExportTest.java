// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.DropReason;
import dev.weir.core.Signal;
import io.grpc.Status;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GrpcExportTest extends ExportTestBase {

    /** google.rpc.Status{details: Any{RetryInfo{retry_delay: 0.2 s}}}. */
    static byte[] retryInfo(int millis) {
        byte[] type = "type.googleapis.com/google.rpc.RetryInfo".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        java.io.ByteArrayOutputStream duration = new java.io.ByteArrayOutputStream();
        duration.write(0x10);
        long nanos = millis * 1_000_000L;
        while (nanos > 127) {
            duration.write((int) (nanos & 127 | 128));
            nanos >>>= 7;
        }
        duration.write((int) nanos);
        return message(3, join(message(1, type), message(2, message(1, duration.toByteArray()))));
    }

    private static byte[] message(int field, byte[] content) {
        return join(new byte[] {(byte) (field << 3 | 2), (byte) content.length}, content);
    }

    private static byte[] join(byte[]... parts) {
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private GrpcReceiver grpc = new GrpcReceiver();

    @BeforeEach
    void start() {
        use(grpcBuilder());
    }

    private OtlpExportBuilder grpcBuilder() {
        return OtlpExport.builder()
                .endpoint(grpc.url())
                .protocol(OtlpProtocol.GRPC)
                .linger(Duration.ofMillis(20));
    }

    @AfterEach
    void stop() {
        export.close(Duration.ofSeconds(1));
        grpc.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = Compression.class,
            names = {"NONE", "GZIP"})
    void spans_areDeliveredToGrpcJava(Compression compression) {
        export.close(Duration.ZERO);
        use(grpcBuilder().compression(compression));

        spans(5_000);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(grpc.names("traces")).containsExactlyInAnyOrderElementsOf(names(5_000));
        assertThat(account(Signal.TRACES).delivered()).isEqualTo(5_000);
        assertConserved();
    }

    @ParameterizedTest
    @EnumSource(
            value = Status.Code.class,
            names = {"CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"})
    void retryableCode_isRepeated(Status.Code code) {
        grpc.refuseNext(code.toStatus().withDescription("später"));

        spans(5);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(grpc.names("traces")).hasSize(5);
        assertThat(grpc.calls).hasValue(2);
        assertConserved();
    }

    @ParameterizedTest
    @EnumSource(
            value = Status.Code.class,
            names = {"INVALID_ARGUMENT", "INTERNAL", "UNIMPLEMENTED", "UNKNOWN", "NOT_FOUND", "RESOURCE_EXHAUSTED"})
    void permanentCode_isCounted(Status.Code code) {
        grpc.refuseNext(code.toStatus().withDescription("50% of it: nie"));

        spans(5);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(account(Signal.TRACES).dropped()).containsEntry(DropReason.REJECTED, 5L);
        assertThat(export.deadLetters())
                .singleElement()
                .satisfies(letter -> assertThat(letter.reason()).isEqualTo("gRPC " + code + ": 50% of it: nie"));
        assertConserved();
    }

    @Test
    void retryInfo_throttlesTheDestination() {
        grpc.refuseNext(Status.RESOURCE_EXHAUSTED, retryInfo(300));

        spans(5);

        await().until(() -> export.status().of(Signal.TRACES).state().equals("throttled"));
        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(grpc.names("traces")).hasSize(5);
        assertConserved();
    }

    @Test
    void malformedDetails_areIgnored() {
        grpc.refuseNext(Status.UNAVAILABLE, new byte[] {0x1a, 0x7f, 1});

        spans(5);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(grpc.names("traces")).hasSize(5);
    }

    @Test
    void exhaustedWithoutDelay_isRepeatedOnRequest() {
        export.close(Duration.ZERO);
        use(grpcBuilder().runtime(runtime(Map.of("weir.otlp.grpc.exhausted.is.busy", "true"))));
        grpc.refuseNext(Status.RESOURCE_EXHAUSTED.withDescription("busy"));

        spans(5);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(grpc.names("traces")).hasSize(5);
    }

    @Test
    void partialSuccess_isCountedAsRejected() {
        grpc.answer(new byte[] {0x0a, 2, 0x08, 2});

        spans(5);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(account(Signal.TRACES).delivered()).isEqualTo(3);
        assertThat(account(Signal.TRACES).dropped()).containsEntry(DropReason.REJECTED, 2L);
    }

    @Test
    void largerThanMax_isCutUntilItFits() {
        grpc.close();
        grpc = new GrpcReceiver(0, builder -> builder.maxInboundMessageSize(8 * 1024));
        export.close(Duration.ZERO);
        use(grpcBuilder());

        spans(2_000);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(grpc.names("traces")).containsExactlyInAnyOrderElementsOf(names(2_000));
        assertThat(account(Signal.TRACES).delivered()).isEqualTo(2_000);
        assertConserved();
    }

    @Test
    void oneStreamAtATime_isRespected() {
        grpc.close();
        grpc = new GrpcReceiver(0, builder -> builder.maxConcurrentCallsPerConnection(1));
        export.close(Duration.ZERO);
        use(grpcBuilder().runtime(runtime(Map.of("weir.otlp.batch.bytes", "4k"))));

        spans(5_000);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(grpc.names("traces")).containsExactlyInAnyOrderElementsOf(names(5_000));
        assertThat(grpc.maxInFlight).hasValue(1);
        assertConserved();
    }

    @Test
    void goAway_losesNothing() {
        grpc.close();
        grpc = new GrpcReceiver(
                0,
                builder -> builder.maxConnectionAge(200, java.util.concurrent.TimeUnit.MILLISECONDS)
                        .maxConnectionAgeGrace(100, java.util.concurrent.TimeUnit.MILLISECONDS));
        export.close(Duration.ZERO);
        use(grpcBuilder());

        for (int i = 0; i < 40; i++) {
            spans(100);
            assertThat(export.flush(LONG).block()).isTrue();
        }

        assertThat(account(Signal.TRACES).delivered()).isEqualTo(4_000);
        assertThat(grpc.names("traces")).contains(names(4_000).toArray(String[]::new));
        assertConserved();
    }

    @Test
    void restart_ofTheReceiver_losesNothing() {
        int port = grpc.port();
        spans(100);
        assertThat(export.flush(LONG).block()).isTrue();
        int before = grpc.names("traces").size();
        grpc.close();
        spans(100);
        await().until(() -> !export.status().of(Signal.TRACES).state().equals("up"));

        grpc = new GrpcReceiver(port, builder -> builder);

        await().atMost(LONG).until(() -> account(Signal.TRACES).delivered() == 200);
        assertThat(before).isEqualTo(100);
        assertThat(grpc.names("traces")).hasSize(100);
        assertConserved();
    }

    @Test
    void manyCalls_shareOneConnection() {
        grpc.delay(30);
        export.close(Duration.ZERO);
        use(grpcBuilder().runtime(runtime(Map.of("weir.otlp.batch.bytes", "4k"))));

        spans(20_000);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(grpc.maxInFlight.get()).isGreaterThan(4);
        assertThat(grpc.names("traces")).containsExactlyInAnyOrderElementsOf(names(20_000));
        assertConserved();
    }

    @Test
    void signals_shareOneConnection_andNoneWaitsForAnother() {
        grpc.delay(20);
        SdkLoggerProvider logs = SdkLoggerProvider.builder()
                .addLogRecordProcessor(export.logRecordProcessor())
                .build();

        for (int i = 0; i < 20; i++) {
            spans(50);
            logs.get("test").logRecordBuilder().setBody("log-" + i).emit();
        }

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(grpc.names("traces")).containsExactlyInAnyOrderElementsOf(names(1_000));
        assertThat(grpc.names("logs")).hasSize(20);
        assertThat(export.status().of(Signal.LOGS).lastFailure()).doesNotContain("PoolAcquire");
        assertThat(export.status().of(Signal.TRACES).lastFailure()).doesNotContain("PoolAcquire");
        assertConserved();
    }
}
