// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.testing.LedgerAssert;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LedgerTest {

    private final Ledger ledger = new Ledger();
    private final SignalLedger traces = ledger.of(Signal.TRACES);

    @Test
    void snapshot_afterEveryKindOfExit_balances() {
        AtomicLong held = new AtomicLong(4);
        traces.holds(held::get);

        traces.accepted(10);
        traces.recovered(5);
        traces.refused(DropReason.QUEUE_FULL, 3);
        traces.delivered(9);
        traces.dropped(DropReason.REJECTED, 2);

        LedgerSnapshot account = traces.snapshot();
        assertThat(account.produced()).isEqualTo(18);
        assertThat(account.recovered()).isEqualTo(5);
        assertThat(account.delivered()).isEqualTo(9);
        assertThat(account.queued()).isEqualTo(4);
        assertThat(account.dropped())
                .containsOnly(
                        java.util.Map.entry(DropReason.QUEUE_FULL, 3L), java.util.Map.entry(DropReason.REJECTED, 2L));
        LedgerAssert.assertConserved(ledger);
    }

    @Test
    void assertConserved_whenARoomHoldsLessThanIsQueued_fails() {
        traces.accepted(2);
        traces.holds(() -> 1);

        assertThatThrownBy(() -> LedgerAssert.assertConserved(ledger))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("queued 2 but the modules hold 1");
    }

    @Test
    void assertConserved_whenMoreLeftThanCameIn_fails() {
        traces.delivered(1);

        assertThatThrownBy(() -> LedgerAssert.assertConserved(ledger)).hasMessageContaining("negative column");
    }

    @Test
    void holds_afterItsRegistrationIsClosed_isNotCounted() {
        Registration registration = traces.holds(() -> 7);

        registration.close();

        assertThat(traces.snapshot().held()).isZero();
    }

    @Test
    void counting_byManyThreads_losesNothingAndNoReadingIsNegative() throws Exception {
        int threads = 4;
        int rounds = 50_000;
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> writers = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            Thread writer = new Thread(() -> {
                awaitQuietly(start);
                for (int i = 0; i < rounds; i++) {
                    traces.accepted(2);
                    traces.refused(DropReason.TOO_LARGE, 1);
                    traces.delivered(1);
                    traces.dropped(DropReason.AGED, 1);
                }
            });
            writer.start();
            writers.add(writer);
        }
        start.countDown();
        while (writers.stream().anyMatch(Thread::isAlive)) {
            LedgerSnapshot reading = traces.snapshot();
            assertThat(reading.queued()).as(reading.toString()).isNotNegative();
            assertThat(reading.produced()).isEqualTo(reading.delivered() + reading.queued() + reading.droppedTotal());
        }
        for (Thread writer : writers) {
            writer.join();
        }

        LedgerSnapshot account = traces.snapshot();
        assertThat(account.produced()).isEqualTo(3L * threads * rounds);
        assertThat(account.queued()).isZero();
        LedgerAssert.assertConserved(ledger);
    }

    @Test
    void toString_namesEveryColumnAndReason() {
        traces.accepted(3);
        traces.delivered(1);
        traces.dropped(DropReason.UNDELIVERABLE, 1);

        assertThat(traces.snapshot())
                .hasToString("traces: produced 3 = delivered 1 + queued 1 + dropped 1 {undeliverable=1}");
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void accounts_cannotBeRemoved() {
        Ledger ledger = new Ledger();

        assertThatThrownBy(() -> ledger.signals().clear()).isInstanceOf(UnsupportedOperationException.class);

        assertThat(ledger.signals()).hasSize(Signal.values().length);
    }
}
