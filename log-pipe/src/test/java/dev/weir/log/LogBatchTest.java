// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.spi.EncodedBatch;
import io.opentelemetry.api.logs.Severity;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** The batches of the records of a pipe. */
class LogBatchTest extends EncodedBatchContract {

    /** Several batches of the smallest size. */
    private static final int RECORDS = 150;

    private final BlockingQueue<LogBatch> batches = new LinkedBlockingQueue<>();

    private final CountDownLatch subscribed = new CountDownLatch(1);

    /** Asks for each batch when it is needed. */
    private final BaseSubscriber<LogBatch> subscriber = new BaseSubscriber<>() {
        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            subscribed.countDown();
        }

        @Override
        protected void hookOnNext(LogBatch batch) {
            batches.add(batch);
        }
    };

    private LogPipe pipe;

    @Override
    void fill() throws Exception {
        pipe = open(StoreKind.FILE);
        for (int i = 0; i < RECORDS; i++) {
            assertThat(pipe.offer(Severity.ERROR, "scope", i + "x".repeat(10_000)))
                    .isTrue();
        }
        pipe.flush().block(Patience.LIMIT);
        pipe.batches(new BatchSpec(BatchSpec.MIN_BYTES, Duration.ZERO)).subscribe(subscriber);
        assertThat(subscribed.await(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
    }

    @AfterEach
    void leave() {
        subscriber.cancel();
    }

    @Override
    EncodedBatch next() throws Exception {
        subscriber.request(1);
        return batches.poll(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    @Override
    long held() {
        return pipe.held();
    }

    @Override
    boolean cutsBatches() {
        return true;
    }

    @Override
    void settle(EncodedBatch batch) {
        acknowledge(batch);
    }
}
