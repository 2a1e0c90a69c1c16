// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.core.spi.Spool;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Batches that wait beside the log records, while their place comes and goes. */
class SpoolWayBackTest extends ConservedPipeTest {

    private static <T> T onIo(TelemetryRuntime runtime, Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        runtime.threads().io().execute(future);
        return future.get(20, TimeUnit.SECONDS);
    }

    private void offer(Spool spool, int... numbers) throws Exception {
        for (int number : numbers) {
            assertThat(onIo(
                            runtime,
                            () -> spool.offer(Signal.TRACES, number, ByteBuffer.wrap(new byte[] {(byte) number}))))
                    .isTrue();
        }
    }

    private EncodedBatch poll(Spool spool) throws Exception {
        return onIo(runtime, () -> spool.poll(Signal.TRACES));
    }

    private static int number(EncodedBatch batch) {
        return Bytes.of(batch.body())[0];
    }

    @Test
    void directoryThatBecomesFree_getsWhatWaitsInMemory_andTheNextRunFindsIt() throws Exception {
        LogPipe other =
                LogPipe.builder(directory).store(StoreKind.FILE).minFreeBytes(0).build();
        LogPipe pipe = open(StoreKind.FILE);
        Spool spool = pipe.spool("otlp");
        offer(spool, 1, 2, 3);
        assertThat(spool.isDurable()).isFalse();
        EncodedBatch inHand = poll(spool);
        assertThat(number(inHand)).isEqualTo(1);

        other.close();
        await().until(spool::isDurable);
        offer(spool, 4);

        assertThat(spool.records(Signal.TRACES)).isEqualTo(1 + 2 + 3 + 4);
        inHand.nack();
        EncodedBatch again = poll(spool);
        assertThat(number(again)).isEqualTo(1);
        again.ack();
        EncodedBatch second = poll(spool);
        assertThat(number(second)).isEqualTo(2);
        await().until(() -> spool.records(Signal.TRACES) == 2 + 3 + 4);
        second.ack();
        await().until(() -> spool.records(Signal.TRACES) == 3 + 4);

        restart();
        Spool next = open(StoreKind.FILE).spool("otlp");
        List<Integer> found = new ArrayList<>();
        for (EncodedBatch batch = poll(next); batch != null; batch = poll(next)) {
            found.add(number(batch));
            batch.ack();
        }
        assertThat(found).containsExactly(3, 4);
    }

    @Test
    void batchFromMemoryThatNobodyAnswers_isInTheFileAtTheEnd() throws Exception {
        LogPipe other =
                LogPipe.builder(directory).store(StoreKind.FILE).minFreeBytes(0).build();
        Spool spool = open(StoreKind.FILE).spool("otlp");
        offer(spool, 1, 2, 3);
        EncodedBatch inHand = poll(spool);
        EncodedBatch delivered = poll(spool);
        other.close();
        await().until(spool::isDurable);
        inHand.nack();
        delivered.ack();

        restart();

        Spool next = open(StoreKind.FILE).spool("otlp");
        List<Integer> found = new ArrayList<>();
        for (EncodedBatch batch = poll(next); batch != null; batch = poll(next)) {
            found.add(number(batch));
            batch.ack();
        }
        assertThat(found).containsExactlyInAnyOrder(1, 3);
    }

    @Test
    void placeThatCannotBeUsed_isTriedAgain() throws Exception {
        Files.writeString(directory.resolve("spool"), "a file where the folder should be");
        Spool spool = open(StoreKind.FILE).spool("otlp");
        offer(spool, 1, 2);
        assertThat(spool.isDurable()).isFalse();

        Files.delete(directory.resolve("spool"));

        await().until(spool::isDurable);
        offer(spool, 3);
        assertThat(number(poll(spool))).isEqualTo(1);
        assertThat(number(poll(spool))).isEqualTo(2);
        assertThat(number(poll(spool))).isEqualTo(3);
    }
}
