// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.spi.EncodedBatch;
import dev.weir.log.internal.pipe.BatchBuffers;
import io.opentelemetry.api.logs.Severity;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.Disposable;

/** Batches take no more memory than was set, and a shortage of memory loses nothing. */
class BatchMemoryTest extends ConservedPipeTest {

    private static final int HALF_MEBIBYTE = 512 << 10;

    private final BlockingQueue<LogBatch> given = new LinkedBlockingQueue<>();
    private @Nullable Disposable subscription;

    private static LogPipeBuilder settings(LogPipeBuilder builder) {
        return builder.store(StoreKind.FILE).ringBytes(16 << 20).batchMemory(1 << 20);
    }

    private void subscribe(LogPipe pipe, BatchSpec spec) {
        subscription = pipe.batches(spec.withMaxDelay(Duration.ZERO)).subscribe(given::add);
    }

    /** Else the pipe waits at its end for answers that do not come. */
    @AfterEach
    void unsubscribe() {
        if (subscription != null) {
            subscription.dispose();
        }
    }

    private static void fill(LogPipe pipe, int bytes) {
        String body = "x".repeat(10_000);
        for (int sent = 0; sent < bytes; sent += body.length()) {
            assertThat(pipe.offer(Severity.ERROR, "scope", body)).isTrue();
        }
        pipe.flush().block(Patience.LIMIT);
    }

    private LogBatch next() throws InterruptedException {
        LogBatch batch = given.poll(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(batch).isNotNull();
        return batch;
    }

    private void noneComes() throws InterruptedException {
        assertThat(given.poll(300, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void demand_waitsAtTheBound_untilABatchIsAnswered() throws Exception {
        LogPipe pipe = open(BatchMemoryTest::settings);
        fill(pipe, 3 * HALF_MEBIBYTE);
        subscribe(pipe, BatchSpec.ofBytes(HALF_MEBIBYTE));
        LogBatch first = next();
        LogBatch second = next();
        noneComes();

        acknowledge(second);

        LogBatch third = next();
        noneComes();
        acknowledge(first);
        acknowledge(third);
        await().until(() -> {
            for (LogBatch batch; (batch = given.poll()) != null; ) {
                acknowledge(batch);
            }
            return pipe.held() == 0;
        });
    }

    @Test
    void batchThatIsGivenBack_comesAgainAtTheBound() throws Exception {
        LogPipe pipe = open(BatchMemoryTest::settings);
        fill(pipe, 3 * HALF_MEBIBYTE);
        subscribe(pipe, BatchSpec.ofBytes(HALF_MEBIBYTE));
        LogBatch first = next();
        next();

        first.nack();

        assertThat(next().records()).isEqualTo(first.records());
        noneComes();
    }

    @Test
    void partsOfACutBatch_countUntilTheyAreAnswered() throws Exception {
        LogPipe pipe = open(BatchMemoryTest::settings);
        fill(pipe, 3 * HALF_MEBIBYTE);
        subscribe(pipe, BatchSpec.ofBytes(HALF_MEBIBYTE));
        LogBatch first = next();
        next();
        List<EncodedBatch> parts = first.split();
        noneComes();

        acknowledge(parts.get(0));
        noneComes();
        acknowledge(parts.get(1));

        next();
    }

    @Test
    void batchLargerThanTheBound_isGivenOutAlone() throws Exception {
        LogPipe pipe = open(BatchMemoryTest::settings);
        fill(pipe, 4 << 20);
        subscribe(pipe, BatchSpec.ofBytes(BatchSpec.MAX_BYTES));
        LogBatch first = next();
        assertThat(first.bytes()).isGreaterThan(3 << 20);
        noneComes();

        acknowledge(first);

        next();
    }

    @ParameterizedTest
    @CsvSource({"READ", "APPEND"})
    void shortageOfMemory_keepsAllRecords(FaultyStore.Call during) throws Exception {
        AtomicReference<FaultyStore> store = new AtomicReference<>();
        LogPipe pipe = open(builder -> settings(builder).storeWrapper(opened -> {
            FaultyStore faulty = new FaultyStore(opened);
            faulty.withoutMemory(during, 2);
            store.set(faulty);
            return faulty;
        }));
        long records = 0;
        for (int i = 0; i < 1_000; i++) {
            assertThat(pipe.offer(Severity.INFO, "scope", "body " + i)).isTrue();
        }
        subscribe(pipe, BatchSpec.DEFAULT);
        while (records < 1_000) {
            LogBatch batch = next();
            records += batch.records();
            acknowledge(batch);
        }
        await().until(() -> pipe.held() == 0);
        assertThat(store.get().shortages()).isEqualTo(2);
        assertThat(records).isEqualTo(1_000);
        assertThat(account().droppedTotal()).isZero();
    }

    @Test
    void buffers_areUsedAgain_andLetGoWhenNotNeeded() {
        BatchBuffers buffers = new BatchBuffers(2 << 20, BatchSpec.MIN_BYTES);
        ByteBuffer first = buffers.take(HALF_MEBIBYTE);
        ByteBuffer second = buffers.take(HALF_MEBIBYTE);
        buffers.giveBack(first);
        buffers.giveBack(second);
        assertThat(buffers.take(HALF_MEBIBYTE).array()).isSameAs(second.array());
        assertThat(buffers.freeBytes()).isEqualTo(HALF_MEBIBYTE);

        buffers.trim();
        assertThat(buffers.freeBytes())
                .as("both were in use since the last time")
                .isEqualTo(HALF_MEBIBYTE);
        buffers.trim();
        assertThat(buffers.freeBytes()).isZero();
        assertThat(buffers.lentBytes()).isEqualTo(HALF_MEBIBYTE);
    }

    @Test
    void buffers_lentAndFree_comeToTheBoundAtMost() {
        BatchBuffers buffers = new BatchBuffers(1 << 20, BatchSpec.MIN_BYTES);
        ByteBuffer small = buffers.take(HALF_MEBIBYTE);
        buffers.giveBack(small);

        ByteBuffer large = buffers.take(3 << 20);
        assertThat(buffers.hasRoomFor(1)).isFalse();
        buffers.giveBack(large);

        assertThat(buffers.freeBytes()).isZero();
        assertThat(buffers.hasRoomFor(3 << 20)).as("one always").isTrue();
    }
}
