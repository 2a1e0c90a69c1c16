// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.weir.core.spi.EncodedBatch;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link EncodedBatch} must do; each implementation runs all of it. */
abstract class EncodedBatchContract extends ConservedPipeTest {

    /** Puts in what makes three batches at least, no two of which are equal. */
    abstract void fill() throws Exception;

    /** The next batch. */
    abstract EncodedBatch next() throws Exception;

    /** How many records the source holds. */
    abstract long held();

    /** Whether the source can cut a batch. */
    abstract boolean cutsBatches();

    /** Acknowledges a batch that is not answered yet. */
    abstract void settle(EncodedBatch batch);

    private EncodedBatch first;
    private long heldBefore;

    @BeforeEach
    void takeTheFirst() throws Exception {
        fill();
        heldBefore = held();
        first = next();
    }

    private void awaitHeld(long records) {
        await().until(this::held, now -> now == records);
    }

    private static byte[] bytes(EncodedBatch batch) {
        return Bytes.of(batch.body());
    }

    @Test
    void figures_areThoseOfTheBody() throws Exception {
        EncodedBatch second = next();

        assertThat(first.records()).isPositive();
        assertThat(first.bytes()).isEqualTo(bytes(first).length).isPositive();
        assertThat(first.signal()).isEqualTo(second.signal());
        assertThat(bytes(first)).isNotEqualTo(bytes(second));
        assertThat(held()).isEqualTo(heldBefore);
    }

    @Test
    void body_isNewViewsOfTheSameBytes_thatCannotBeWrittenTo() {
        byte[] expected = bytes(first);
        for (ByteBuffer part : first.body()) {
            assertThatExceptionOfType(ReadOnlyBufferException.class).isThrownBy(() -> part.put(0, (byte) 1));
            part.position(part.limit());
        }

        assertThat(bytes(first)).isEqualTo(expected);
    }

    @Test
    void body_staysWhileOthersAreAnswered() throws Exception {
        byte[] expected = bytes(first);
        EncodedBatch second = next();
        long left = heldBefore - second.records();

        settle(second);
        awaitHeld(left);
        next();

        assertThat(bytes(first)).isEqualTo(expected);
        // Its records are before those that were acknowledged: a restart would begin with it.
        settle(first);
        awaitHeld(left - first.records());
    }

    @Test
    void acknowledgedBatch_isHeldNoLonger_andLaterAnswersDoNothing() throws Exception {
        byte[] body = bytes(first);
        settle(first);
        awaitHeld(heldBefore - first.records());

        first.ack();
        first.nack();

        assertThat(first.split()).isEmpty();
        assertThat(bytes(next())).isNotEqualTo(body);
        assertThat(held()).isEqualTo(heldBefore - first.records());
    }

    @Test
    void batchThatWasGivenBack_comesNext_andLaterAnswersOfTheOldOneDoNothing() throws Exception {
        byte[] body = bytes(first);
        EncodedBatch second = next();
        first.nack();
        first.ack();
        first.nack();

        EncodedBatch again = next();

        first.ack();
        first.nack();
        assertThat(first.split()).isEmpty();
        assertThat(bytes(again)).isEqualTo(body);
        assertThat(again.records()).isEqualTo(first.records());
        EncodedBatch third = next();
        assertThat(bytes(third)).isNotEqualTo(body).isNotEqualTo(bytes(second));
        assertThat(held()).isEqualTo(heldBefore);
        settle(again);
        awaitHeld(heldBefore - first.records());
    }

    @Test
    void answers_mayComeInAnyOrder() throws Exception {
        EncodedBatch second = next();
        EncodedBatch third = next();

        settle(third);
        awaitHeld(heldBefore - third.records());
        settle(second);
        awaitHeld(heldBefore - third.records() - second.records());
        settle(first);
        awaitHeld(heldBefore - third.records() - second.records() - first.records());
    }

    @Test
    void partsOfABatch_holdItsRecords_andAreAnsweredEachForItself() throws Exception {
        List<EncodedBatch> parts = first.split();
        if (!cutsBatches()) {
            assertThat(parts).isEmpty();
            settle(first);
            awaitHeld(heldBefore - first.records());
            return;
        }

        first.ack();
        first.nack();
        assertThat(first.split()).isEmpty();
        assertThat(parts).hasSize(2).allMatch(part -> part.records() > 0);
        assertThat(parts.get(0).records() + parts.get(1).records()).isEqualTo(first.records());
        settle(parts.get(1));
        awaitHeld(heldBefore - parts.get(1).records());
        byte[] body = bytes(parts.get(0));
        parts.get(0).nack();
        EncodedBatch again = next();
        assertThat(bytes(again)).isEqualTo(body);
        settle(again);
        awaitHeld(heldBefore - first.records());
    }

    @Test
    void answersOfManyThreads_areOne() throws Exception {
        CountDownLatch begin = new CountDownLatch(1);
        Thread[] threads = new Thread[4];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> {
                try {
                    begin.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                first.nack();
            });
            threads[i].start();
        }
        byte[] body = bytes(first);

        begin.countDown();
        for (Thread thread : threads) {
            thread.join();
        }

        EncodedBatch again = next();
        assertThat(bytes(again)).isEqualTo(body);
        assertThat(bytes(next())).isNotEqualTo(body);
        assertThat(held()).isEqualTo(heldBefore);
    }
}
