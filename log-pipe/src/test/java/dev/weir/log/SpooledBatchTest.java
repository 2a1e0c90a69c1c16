// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Signal;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.core.spi.Spool;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** The batches of a spool. */
class SpooledBatchTest extends EncodedBatchContract {

    private Spool spool;

    @Override
    void fill() throws Exception {
        spool = open(StoreKind.FILE).spool("otlp");
        for (byte i = 1; i <= 4; i++) {
            byte[] body = {i, 1, 2, 3};
            int records = i;
            assertThat(onIo(() -> spool.offer(Signal.TRACES, records, ByteBuffer.wrap(body))))
                    .isTrue();
        }
    }

    private <T> T onIo(Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        runtime.threads().io().execute(future);
        return future.get(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    @Override
    EncodedBatch next() throws Exception {
        return onIo(() -> spool.poll(Signal.TRACES));
    }

    @Override
    long held() {
        return spool.records(Signal.TRACES);
    }

    @Override
    boolean cutsBatches() {
        return false;
    }

    @Override
    void settle(EncodedBatch batch) {
        batch.ack();
    }
}
