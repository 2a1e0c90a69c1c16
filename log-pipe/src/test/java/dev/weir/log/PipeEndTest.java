// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.CloseReport;
import dev.weir.core.Signal;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.log.internal.spool.PipeSpool;
import io.opentelemetry.api.logs.Severity;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The last records: who closes waits for what is on its way, whatever happens to the thread that waits. */
@Timeout(90)
class PipeEndTest extends ConservedPipeTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private final CountDownLatch diskIsFree = new CountDownLatch(1);
    private final ExecutorService others = Executors.newCachedThreadPool();

    @AfterEach
    void free() {
        diskIsFree.countDown();
        others.shutdownNow();
        Thread.interrupted();
    }

    private LogPipe open() {
        return open(StoreKind.FILE);
    }

    /** The disk's thread has something else to do. */
    private void occupyTheDisk() {
        runtime.threads().io().execute(() -> {
            try {
                diskIsFree.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** Interrupts {@code thread} once it waits, and frees the disk. */
    private void freeTheDiskOnceWaiting(Thread thread) {
        freeTheDiskOnceWaiting(thread, thread::interrupt);
    }

    private void freeTheDiskOnceWaiting(Thread thread, Runnable before) {
        others.execute(() -> {
            await().atMost(LONG).until(() -> thread.getState() == Thread.State.TIMED_WAITING);
            before.run();
            diskIsFree.countDown();
        });
    }

    @Test
    void drain_beforeTheSubscriberHasArrived_waitsForIt() {
        LogPipe pipe = open();
        occupyTheDisk();
        Received received = receive();
        pipe.offer(Severity.INFO, "scope", "the last line");

        freeTheDiskOnceWaiting(Thread.currentThread(), () -> {});

        assertThat(pipe.drain(LONG)).isTrue();

        assertThat(received.lines).extracting(Received.Line::body).containsExactly("the last line");
    }

    @Test
    void drain_withoutSubscriber_waitsForNobody() {
        LogPipe pipe = open();
        pipe.offer(Severity.INFO, "scope", "body");

        assertThat(pipe.drain(LONG)).isFalse();
    }

    @Test
    void drain_onAnInterruptedThread_waitsForTheSubscriber() {
        LogPipe pipe = open();
        occupyTheDisk();
        Received received = receive();
        pipe.offer(Severity.INFO, "scope", "the last line");
        Thread.currentThread().interrupt();
        freeTheDiskOnceWaiting(Thread.currentThread());

        assertThat(pipe.drain(LONG)).isTrue();

        assertThat(received.lines).hasSize(1);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void close_onAnInterruptedThread_deliversAndReports() {
        LogPipe pipe = open();
        occupyTheDisk();
        Received received = receive();
        pipe.offer(Severity.INFO, "scope", "the last line");
        Thread.currentThread().interrupt();
        freeTheDiskOnceWaiting(Thread.currentThread());

        CloseReport report = pipe.close(LONG);

        assertThat(report).isEqualTo(new CloseReport(1, 0, 0));
        assertThat(received.lines).hasSize(1);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void close_ofAMemoryStoreOnAnInterruptedThread_saysThatItIsLost() {
        LogPipe pipe = open(StoreKind.MEMORY);
        pipe.offer(Severity.INFO, "scope", "body");
        Thread.currentThread().interrupt();

        assertThat(pipe.close(LONG)).isEqualTo(new CloseReport(0, 0, 1));

        assertThat(Thread.interrupted()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -5, Long.MAX_VALUE, Long.MIN_VALUE})
    void close_withAnyDeadline_storesWhatThereIs(long seconds) {
        LogPipe pipe = open();
        pipe.offer(Severity.INFO, "scope", "body");

        assertThat(pipe.close(Duration.ofSeconds(seconds))).isEqualTo(new CloseReport(0, 1, 0));
    }

    @Test
    void spool_closedOnAnInterruptedThread_isClosedAfterwards() {
        LogPipe pipe = open();
        PipeSpool spool = (PipeSpool) pipe.spool("otlp");
        runtime.threads().io().execute(() -> spool.offer(Signal.TRACES, 1, ByteBuffer.allocate(10)));
        await().atMost(LONG).until(() -> spool.records(Signal.TRACES) == 1);
        occupyTheDisk();
        Thread.currentThread().interrupt();
        freeTheDiskOnceWaiting(Thread.currentThread());

        spool.close();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(spool.records(Signal.TRACES)).isEqualTo(1);
        CompletableFuture<EncodedBatch> polled = new CompletableFuture<>();
        runtime.threads().io().execute(() -> polled.complete(spool.poll(Signal.TRACES)));
        assertThat(polled).succeedsWithin(LONG).isNull();
    }
}
