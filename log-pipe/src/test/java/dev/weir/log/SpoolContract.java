// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Signal;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.core.spi.Spool;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Spool} must do; each implementation runs all of it. */
abstract class SpoolContract extends ConservedPipeTest {

    /** Many of them fill a spool. */
    private static final int LARGE = 256 << 10;

    private static final int MANY = 100;

    Spool spool;

    /**
     * Opens a spool for less than {@value #MANY} bodies of {@value #LARGE} bytes; the same one after a
     * {@link #restart}.
     */
    abstract Spool openSpool();

    @BeforeEach
    void openIt() {
        spool = openSpool();
    }

    final <T> T onIo(Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        runtime.threads().io().execute(future);
        return future.get(60, TimeUnit.SECONDS);
    }

    private boolean offer(Signal signal, int records, byte... body) throws Exception {
        return onIo(() -> spool.offer(signal, records, ByteBuffer.wrap(body)));
    }

    /** One batch for each number, with as many records. */
    private void offer(int... numbers) throws Exception {
        for (int number : numbers) {
            assertThat(offer(Signal.TRACES, number, (byte) number)).isTrue();
        }
    }

    private EncodedBatch poll(Signal signal) throws Exception {
        return onIo(() -> spool.poll(signal));
    }

    private EncodedBatch poll() throws Exception {
        return poll(Signal.TRACES);
    }

    private static int number(EncodedBatch batch) {
        return Bytes.of(batch.body())[0];
    }

    /** The numbers of all batches that wait, acknowledged. */
    private List<Integer> drain(Signal signal) throws Exception {
        List<Integer> numbers = new ArrayList<>();
        for (EncodedBatch batch = poll(signal); batch != null; batch = poll(signal)) {
            numbers.add(number(batch));
            batch.ack();
        }
        return numbers;
    }

    private void awaitRecords(long records) {
        await().until(() -> spool.records(Signal.TRACES), now -> now == records);
    }

    @Test
    void batches_areGivenInTheOrderOfTheirSignal() throws Exception {
        for (Signal signal : Signal.values()) {
            offer(signal, 1, (byte) (10 * signal.ordinal()));
        }
        for (Signal signal : Signal.values()) {
            offer(signal, 1, (byte) (10 * signal.ordinal() + 1));
        }

        for (Signal signal : Signal.values()) {
            assertThat(drain(signal)).containsExactly(10 * signal.ordinal(), 10 * signal.ordinal() + 1);
            assertThat(poll(signal)).isNull();
        }
    }

    @Test
    void records_countUntilTheyAreSettled() throws Exception {
        assertThat(spool.records(Signal.TRACES)).isZero();
        offer(3, 4);
        assertThat(spool.records(Signal.TRACES)).isEqualTo(7);
        assertThat(spool.records(Signal.LOGS)).isZero();

        EncodedBatch first = poll();
        assertThat(spool.records(Signal.TRACES)).isEqualTo(7);
        assertThat(first.records()).isEqualTo(3);

        first.ack();
        awaitRecords(4);
    }

    @Test
    void bytes_growWithWhatIsInside() throws Exception {
        long before = spool.bytes();

        offer(Signal.METRICS, 1, new byte[LARGE]);

        assertThat(spool.bytes()).isGreaterThanOrEqualTo(before + LARGE);
    }

    @Test
    void body_isAPartOfABuffer_andTheBufferIsLeftAsItIs() throws Exception {
        ByteBuffer buffer =
                ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5}).position(1).limit(4);

        assertThat(onIo(() -> spool.offer(Signal.TRACES, 1, buffer))).isTrue();

        assertThat(buffer.position()).isEqualTo(1);
        assertThat(buffer.limit()).isEqualTo(4);
        assertThat(Bytes.of(poll().body())).containsExactly(2, 3, 4);
    }

    @Test
    void batchWithoutRecords_isRefused() throws Exception {
        assertThat(offer(Signal.TRACES, 0, (byte) 1)).isFalse();

        assertThat(spool.records(Signal.TRACES)).isZero();
        assertThat(poll()).isNull();
    }

    @Test
    void batchThatWasGivenBack_comesAgainBeforeLaterOnes() throws Exception {
        offer(1, 2, 3);
        EncodedBatch first = poll();
        EncodedBatch second = poll();

        second.nack();
        first.nack();

        assertThat(drain(Signal.TRACES)).containsExactly(1, 2, 3);
        awaitRecords(0);
    }

    @Test
    void lateAnswers_doNothing() throws Exception {
        offer(1, 2);
        EncodedBatch delivered = poll();
        delivered.ack();
        delivered.ack();
        delivered.nack();
        awaitRecords(2);
        EncodedBatch returned = poll();
        assertThat(number(returned)).isEqualTo(2);
        returned.nack();
        returned.ack();

        EncodedBatch again = poll();
        returned.ack();
        returned.nack();
        onIo(() -> null);

        assertThat(number(again)).isEqualTo(2);
        assertThat(spool.records(Signal.TRACES)).isEqualTo(2);
        assertThat(poll()).isNull();
        again.ack();
        awaitRecords(0);
    }

    @Test
    void answers_inAnyOrder_settleTheirOwnBatch() throws Exception {
        offer(1, 2, 3);
        EncodedBatch first = poll();
        EncodedBatch second = poll();
        EncodedBatch third = poll();

        third.ack();
        awaitRecords(3);
        first.ack();
        awaitRecords(2);
        second.ack();
        awaitRecords(0);
    }

    @Test
    void nextRun_findsWhatWasNotSettled_inOrder() throws Exception {
        offer(1, 2, 3, 4);
        poll().ack();
        awaitRecords(9);
        EncodedBatch second = poll();
        assertThat(number(second)).isEqualTo(2);
        poll().nack();

        restart();
        spool = openSpool();

        assertThat(drain(Signal.TRACES)).containsExactly(2, 3, 4);
        awaitRecords(0);
    }

    @Test
    void fullSpool_refuses_andKeepsWhatItHas() throws Exception {
        int taken = 0;
        while (taken < MANY && offer(Signal.TRACES, 1, new byte[LARGE])) {
            taken++;
        }

        assertThat(taken).isBetween(1, MANY - 1);
        assertThat(offer(Signal.TRACES, 1, new byte[LARGE])).isFalse();
        assertThat(spool.records(Signal.TRACES)).isEqualTo(taken);
        assertThat(runtime.ledger().of(Signal.TRACES).snapshot().droppedTotal())
                .as("the caller counts what is refused")
                .isZero();
        long full = spool.bytes();
        assertThat(drain(Signal.TRACES)).hasSize(taken);
        awaitRecords(0);
        await().until(spool::bytes, now -> now < full);
        assertThat(offer(Signal.TRACES, 1, new byte[LARGE])).isTrue();
    }

    @Test
    void batch_thatIsNotCut_staysAsItWas() throws Exception {
        offer(2);
        EncodedBatch batch = poll();

        assertThat(batch.split()).isEmpty();

        assertThat(number(batch)).isEqualTo(2);
        batch.ack();
        awaitRecords(0);
    }

    @Test
    void closedSpool_takesAndGivesNothing_andLateAnswersDoNothing() throws Exception {
        offer(1, 2);
        EncodedBatch first = poll();

        spool.close();
        spool.close();

        assertThat(offer(Signal.TRACES, 1, (byte) 1)).isFalse();
        assertThat(poll()).isNull();
        first.ack();
        first.nack();
        restart();
        spool = openSpool();
        assertThat(drain(Signal.TRACES)).containsExactly(1, 2);
    }
}
