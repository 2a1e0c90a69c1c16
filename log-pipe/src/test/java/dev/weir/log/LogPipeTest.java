// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.CloseReport;
import dev.weir.core.Signal;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.core.spi.Spool;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.sdk.resources.Resource;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LogPipeTest extends ConservedPipeTest {

    private static final Resource SHOP = Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), "shop"));

    private LogPipe openShop(StoreKind kind) {
        return open(builder -> builder.store(kind).resource(SHOP));
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
        LogPipe pipe = openShop(kind);
        List<String> bodies = new CopyOnWriteArrayList<>();
        List<ExportLogsServiceRequest> requests = new CopyOnWriteArrayList<>();
        pipe.batches(BatchSpec.DEFAULT.withMaxDelay(Duration.ofMillis(5))).subscribe(batch -> {
            ExportLogsServiceRequest request = parse(batch);
            requests.add(request);
            records(request).forEach(r -> bodies.add(r.getBody().getStringValue()));
            acknowledge(batch);
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
        assertThat(requests.get(0).getResourceLogs(0).getScopeLogs(0).getScope().getName())
                .isEqualTo("scope0");
        conserved();
        assertThat(pipe.close(Patience.LIMIT)).isEqualTo(CloseReport.NOTHING);
    }

    @ParameterizedTest
    @EnumSource(names = {"CHRONICLE", "FILE"})
    void restart_findsWhatWasNotDelivered(StoreKind kind) {
        LogPipe pipe = openShop(kind);
        for (int i = 0; i < 100; i++) {
            pipe.offer(Severity.INFO, "scope", "message " + i);
        }
        assertThat(pipe.close(Patience.LIMIT).stored()).isEqualTo(100);
        assertThat(pipe.store().kind()).isEqualTo(kind);

        restart();
        LogPipe again = openShop(kind);
        List<String> bodies = new CopyOnWriteArrayList<>();
        again.batches().subscribe(batch -> {
            records(parse(batch)).forEach(r -> bodies.add(r.getBody().getStringValue()));
            acknowledge(batch);
        });

        await().until(() -> bodies.size() == 100 && again.held() == 0);
        assertThat(account().recovered()).isEqualTo(100);
    }

    @Test
    void nackedBatch_comesAgainBeforeLaterOnes() {
        LogPipe pipe = openShop(StoreKind.MEMORY);
        List<String> seen = new CopyOnWriteArrayList<>();
        pipe.batches(BatchSpec.DEFAULT.withMaxDelay(Duration.ZERO)).subscribe(batch -> {
            String first = records(parse(batch)).get(0).getBody().getStringValue();
            seen.add(first);
            if (seen.size() == 1) {
                pipe.offer(Severity.INFO, "scope", "never: this is the disk's thread");
                batch.nack();
            } else {
                acknowledge(batch);
            }
        });

        pipe.offer(Severity.INFO, "scope", "first");

        await().until(() -> pipe.held() == 0);
        assertThat(seen).as("a note about the refused line may follow").startsWith("first", "first");
    }

    @Test
    void spool_givesBackInOrderAfterRestart() throws Exception {
        Spool spool = openShop(StoreKind.FILE).spool("otlp");
        onIo(() -> {
            assertThat(spool.offer(Signal.TRACES, 3, ByteBuffer.wrap(new byte[] {1, 2, 3})))
                    .isTrue();
            assertThat(spool.offer(Signal.TRACES, 4, ByteBuffer.wrap(new byte[] {4})))
                    .isTrue();
        });
        assertThat(spool.records(Signal.TRACES)).isEqualTo(7);

        restart();
        Spool again = openShop(StoreKind.FILE).spool("otlp");
        onIo(() -> {
            assertThat(again.records(Signal.TRACES)).isEqualTo(7);
            EncodedBatch first = again.poll(Signal.TRACES);
            assertThat(Bytes.of(first.body())).containsExactly(1, 2, 3);
            EncodedBatch second = again.poll(Signal.TRACES);
            assertThat(second.records()).isEqualTo(4);
            assertThat(again.poll(Signal.TRACES)).isNull();
            first.nack();
            EncodedBatch returned = again.poll(Signal.TRACES);
            assertThat(returned.records()).isEqualTo(3);
            returned.ack();
            second.ack();
            assertThat(again.records(Signal.TRACES)).isZero();
        });
    }

    /** Two of them would be two journals over the same files. */
    @Test
    void spool_ofTheSameName_isTheSame() {
        LogPipe pipe = openShop(StoreKind.FILE);
        Spool spool = pipe.spool("otlp");

        assertThat(pipe.spool("otlp")).isSameAs(spool);
        assertThat(pipe.spool("other")).isNotSameAs(spool);
        spool.close();
        assertThat(pipe.spool("otlp")).isNotSameAs(spool);
    }

    private void onIo(Runnable task) throws Exception {
        CompletableFuture.runAsync(task, runtime.threads().io()).get(20, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource(names = {"CHRONICLE", "FILE"})
    void close_whileThreadsLog_keepsWhatWasAccepted(StoreKind kind) throws InterruptedException {
        AtomicLong accepted = new AtomicLong();
        LogPipe pipe = openShop(kind);
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

        restart();
        LogPipe again = openShop(kind);
        await().until(() -> again.held() == accepted.get());
        assertThat(account().recovered()).isEqualTo(accepted.get());
    }
}
