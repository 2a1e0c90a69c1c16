// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Ledger;
import dev.weir.core.Signal;
import dev.weir.core.SignalLedger;
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
