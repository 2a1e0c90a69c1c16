// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.DropReason;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.log.LogPipe;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** For a while there is no memory to prepare anything. That says nothing about the records: all of them arrive later. */
class ShortageTest extends ExportTestBase {

    private static final int FOR_GOOD = Integer.MAX_VALUE;

    @TempDir
    Path directory;

    private final Hungry memory = new Hungry();
    private LogPipe pipe;

    /** Finds memory for some buffers, then none for some. */
    private static final class Hungry extends AbstractByteBufAllocator {

        final AtomicInteger before = new AtomicInteger();
        final AtomicInteger shortages = new AtomicInteger();
        final AtomicInteger seen = new AtomicInteger();

        Hungry() {
            super(true);
        }

        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            return PooledByteBufAllocator.DEFAULT.heapBuffer(initialCapacity, maxCapacity);
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            if (before.getAndDecrement() <= 0
                    && shortages.getAndUpdate(left -> left == FOR_GOOD ? left : Math.max(0, left - 1)) > 0) {
                seen.incrementAndGet();
                throw new OutOfMemoryError("test");
            }
            return PooledByteBufAllocator.DEFAULT.directBuffer(initialCapacity, maxCapacity);
        }

        @Override
        public boolean isDirectBufferPooled() {
            return true;
        }
    }

    private OtlpExportBuilder hungry(int shortages) {
        memory.shortages.set(shortages);
        OtlpExportBuilder builder = builder();
        builder.allocator = memory;
        return builder;
    }

    @AfterEach
    void closePipe() {
        if (pipe != null) {
            export.close(Duration.ofSeconds(2));
            pipe.close(Duration.ofSeconds(2));
        }
    }

    private void assertAllDelivered(Signal signal, int records) {
        await().atMost(LONG).until(() -> account(signal).delivered() == records);
        assertThat(account(signal).dropped()).isEmpty();
        assertThat(account(signal).queued()).isZero();
        assertConserved();
    }

    @Test
    void spans_waitUntilThereIsMemory() {
        use(hungry(3));
        spans(100);

        assertAllDelivered(Signal.TRACES, 100);
        assertThat(memory.seen).hasValue(3);
        assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(names(100));
    }

    @Test
    void flush_waitsUntilThereIsMemory() {
        use(hungry(2));
        spans(10);

        assertThat(export.flush(LONG).block()).isTrue();

        assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(names(10));
    }

    @Test
    void metrics_areSentOfTheSameCollection() {
        use(hungry(2));
        try (SdkMeterProvider meters = SdkMeterProvider.builder()
                .registerMetricReader(export.metricReader())
                .build()) {
            meters.get("test").counterBuilder("count").build().add(1);
            assertThat(export.flush(LONG).block()).isTrue();

            assertAllDelivered(Signal.METRICS, 1);
            assertThat(memory.seen).hasValue(2);
        }
    }

    private void usePipe(OtlpExportBuilder builder) {
        TelemetryRuntime runtime = runtime(Map.of("weir.log.min.free.bytes", "0"));
        pipe = LogPipe.builder(directory.resolve("pipe")).runtime(runtime).build();
        use(builder.runtime(runtime));
        export.logs(pipe.batches());
    }

    private void log(int records) {
        for (int i = 0; i < records; i++) {
            assertThat(pipe.offer(Severity.INFO, "scope", "line-" + i)).isTrue();
        }
    }

    @Test
    void batchesOfAPipe_areNotAcknowledgedBeforeTheyArrive() {
        usePipe(hungry(3));
        log(500);

        assertAllDelivered(Signal.LOGS, 500);
        assertThat(memory.seen).hasValue(3);
        assertThat(receiver.names("logs")).hasSize(500).doesNotHaveDuplicates();
        assertThat(pipe.held()).isZero();
    }

    @Test
    void batchOfAPipe_withoutMemoryForItsSecondHalf_goesBackInHalves() {
        receiver.answerNext(Receiver.status(413));
        memory.before.set(2);
        usePipe(hungry(1));
        log(100);

        assertAllDelivered(Signal.LOGS, 100);
        assertThat(memory.seen).hasValue(1);
        assertThat(receiver.names("logs")).hasSize(100).doesNotHaveDuplicates();
        assertThat(pipe.held()).isZero();
    }

    @Test
    void spans_withoutMemoryForTheirSecondHalf_waitUncut() {
        receiver.answerNext(Receiver.status(413), Receiver.status(413));
        memory.before.set(2);
        use(hungry(1));
        spans(100);

        assertAllDelivered(Signal.TRACES, 100);
        assertThat(memory.seen).hasValue(1);
        assertThat(receiver.names("traces")).hasSize(100).doesNotHaveDuplicates();
    }

    @Test
    void storedBatch_comesAgain() {
        FileSpool spool = new FileSpool(directory, 1 << 20);
        use(builder(away()).spool(spool).durability(Durability.ALWAYS));
        spans(100);
        assertThat(export.flush(LONG).block()).isTrue();
        export.close(Duration.ofMillis(500));
        assertThat(spool.records(Signal.TRACES)).isEqualTo(100);

        receiver = new Receiver();
        use(hungry(3).spool(new FileSpool(directory, 1 << 20)));

        assertAllDelivered(Signal.TRACES, 100);
        assertThat(memory.seen).hasValue(3);
        assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(names(100));
    }

    private String away() {
        String url = receiver.url();
        receiver.close();
        return url;
    }

    @Test
    void spansForTheSpool_waitUntilThereIsMemory() {
        use(hungry(3).spool(new FileSpool(directory, 1 << 20)).durability(Durability.ALWAYS));
        spans(100);

        assertAllDelivered(Signal.TRACES, 100);
        assertThat(memory.seen).hasValue(3);
    }

    @Test
    void shortageWithoutEnd_theQueueFillsAndItsBoundCounts() {
        OtlpExportBuilder builder = hungry(FOR_GOOD);
        use(builder.runtime(runtime(Map.of("weir.otlp.queue.records", "64"))));
        await().atMost(LONG).until(() -> {
            spans(100);
            return account(Signal.TRACES).dropped().containsKey(DropReason.SEVERITY_RESERVE);
        });
        assertThat(account(Signal.TRACES).dropped()).doesNotContainKey(DropReason.ENCODING_FAILED);
        assertConserved();
        long waiting = account(Signal.TRACES).queued();
        assertThat(waiting).isPositive();

        memory.shortages.set(0);

        await().atMost(LONG).until(() -> account(Signal.TRACES).delivered() == waiting);
        assertConserved();
    }

    @Test
    void closeDuringTheShortage_countsWhatIsLeft() {
        use(hungry(FOR_GOOD));
        spans(10);
        await().until(() -> memory.seen.get() > 0);

        assertThat(export.close(Duration.ofMillis(300)).lost()).isEqualTo(10);

        assertThat(account(Signal.TRACES).dropped()).isEqualTo(Map.of(DropReason.SHUTDOWN, 10L));
        assertConserved();
    }
}
