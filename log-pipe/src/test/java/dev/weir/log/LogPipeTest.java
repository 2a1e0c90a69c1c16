// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.CloseReport;
import dev.weir.core.EncodedBatch;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.testing.LedgerAssert;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.sdk.resources.Resource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LogPipeTest {

    private static final Resource SHOP = Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), "shop"));

    @TempDir
    Path directory;

    private LogPipeBuilder builder(StoreKind kind, TelemetryRuntime runtime) {
        return LogPipe.builder(directory)
                .runtime(runtime)
                .store(kind)
                .resource(SHOP)
                .minFreeBytes(0);
    }

    static ExportLogsServiceRequest parse(EncodedBatch batch) {
        return parse(Bytes.of(batch.body()));
    }

    static ExportLogsServiceRequest parse(byte[] request) {
        try {
            return ExportLogsServiceRequest.parseFrom(request);
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    static List<LogRecord> records(ExportLogsServiceRequest request) {
        List<LogRecord> all = new ArrayList<>();
        request.getResourceLogsList()
                .forEach(r -> r.getScopeLogsList().forEach(s -> all.addAll(s.getLogRecordsList())));
        return all;
    }

    @ParameterizedTest
    @EnumSource
    void batches_acked_emptyThePipe(StoreKind kind) {
        try (TelemetryRuntime runtime = TelemetryRuntime.create()) {
            LogPipe pipe = builder(kind, runtime).build();
            List<String> bodies = new CopyOnWriteArrayList<>();
            List<ExportLogsServiceRequest> requests = new CopyOnWriteArrayList<>();
            pipe.batches(BatchSpec.DEFAULT.withMaxDelay(Duration.ofMillis(5))).subscribe(batch -> {
                ExportLogsServiceRequest request = parse(batch);
                requests.add(request);
                records(request).forEach(r -> bodies.add(r.getBody().getStringValue()));
                runtime.ledger().of(Signal.LOGS).delivered(batch.records());
                batch.ack();
            });

            for (int i = 0; i < 1000; i++) {
                assertThat(pipe.offer(Severity.INFO, "scope" + i % 3, "message " + i))
                        .isTrue();
            }

            await().until(() -> pipe.held() == 0);
            assertThat(bodies).hasSize(1000).contains("message 0", "message 999");
            assertThat(requests.get(0)
                            .getResourceLogs(0)
                            .getResource()
                            .getAttributes(0)
                            .getValue()
                            .getStringValue())
                    .isEqualTo("shop");
            assertThat(requests.get(0)
                            .getResourceLogs(0)
                            .getScopeLogs(0)
                            .getScope()
                            .getName())
                    .isEqualTo("scope0");
            LedgerAssert.assertConserved(runtime.ledger());
            assertThat(pipe.close(Patience.LIMIT)).isEqualTo(CloseReport.NOTHING);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"CHRONICLE", "FILE"})
    void restart_findsWhatWasNotDelivered(StoreKind kind) {
        try (TelemetryRuntime runtime = TelemetryRuntime.create()) {
            LogPipe pipe = builder(kind, runtime).build();
            for (int i = 0; i < 100; i++) {
                pipe.offer(Severity.INFO, "scope", "message " + i);
            }
            assertThat(pipe.close(Patience.LIMIT).stored()).isEqualTo(100);
            assertThat(pipe.store().kind()).isEqualTo(kind);
        }
        try (TelemetryRuntime runtime = TelemetryRuntime.create()) {
            LogPipe pipe = builder(kind, runtime).build();
            List<String> bodies = new CopyOnWriteArrayList<>();
            pipe.batches().subscribe(batch -> {
                records(parse(batch)).forEach(r -> bodies.add(r.getBody().getStringValue()));
                runtime.ledger().of(Signal.LOGS).delivered(batch.records());
                batch.ack();
            });

            await().until(() -> bodies.size() == 100 && pipe.held() == 0);

            assertThat(runtime.ledger().of(Signal.LOGS).snapshot().recovered()).isEqualTo(100);
            LedgerAssert.assertConserved(runtime.ledger());
            pipe.close();
        }
    }

    @Test
    void nackedBatch_comesAgainBeforeLaterOnes() {
        try (TelemetryRuntime runtime = TelemetryRuntime.create()) {
            LogPipe pipe = builder(StoreKind.MEMORY, runtime).build();
            List<String> seen = new CopyOnWriteArrayList<>();
            pipe.batches(BatchSpec.DEFAULT.withMaxDelay(Duration.ZERO)).subscribe(batch -> {
                String first = records(parse(batch)).get(0).getBody().getStringValue();
                seen.add(first);
                if (seen.size() == 1) {
                    pipe.offer(Severity.INFO, "scope", "never: this is the disk's thread");
                    batch.nack();
                } else {
                    batch.ack();
                }
            });

            pipe.offer(Severity.INFO, "scope", "first");

            await().until(() -> pipe.held() == 0);
            assertThat(seen).as("a note about the refused line may follow").startsWith("first", "first");
            pipe.close();
        }
    }

    @Test
    void spool_givesBackInOrderAfterRestart() throws Exception {
        try (TelemetryRuntime runtime = TelemetryRuntime.create()) {
            LogPipe pipe = builder(StoreKind.FILE, runtime).build();
            dev.weir.core.Spool spool = pipe.spool("otlp");
            onIo(runtime, () -> {
                assertThat(spool.offer(Signal.TRACES, 3, java.nio.ByteBuffer.wrap(new byte[] {1, 2, 3})))
                        .isTrue();
                assertThat(spool.offer(Signal.TRACES, 4, java.nio.ByteBuffer.wrap(new byte[] {4})))
                        .isTrue();
            });
            assertThat(spool.records(Signal.TRACES)).isEqualTo(7);
            pipe.close();
        }
        try (TelemetryRuntime runtime = TelemetryRuntime.create()) {
            LogPipe pipe = builder(StoreKind.FILE, runtime).build();
            dev.weir.core.Spool spool = pipe.spool("otlp");
            onIo(runtime, () -> {
                assertThat(spool.records(Signal.TRACES)).isEqualTo(7);
                EncodedBatch first = spool.poll(Signal.TRACES);
                assertThat(Bytes.of(first.body())).containsExactly(1, 2, 3);
                EncodedBatch second = spool.poll(Signal.TRACES);
                assertThat(second.records()).isEqualTo(4);
                assertThat(spool.poll(Signal.TRACES)).isNull();
                first.nack();
                EncodedBatch again = spool.poll(Signal.TRACES);
                assertThat(again.records()).isEqualTo(3);
                again.ack();
                second.ack();
                assertThat(spool.records(Signal.TRACES)).isZero();
            });
            pipe.close();
        }
    }

    /** Two of them would be two journals over the same files. */
    @Test
    void spool_ofTheSameName_isTheSame() {
        try (TelemetryRuntime runtime = TelemetryRuntime.create();
                LogPipe pipe = builder(StoreKind.FILE, runtime).build()) {
            dev.weir.core.Spool spool = pipe.spool("otlp");

            assertThat(pipe.spool("otlp")).isSameAs(spool);
            assertThat(pipe.spool("other")).isNotSameAs(spool);
            spool.close();
            assertThat(pipe.spool("otlp")).isNotSameAs(spool);
        }
    }

    private static void onIo(TelemetryRuntime runtime, Runnable task) throws Exception {
        java.util.concurrent.CompletableFuture<Void> done = java.util.concurrent.CompletableFuture.runAsync(
                task, runtime.threads().io());
        done.get(20, java.util.concurrent.TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource(names = {"CHRONICLE", "FILE"})
    void close_whileThreadsLog_keepsWhatWasAccepted(StoreKind kind) throws InterruptedException {
        AtomicLong accepted = new AtomicLong();
        try (TelemetryRuntime runtime = TelemetryRuntime.create()) {
            LogPipe pipe = builder(kind, runtime).build();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Thread thread = new Thread(() -> {
                    while (pipe.offer(Severity.ERROR, "scope", "message")) {
                        accepted.incrementAndGet();
                    }
                });
                threads.add(thread);
                thread.start();
            }
            await().until(() -> accepted.get() > 1_000);
            CloseReport report = pipe.close(Duration.ofSeconds(20));
            for (Thread thread : threads) {
                thread.join();
            }

            assertThat(report.stored()).isEqualTo(accepted.get());
            LedgerAssert.assertConserved(runtime.ledger());
        }
        try (TelemetryRuntime runtime = TelemetryRuntime.create();
                LogPipe again = builder(kind, runtime).build()) {
            await().until(() -> again.held() == accepted.get());
            assertThat(runtime.ledger().of(Signal.LOGS).snapshot().recovered()).isEqualTo(accepted.get());
        }
    }
}
