// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weir.core.CloseReport;
import dev.weir.core.DropReason;
import dev.weir.core.Signal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SpillTest extends ExportTestBase {

    private static final long PLENTY = 64 << 20;

    @TempDir
    Path directory;

    private FileSpool spool;

    @BeforeEach
    void makeSpool() {
        spool = new FileSpool(directory, PLENTY);
    }

    @Test
    void outage_spillsAndReplaysInOrderWithoutLoss() {
        int port = receiver.port();
        receiver.close();
        use(builder("http://127.0.0.1:" + port).spool(spool));
        spansInBatches(0, 10);
        await().atMost(LONG)
                .until(() -> export.status().of(Signal.TRACES).state().equals("down"));
        spansInBatches(10, 20);
        await().atMost(LONG).until(() -> spool.records(Signal.TRACES) > 0);
        assertConserved();

        receiver = new Receiver(port);

        await().atMost(LONG).until(() -> account(Signal.TRACES).delivered() == 1_000);
        assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(names(1_000));
        await().until(() -> spool.records(Signal.TRACES) == 0);
        assertConserved();
    }

    private void spansInBatches(int from, int to) {
        for (int i = from; i < to; i++) {
            spans(50);
            int now = (i + 1) * 50;
            await().until(() -> account(Signal.TRACES).queued() == now);
        }
    }

    @Test
    void outage_keepsMemoryFlat() {
        receiver.answerAlways(Receiver.status(503));
        use(builder()
                .runtime(runtime(Map.of("weir.otlp.memory.bytes", "64k", "weir.otlp.batch.bytes", "16k")))
                .spool(spool));

        for (int i = 0; i < 40; i++) {
            spans(500);
            int now = (i + 1) * 500;
            await().until(() -> account(Signal.TRACES).produced() == now);
            await().until(() -> export.status().of(Signal.TRACES).queueRecords() < 400);
        }

        assertThat(account(Signal.TRACES).queued()).isEqualTo(20_000);
        assertThat(export.status().of(Signal.TRACES).memoryBytes()).isLessThan(64 * 1024 + 4 * 20_000);
        assertThat(spool.records(Signal.TRACES)).isGreaterThan(15_000);
        assertConserved();

        receiver.answerAlways(Receiver.OK);
        await().atMost(LONG).until(() -> account(Signal.TRACES).delivered() == 20_000);
        assertThat(receiver.names("traces")).hasSize(20_000).doesNotHaveDuplicates();
        assertConserved();
    }

    @Test
    void always_everyBatchGoesThroughTheSpool() {
        use(builder().spool(spool).durability(Durability.ALWAYS));

        spans(100);

        await().until(() -> account(Signal.TRACES).delivered() == 100);
        assertThat(spool.offers.get()).isPositive();
        assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(names(100));
        await().until(() -> spool.records(Signal.TRACES) == 0);
        assertConserved();
    }

    @Test
    void restart_deliversWhatTheEarlierRunStored() {
        int port = receiver.port();
        receiver.close();
        use(builder("http://127.0.0.1:" + port).spool(spool));
        spans(200);
        CloseReport report = export.close(Duration.ofSeconds(1));
        assertThat(report).isEqualTo(new CloseReport(0, 200, 0));
        assertConserved();

        receiver = new Receiver(port);
        use(builder().spool(new FileSpool(directory, PLENTY)));

        await().atMost(LONG).until(() -> account(Signal.TRACES).delivered() == 200);
        assertThat(account(Signal.TRACES).recovered()).isEqualTo(200);
        assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(names(200));
        assertConserved();
    }

    static Stream<Runnable> whenBroken() {
        return Stream.of(
                () -> {},
                () -> {
                    throw new IllegalStateException("broken");
                },
                () -> {
                    throw new NoClassDefFoundError("broken");
                });
    }

    @ParameterizedTest
    @MethodSource("whenBroken")
    void brokenDisk_losesNothingThatWasAccepted(Runnable whenBroken) {
        spool.whenBroken = whenBroken;
        spool.broken = true;
        receiver.answerAlways(Receiver.status(503));
        use(builder()
                .spool(spool)
                .runtime(runtime(Map.of("weir.otlp.memory.bytes", "64k", "weir.otlp.queue.records", "256"))));
        AtomicInteger made = new AtomicInteger();
        await().atMost(LONG).until(() -> {
            spans(100);
            made.addAndGet(100);
            return spool.offers.get() > 1 && account(Signal.TRACES).dropped().containsKey(DropReason.SEVERITY_RESERVE);
        });
        long accepted = account(Signal.TRACES).queued();
        assertConserved();

        spool.broken = false;
        receiver.answerAlways(Receiver.OK);

        await().atMost(LONG).until(() -> account(Signal.TRACES).delivered() == accepted);
        assertThat(account(Signal.TRACES).produced()).isEqualTo(made.get());
        assertConserved();
    }

    @Test
    void recordsThatTheSpoolLetGo_areCounted() {
        receiver.answerAlways(Receiver.status(503));
        use(builder()
                .spool(spool)
                .durability(Durability.ALWAYS)
                .runtime(runtime(Map.of("weir.otlp.concurrency.max", "1"))));
        for (int i = 1; i <= 12; i++) {
            spans(10);
            int now = i * 10;
            await().until(() -> spool.records(Signal.TRACES) == now);
        }
        int expired = spool.expireOldest(export.ledger());

        receiver.answerAlways(Receiver.OK);

        await().atMost(LONG).until(() -> account(Signal.TRACES).queued() == 0);
        assertThat(account(Signal.TRACES).dropped()).containsEntry(DropReason.AGED, (long) expired);
        assertConserved();
    }

    @Test
    void durabilityWithoutASpool_isRefused() {
        assertThatThrownBy(() -> builder().durability(Durability.ALWAYS).build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("weir.otlp.durability is \"always\" (from the program), which needs a spool;"
                        + " allowed without one: memory");
    }

    @Test
    void durabilitySetting_withoutASpool_isRefusedAndNotIgnored() {
        assertThatThrownBy(() -> builder()
                        .runtime(runtime(Map.of("weir.otlp.durability", "always")))
                        .build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("weir.otlp.durability is \"always\" (from the program), which needs a spool;"
                        + " allowed without one: memory");
    }

    @Test
    void durabilityMemory_needsNoSpool() {
        use(builder().runtime(runtime(Map.of("weir.otlp.durability", "memory"))));

        spans(3);

        assertThat(export.flush(LONG).block()).isTrue();
        assertConserved();
    }
}
