// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import dev.weir.log.BatchSpec;
import dev.weir.log.LogBatch;
import dev.weir.log.LogPipe;
import dev.weir.log.StoreKind;
import io.opentelemetry.api.logs.Severity;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Logs as fast as the pipe takes it, to a subscriber that answers half of the batches at once and the others by the
 * window, and prints records, those that arrived, the most bytes outside the heap, the most of the heap after it was
 * cleaned up, and the rate.
 */
public final class DirectMemoryMain {

    private static final int WINDOW = 16;
    private static final String BODY = "x".repeat(200);

    private DirectMemoryMain() {}

    public static void main(String[] arguments) throws Exception {
        long records = Long.parseLong(arguments[2]);
        LogPipe pipe = LogPipe.builder(Path.of(arguments[0]))
                .store(StoreKind.valueOf(arguments[1]))
                .minFreeBytes(0)
                .block(Duration.ofSeconds(1))
                .build();
        AtomicLong arrived = new AtomicLong();
        AtomicLong batches = new AtomicLong();
        List<LogBatch> heldBack = new ArrayList<>();
        pipe.batches(BatchSpec.DEFAULT.withMaxDelay(Duration.ZERO)).subscribe(batch -> {
            arrived.addAndGet(batch.records());
            if (batches.incrementAndGet() / WINDOW % 2 == 0) {
                batch.ack();
                return;
            }
            heldBack.add(batch);
            if (heldBack.size() == WINDOW) {
                heldBack.forEach(LogBatch::ack);
                heldBack.clear();
            }
        });
        BufferPoolMXBean direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .findFirst()
                .orElseThrow();
        long most = 0;
        long mostOfHeap = 0;
        long begin = System.nanoTime();
        for (long i = 0; i < records; i++) {
            if (!pipe.offer(Severity.ERROR, "scope", BODY)) {
                throw new IllegalStateException("refused: " + pipe.stats());
            }
            if (i % 1_000 == 0) {
                most = Math.max(most, direct.getMemoryUsed());
                mostOfHeap = Math.max(mostOfHeap, heapAfterCollection());
            }
        }
        ByteBuffer ofTheApplication = ByteBuffer.allocateDirect(1 << 20);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (arrived.get() < records && System.nanoTime() - deadline < 0) {
            Thread.sleep(5);
            most = Math.max(most, direct.getMemoryUsed() - ofTheApplication.capacity());
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        System.out.println(records + " " + arrived + " " + most + " " + mostOfHeap + " " + (long) (records / seconds));
        Runtime.getRuntime().halt(0);
    }

    private static long heapAfterCollection() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getCollectionUsage() != null)
                .mapToLong(pool -> pool.getCollectionUsage().getUsed())
                .sum();
    }
}
