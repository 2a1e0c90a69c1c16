// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.log;

import dev.weir.log.BatchSpec;
import dev.weir.log.LogPipe;
import dev.weir.log.StoreKind;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.exporter.internal.otlp.logs.LogsRequestMarshaler;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.opentelemetry.sdk.logs.export.SimpleLogRecordProcessor;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * From the store to requests: sustained records a second into each store, the cost of turning stored records into requests
 * beside OpenTelemetry's marshaler, and the time from a restart on a backlog of 256 MB to the first batch and to the last.
 */
public final class Egress {

    private static final Attributes THREE = Attributes.of(
            AttributeKey.stringKey("http.route"),
            "/checkout",
            AttributeKey.longKey("order"),
            4711L,
            AttributeKey.booleanKey("paid"),
            true);

    private Egress() {}

    public static void main(String[] arguments) throws Exception {
        Path base = Files.createTempDirectory("weir-egress");
        try {
            for (int round = 0; round < 3; round++) {
                double peer = marshaler();
                for (StoreKind store : List.of(StoreKind.MEMORY, StoreKind.FILE, StoreKind.CHRONICLE)) {
                    store(
                            base.resolve(store.name() + round),
                            store,
                            store == StoreKind.MEMORY ? 400_000 : 700_000,
                            peer);
                }
            }
        } finally {
            PacedLatency.delete(base);
        }
    }

    private static LogPipe open(Path directory, StoreKind store) {
        return LogPipe.builder(directory)
                .store(store)
                .ringBytes(32 << 20)
                .maxBytes(1L << 30)
                .memoryBytes(1L << 30)
                .minFreeBytes(0)
                .build();
    }

    private static void store(Path directory, StoreKind store, int records, double peer) throws Exception {
        String message = LogSinks.message();
        LogPipe pipe = open(directory, store);
        pipe.flush().block(Duration.ofSeconds(30));
        long begin = System.nanoTime();
        for (int i = 0; i < records; ) {
            if (pipe.offer(Severity.ERROR, "bench", message, THREE)) {
                i++;
            } else {
                Thread.onSpinWait();
            }
        }
        pipe.flush().block(Duration.ofSeconds(60));
        long sustained = System.nanoTime() - begin;
        long bytes = pipe.stats().storeBytes();
        String recovery = "";
        if (store != StoreKind.MEMORY) {
            pipe.close();
            begin = System.nanoTime();
            pipe = open(directory, store);
        }
        Drained drained = drain(pipe, records);
        if (store != StoreKind.MEMORY) {
            recovery = String.format(
                    Locale.ROOT,
                    ", restart to first batch %.0f ms, to the last %.0f ms",
                    (drained.firstNanos - begin) / 1e6,
                    (drained.lastNanos - begin) / 1e6);
        }
        System.out.printf(
                Locale.ROOT,
                "%-9s %d records, %d MB: sustained %.0f records/s; read as requests %.1f ns/record (CPU %.1f, %.2f of the marshaler), %.2f B/record%s%n",
                store,
                records,
                bytes >> 20,
                records / (sustained / 1e9),
                (drained.lastNanos - drained.firstNanos) / (double) (records - drained.firstRecords),
                drained.cpuNanos / (double) (records - drained.firstRecords),
                drained.cpuNanos / (double) (records - drained.firstRecords) / peer,
                drained.allocated / (double) (records - drained.firstRecords),
                recovery);
        pipe.close();
    }

    private static final class Drained {
        long firstNanos;
        long lastNanos;
        int firstRecords;
        long allocated;
        long cpuNanos;
    }

    /** Reads everything; the first batch apart, as it waits for the store to be opened. */
    private static Drained drain(LogPipe pipe, int records) throws InterruptedException {
        com.sun.management.ThreadMXBean bean = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        Drained drained = new Drained();
        AtomicInteger taken = new AtomicInteger();
        AtomicLong allocatedAtFirst = new AtomicLong();
        CountDownLatch done = new CountDownLatch(1);
        pipe.batches(BatchSpec.ofBytes(512 << 10).withMaxDelay(Duration.ZERO)).subscribe(batch -> {
            if (taken.get() == 0) {
                drained.firstNanos = System.nanoTime();
                drained.firstRecords = batch.records();
                drained.cpuNanos = -bean.getCurrentThreadCpuTime();
                allocatedAtFirst.set(bean.getCurrentThreadAllocatedBytes());
            }
            batch.body();
            batch.ack();
            if (taken.addAndGet(batch.records()) >= records) {
                drained.lastNanos = System.nanoTime();
                drained.cpuNanos += bean.getCurrentThreadCpuTime();
                drained.allocated = bean.getCurrentThreadAllocatedBytes() - allocatedAtFirst.get();
                done.countDown();
            }
        });
        done.await();
        return drained;
    }

    /** @return nanoseconds for a record */
    private static double marshaler() throws IOException {
        com.sun.management.ThreadMXBean bean = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        List<LogRecordData> records = new ArrayList<>();
        SdkLoggerProvider provider = SdkLoggerProvider.builder()
                .addLogRecordProcessor(SimpleLogRecordProcessor.create(new LogRecordExporter() {
                    @Override
                    public CompletableResultCode export(Collection<LogRecordData> batch) {
                        records.addAll(batch);
                        return CompletableResultCode.ofSuccess();
                    }

                    @Override
                    public CompletableResultCode flush() {
                        return CompletableResultCode.ofSuccess();
                    }

                    @Override
                    public CompletableResultCode shutdown() {
                        return CompletableResultCode.ofSuccess();
                    }
                }))
                .build();
        for (int i = 0; i < 512; i++) {
            provider.get("bench")
                    .logRecordBuilder()
                    .setSeverity(Severity.INFO)
                    .setBody(LogSinks.message())
                    .setAllAttributes(THREE)
                    .emit();
        }
        provider.shutdown();
        OutputStream out = OutputStream.nullOutputStream();
        for (int i = 0; i < 300; i++) {
            LogsRequestMarshaler.create(records).writeBinaryTo(out);
        }
        long before = bean.getCurrentThreadAllocatedBytes();
        long begin = System.nanoTime();
        int times = 400;
        for (int i = 0; i < times; i++) {
            LogsRequestMarshaler.create(records).writeBinaryTo(out);
        }
        long nanos = System.nanoTime() - begin;
        System.out.printf(
                Locale.ROOT,
                "OpenTelemetry's marshaler, 512 records: %.1f ns/record, %.1f B/record%n",
                nanos / (512.0 * times),
                (bean.getCurrentThreadAllocatedBytes() - before) / (512.0 * times));
        return nanos / (512.0 * times);
    }
}
