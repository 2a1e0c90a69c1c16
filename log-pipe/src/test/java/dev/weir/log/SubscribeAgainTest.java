// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.logs.Severity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;

/** A subscriber that goes away without an answer, however it goes, leaves its batches to the next one. */
class SubscribeAgainTest extends ConservedPipeTest {

    private static final BatchSpec SMALL =
            BatchSpec.ofBytes(BatchSpec.MIN_BYTES).withMaxDelay(Duration.ZERO);

    private static final String FILLING = "x".repeat(1_000);

    private static void offer(LogPipe pipe, int count) {
        for (int i = 0; i < count; i++) {
            assertThat(pipe.offer(Severity.ERROR, "scope", "record " + i + FILLING))
                    .isTrue();
        }
        pipe.flush().block();
    }

    @Test
    void sendThatFailsAndIsRetried_losesNothing() {
        LogPipe pipe = open(StoreKind.FILE);
        offer(pipe, 2_000);
        AtomicInteger sends = new AtomicInteger();

        Disposable subscription = pipe.batches(SMALL)
                .concatMap(batch -> sends.incrementAndGet() % 3 == 0
                        ? Mono.error(new IllegalStateException("the connection broke"))
                        : Mono.fromRunnable(() -> acknowledge(batch)))
                .retry()
                .subscribe();

        await().until(() -> pipe.held() == 0);
        subscription.dispose();
    }

    @Test
    void cancelled_leavesItsBatches_andItsLateAnswerCountsNoMore() {
        LogPipe pipe = open(StoreKind.FILE);
        offer(pipe, 500);
        List<LogBatch> first = new CopyOnWriteArrayList<>();
        Disposable gone = pipe.batches(SMALL).subscribe(first::add);
        await().until(() -> first.stream().mapToInt(LogBatch::records).sum() == 500);
        gone.dispose();

        List<LogBatch> again = new CopyOnWriteArrayList<>();
        pipe.batches(SMALL).subscribe(again::add);
        await().until(() -> again.stream().mapToInt(LogBatch::records).sum() == 500);
        first.forEach(LogBatch::ack);
        pipe.flush().block();

        assertThat(pipe.held()).isEqualTo(500);
        new ArrayList<>(again).forEach(this::acknowledge);
        await().until(() -> pipe.held() == 0);
    }

    @Test
    void payloadOfACancelledSubscriber_staysWhatItWas() {
        LogPipe pipe = open(StoreKind.FILE);
        offer(pipe, 500);
        List<LogBatch> first = new CopyOnWriteArrayList<>();
        Disposable gone = pipe.batches(SMALL).subscribe(first::add);
        await().until(() -> first.stream().mapToInt(LogBatch::records).sum() == 500);
        List<byte[]> before =
                first.stream().map(batch -> Bytes.of(batch.body())).toList();
        gone.dispose();

        receive();
        await().until(() -> pipe.held() == 0);
        offer(pipe, 500);
        await().until(() -> pipe.held() == 0);

        assertThat(first.stream().map(batch -> Bytes.of(batch.body())).toList()).containsExactlyElementsOf(before);
    }

    @Test
    void subscriberThatThrows_isGone_andTheNextOneGetsAll() {
        LogPipe pipe = open(StoreKind.FILE);
        offer(pipe, 500);
        AtomicInteger calls = new AtomicInteger();
        pipe.batches(SMALL).subscribe(new BaseSubscriber<>() {
            @Override
            protected void hookOnNext(LogBatch batch) {
                calls.incrementAndGet();
                throw new StackOverflowError();
            }

            @Override
            protected void hookOnError(Throwable failure) {}
        });
        await().until(() -> calls.get() > 0);

        receive();

        await().until(() -> pipe.held() == 0);
    }
}
