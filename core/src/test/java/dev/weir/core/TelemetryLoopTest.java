// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weir.core.testing.ManualTicker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TelemetryLoopTest {

    private final ManualTicker ticker = new ManualTicker(Long.MAX_VALUE - 500_000_000L, 0);
    private final TelemetryThreads threads = TelemetryThreads.create(ticker);
    private final TelemetryLoop loop = threads.worker();

    @AfterEach
    void close() {
        threads.close();
    }

    @Test
    void submit_keepsTheOrder() {
        List<Integer> seen = new CopyOnWriteArrayList<>();

        for (int i = 0; i < 1000; i++) {
            int n = i;
            assertThat(loop.submit(() -> seen.add(n))).isTrue();
        }

        await().until(() -> seen.size() == 1000);
        assertThat(seen).isSorted();
    }

    @Test
    void task_thatThrows_isCountedAndTheNextRuns() {
        CountDownLatch next = new CountDownLatch(1);

        loop.execute(() -> {
            throw new AssertionError("from a task");
        });
        loop.execute(next::countDown);

        await().until(() -> next.getCount() == 0);
        assertThat(loop.failures()).isEqualTo(1);
    }

    @Test
    void duty_thatThrows_isCountedAndRepeatedStill() {
        AtomicInteger calls = new AtomicInteger();

        try (Registration duty = loop.addDuty(Duration.ofMillis(1), () -> {
            calls.incrementAndGet();
            throw new IllegalStateException("from a duty");
        })) {
            await().until(() -> calls.get() > 3);
        }

        assertThat(loop.failures()).isGreaterThanOrEqualTo(3);
    }

    @Test
    void duty_thatThrowsWhenAskedForItsRest_isCountedAndRepeatedStill() {
        AtomicInteger calls = new AtomicInteger();
        Duty broken = idle(calls, () -> {
            throw new IllegalStateException("from a duty");
        });
        try (Registration duty = loop.addDuty(Duration.ofMillis(1), broken)) {
            await().until(() -> calls.get() > 3);
        }

        assertThat(loop.failures()).isGreaterThanOrEqualTo(3);
    }

    /** Sleeps so that a loop that goes on polling would be seen. */
    @Test
    void duty_thatHasNothingToDoForLong_isNotAskedAgain_untilTheLoopIsWoken() throws InterruptedException {
        AtomicInteger calls = new AtomicInteger();
        Duty patient = idle(calls, () -> Duration.ofMinutes(1).toNanos());
        try (Registration duty = loop.addDuty(Duration.ofMillis(1), patient)) {
            await().until(() -> calls.get() > 0);
            settle();
            Thread.sleep(100);
            int before = calls.get();

            assertThat(before).isLessThan(10);
            loop.wake();
            await().until(() -> calls.get() > before);
        }
    }

    @Test
    void rest_isThatOfTheNextDeadline_howeverManyDutiesAndTimersThereAre() {
        for (int i = 1; i <= 100; i++) {
            Duration own = Duration.ofSeconds(i);
            loop.addDuty(Duration.ofMillis(1), idle(new AtomicInteger(), own::toNanos));
            loop.schedule(own.plusMillis(1), () -> {});
        }

        assertThat(rest()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void rest_doesNotEndForATimerThatWasCancelled() {
        loop.schedule(Duration.ofMillis(10), () -> {}).close();
        loop.execute(() -> loop.schedule(Duration.ofMillis(20), () -> {}).close());
        loop.schedule(Duration.ofSeconds(5), () -> {});
        settle();

        assertThat(rest()).isEqualTo(Duration.ofSeconds(5));
    }

    private Duration rest() {
        CompletableFuture<Long> rest = new CompletableFuture<>();
        loop.execute(() -> rest.complete(loop.restNanos()));
        return Duration.ofNanos(rest.join());
    }

    @Test
    void schedule_runsWhenItsTimeHasCome_alsoAcrossTheOverflowOfTheClock() {
        AtomicInteger runs = new AtomicInteger();
        loop.schedule(Duration.ofSeconds(1), runs::incrementAndGet);
        settle();

        ticker.advance(Duration.ofMillis(999));
        settle();
        assertThat(runs).hasValue(0);

        ticker.advance(Duration.ofMillis(1));
        await().until(() -> runs.get() == 1);
    }

    @Test
    void schedule_whenCancelled_doesNotRun() {
        AtomicInteger runs = new AtomicInteger();
        Registration timer = loop.schedule(Duration.ofSeconds(1), runs::incrementAndGet);

        timer.close();
        ticker.advance(Duration.ofSeconds(2));
        settle();

        assertThat(runs).hasValue(0);
    }

    @Test
    void scheduleEvery_afterALongPause_runsOnceAndNotForEveryMissedPeriod() {
        AtomicInteger runs = new AtomicInteger();
        loop.scheduleEvery(Duration.ofSeconds(1), runs::incrementAndGet);
        settle();

        ticker.advance(Duration.ofHours(1));
        await().until(() -> runs.get() >= 1);
        settle();
        assertThat(runs).hasValue(1);
        ticker.advance(Duration.ofSeconds(1));
        await().until(() -> runs.get() == 2);
    }

    @Test
    void scheduleEvery_acrossTheOverflowOfTheClock_keepsItsPeriod() {
        AtomicInteger runs = new AtomicInteger();
        loop.scheduleEvery(Duration.ofMillis(200), runs::incrementAndGet);
        settle();

        for (int i = 1; i <= 5; i++) {
            int expected = i;
            ticker.advance(Duration.ofMillis(200));
            await().until(() -> runs.get() == expected);
            settle();
        }

        assertThat(runs).hasValue(5);
    }

    @Test
    void scheduleEvery_whenTheNextRunIsDueBeforeThisOneEnds_doesNotSkipIt() {
        AtomicInteger runs = new AtomicInteger();
        loop.scheduleEvery(Duration.ofSeconds(1), () -> {
            if (runs.incrementAndGet() < 5) {
                ticker.advance(Duration.ofSeconds(1));
            }
        });
        settle();

        ticker.advance(Duration.ofSeconds(1));

        await().until(() -> runs.get() == 5);
    }

    @Test
    void scheduleEvery_whenClosedByItsOwnTask_stops() {
        AtomicInteger runs = new AtomicInteger();
        Registration[] self = new Registration[1];
        self[0] = loop.scheduleEvery(Duration.ofSeconds(1), () -> {
            runs.incrementAndGet();
            self[0].close();
        });
        settle();

        for (int i = 0; i < 5; i++) {
            ticker.advance(Duration.ofSeconds(1));
            settle();
        }

        assertThat(runs).hasValue(1);
    }

    @Test
    void scheduleEvery_withoutAPeriod_isRefused() {
        assertThatThrownBy(() -> loop.scheduleEvery(Duration.ZERO, () -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT0S");
    }

    @Test
    void submit_whenFull_isRefusedAndCounted() {
        CountDownLatch release = new CountDownLatch(1);
        AtomicBoolean blocked = new AtomicBoolean();
        loop.execute(() -> {
            blocked.set(true);
            awaitQuietly(release);
        });
        await().untilTrue(blocked);

        for (int i = 0; i < TelemetryLoop.MAX_TASKS; i++) {
            assertThat(loop.submit(() -> {})).isTrue();
        }
        boolean oneMore = loop.submit(() -> {});
        release.countDown();

        assertThat(oneMore).isFalse();
        assertThat(loop.refusals()).isEqualTo(1);
    }

    @Test
    void duty_isRepeatedAtItsIdleTimeWithoutAnyWake() {
        AtomicInteger calls = new AtomicInteger();

        try (Registration duty = loop.addDuty(Duration.ofMillis(1), () -> {
            calls.incrementAndGet();
            return 0;
        })) {
            await().until(() -> calls.get() >= 10);
        }
    }

    @Test
    void interrupt_ofTheThread_doesNotStopIt() {
        AtomicInteger runs = new AtomicInteger();
        loop.execute(() -> Thread.currentThread().interrupt());

        loop.execute(runs::incrementAndGet);

        await().until(() -> runs.get() == 1);
    }

    /** Never finds work. */
    private static Duty idle(AtomicInteger calls, LongSupplier restNanos) {
        return new Duty() {
            @Override
            public int doWork() {
                calls.incrementAndGet();
                return 0;
            }

            @Override
            public long restNanos(long idleNanos) {
                return restNanos.getAsLong();
            }
        };
    }

    private void settle() {
        CountDownLatch done = new CountDownLatch(2);
        loop.execute(() -> loop.execute(done::countDown));
        loop.execute(done::countDown);
        await().until(() -> done.getCount() == 0);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
