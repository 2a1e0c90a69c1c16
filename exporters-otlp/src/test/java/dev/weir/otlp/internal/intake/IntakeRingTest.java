// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Ledger;
import dev.weir.core.Signal;
import dev.weir.core.SignalLedger;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class IntakeRingTest {

    private final SignalLedger account = new Ledger().of(Signal.TRACES);

    private IntakeRing<Integer> ring(int records, long bytes) {
        return new IntakeRing<>(account, records, bytes, bytes);
    }

    @Test
    void take_givesRecordsInOrder() {
        IntakeRing<Integer> ring = ring(16, 1 << 20);
        for (int round = 0; round < 100; round++) {
            for (int i = 0; i < 10; i++) {
                assertThat(ring.offer(i, 100, false)).isNotNegative();
            }
            for (int i = 0; i < 10; i++) {
                assertThat(ring.take()).isEqualTo(i);
            }
            assertThat(ring.take()).isNull();
            ring.release();
            assertThat(ring.size()).isZero();
            assertThat(ring.bytes()).isZero();
        }
        assertThat(account.snapshot().produced()).isEqualTo(1_000);
    }

    @Test
    void offer_whenRecordsAreUsedUp_keepsAnEighthForUrgentOnes() {
        IntakeRing<Integer> ring = ring(64, 1 << 20);
        for (int i = 0; i < 56; i++) {
            assertThat(ring.offer(i, 16, false)).isNotNegative();
        }
        assertThat(ring.offer(0, 16, false)).isEqualTo(IntakeRing.RESERVED);
        for (int i = 0; i < 8; i++) {
            assertThat(ring.offer(i, 16, true)).isNotNegative();
        }
        assertThat(ring.offer(0, 16, true)).isEqualTo(IntakeRing.FULL);
        assertThat(ring.offer(0, 16, false)).isEqualTo(IntakeRing.FULL);
        assertThat(account.snapshot().produced()).isEqualTo(64);
    }

    @Test
    void offer_whenBytesAreUsedUp_isRefused() {
        IntakeRing<Integer> ring = ring(1024, 1600);
        for (int i = 0; i < 14; i++) {
            assertThat(ring.offer(i, 100, false)).as("record %d", i).isNotNegative();
            if (ring.bytes() + 112 > 1400) {
                break;
            }
        }
        assertThat(ring.offer(0, 100, false)).isEqualTo(IntakeRing.RESERVED);
        assertThat(ring.offer(0, 100, true)).isNotNegative();
    }

    @Test
    void offer_whenEmpty_takesARecordLargerThanTheBound() {
        IntakeRing<Integer> ring = ring(64, 1024);

        assertThat(ring.offer(1, 1 << 20, false)).isNotNegative();
        assertThat(ring.offer(2, 16, true)).isEqualTo(IntakeRing.FULL);
        assertThat(ring.take()).isEqualTo(1);
        ring.release();
        assertThat(ring.offer(2, 16, false)).isNotNegative();
    }

    @Test
    void totals_mayPassTheirWidth() {
        IntakeRing<Integer> ring = ring(8, 1L << 34);
        for (int i = 0; i < 200; i++) {
            assertThat(ring.offer(i, 1 << 30, false)).as("record %d", i).isNotNegative();
            assertThat(ring.take()).isEqualTo(i);
            ring.release();
            assertThat(ring.bytes()).isZero();
        }
    }

    @Test
    void manyProducers_loseAndDoubleNothing() throws Exception {
        int producers = 4;
        int each = 200_000;
        IntakeRing<Integer> ring = ring(1024, 1 << 20);
        AtomicLong refused = new AtomicLong();
        CountDownLatch done = new CountDownLatch(producers);
        for (int p = 0; p < producers; p++) {
            int producer = p;
            new Thread(() -> {
                        for (int i = 0; i < each; i++) {
                            if (ring.offer(producer * each + i, 48, false) < 0) {
                                refused.incrementAndGet();
                                Thread.onSpinWait();
                            }
                        }
                        done.countDown();
                    })
                    .start();
        }
        List<Integer> taken = new ArrayList<>();
        while (done.getCount() > 0 || ring.size() > 0) {
            for (Integer record; (record = ring.take()) != null; ) {
                taken.add(record);
            }
            ring.release();
        }

        assertThat(taken.size() + refused.get()).isEqualTo((long) producers * each);
        assertThat(account.snapshot().produced()).isEqualTo(taken.size());
        assertThat(taken).doesNotHaveDuplicates();
        int[] last = {-1, -1, -1, -1};
        for (int record : taken) {
            assertThat(record % each).isGreaterThan(last[record / each]);
            last[record / each] = record % each;
        }
    }

    /** As a producer that died after it had claimed its slot. */
    private static void die(IntakeRing<Integer> ring) throws ReflectiveOperationException {
        MethodHandles.privateLookupIn(IntakeRing.class, MethodHandles.lookup())
                .findVarHandle(IntakeRing.class, "claimed", long.class)
                .getAndAdd(ring, (7L << 32) + 1);
    }

    @Test
    void slotOfADeadProducer_isGivenUpAfterAWhile() throws Exception {
        IntakeRing<Integer> ring = ring(16, 1 << 20);
        die(ring);
        ring.offer(1, 100, false);

        assertThat(ring.take()).isNull();
        assertThat(ring.giveUpStuck(5)).isFalse();
        assertThat(ring.giveUpStuck(5 + IntakeRing.STUCK_NANOS - 1)).isFalse();
        assertThat(ring.giveUpStuck(5 + IntakeRing.STUCK_NANOS)).isTrue();

        assertThat(ring.take()).isEqualTo(1);
        ring.release();
        assertThat(ring.size()).isZero();
        assertThat(ring.bytes()).isZero();
        assertThat(account.snapshot().produced()).isEqualTo(2);
    }

    @Test
    void producerThatWasSlow_fillsNoSlotOfAnother_howeverLate() throws Exception {
        IntakeRing<Integer> ring = ring(8, 1 << 20);
        int claim = ring.mark();
        die(ring);
        ring.giveUpStuck(0);
        assertThat(ring.giveUpStuck(IntakeRing.STUCK_NANOS)).isTrue();

        ring.fill(claim, -1, 1);

        assertThat(ring.take()).isNull();
        ring.release();
        for (int i = 0; i < 30; i++) {
            ring.offer(i, 100, false);
            ring.fill(claim, -1, 1);
            assertThat(ring.take()).isEqualTo(i);
            ring.fill(claim, -1, 1);
            assertThat(ring.take()).isNull();
            ring.release();
            assertThat(ring.bytes()).isZero();
        }
    }

    @Test
    void slotThatIsGivenUpTwice_knowsBothProducers() throws Exception {
        IntakeRing<Integer> ring = ring(8, 1 << 20);
        for (int lap = 0; lap < 2; lap++) {
            die(ring);
            ring.giveUpStuck(0);
            assertThat(ring.giveUpStuck(IntakeRing.STUCK_NANOS)).isTrue();
            for (int i = 1; i < 8; i++) {
                ring.offer(i, 16, false);
                assertThat(ring.take()).isEqualTo(i);
                ring.release();
            }
        }

        ring.fill(0, -1, 1);
        ring.fill(8, -1, 1);

        assertThat(ring.take()).isNull();
        ring.offer(5, 16, false);
        assertThat(ring.take()).isEqualTo(5);
    }

    @Test
    void stackOverflowsAnywhereInAnOffer_leaveTheRingUsable() throws Exception {
        IntakeRing<Integer> ring = ring(1 << 16, 1L << 30);
        Thread thread = new Thread(
                null,
                () -> {
                    int deepest = 0;
                    try {
                        for (; ; deepest += 64) {
                            offerAt(deepest, ring);
                        }
                    } catch (StackOverflowError expected) {
                        deepest += 64;
                    }
                    for (int depth = Math.max(0, deepest - 2_000); depth < deepest; depth++) {
                        try {
                            offerAt(depth, ring);
                        } catch (StackOverflowError expected) {
                            continue;
                        }
                    }
                },
                "deep",
                256 << 10);
        thread.start();
        thread.join();
        ring.offer(-1, 48, false);

        long gone = 0;
        long now = 0;
        Integer last = null;
        while (ring.size() > 0) {
            for (Integer record; (record = ring.take()) != null; gone++) {
                last = record;
            }
            gone += ring.giveUpStuck(now += IntakeRing.STUCK_NANOS) ? 1 : 0;
            ring.release();
        }

        assertThat(last).isEqualTo(-1);
        assertThat(account.snapshot().produced()).isEqualTo(gone);
        assertThat(ring.bytes()).isZero();
    }

    private static void offerAt(int depth, IntakeRing<Integer> ring) {
        if (depth > 0) {
            offerAt(depth - 1, ring);
        } else {
            ring.offer(1, 48, false);
        }
    }

    @Test
    void offer_allocatesNothing() {
        IntakeRing<Integer> ring = ring(1024, 1 << 20);
        Integer record = 1;
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().getId();
        long bytes = 0;
        for (int round = 0; round < 200; round++) {
            long before = threads.getThreadAllocatedBytes(id);
            for (int i = 0; i < 800; i++) {
                ring.offer(record, 48, false);
            }
            bytes = threads.getThreadAllocatedBytes(id) - before;
            while (ring.take() != null) {
                continue;
            }
            ring.release();
        }
        assertThat(bytes).isLessThan(800);
    }
}
