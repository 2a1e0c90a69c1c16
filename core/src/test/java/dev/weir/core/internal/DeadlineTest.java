// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeadlineTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    @AfterEach
    void forgetTheInterrupt() {
        Thread.interrupted();
    }

    private static void countDownSoon(CountDownLatch latch, Thread waiting) {
        Thread other = new Thread(() -> {
            while (waiting.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            waiting.interrupt();
            waiting.interrupt();
            latch.countDown();
        });
        other.start();
    }

    @Test
    void await_onAnInterruptedThread_waitsAndKeepsTheFlag() {
        CountDownLatch latch = new CountDownLatch(1);
        Thread.currentThread().interrupt();
        countDownSoon(latch, Thread.currentThread());

        assertThat(Deadline.in(LONG).await(latch)).isTrue();

        assertThat(Thread.currentThread().isInterrupted()).isTrue();
    }

    @Test
    void await_withoutAnInterrupt_setsNoFlag() {
        assertThat(Deadline.in(LONG).await(new CountDownLatch(0))).isTrue();

        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void await_ofAFuture_isTrueOnceItIsDoneInAnyWay() {
        assertThat(Deadline.in(LONG).await(CompletableFuture.completedFuture(1)))
                .isTrue();
        assertThat(Deadline.in(LONG).await(CompletableFuture.failedFuture(new IllegalStateException())))
                .isTrue();
        assertThat(Deadline.in(Duration.ZERO).await(new CompletableFuture<>())).isFalse();
    }

    @Test
    void await_interruptedAgainAndAgain_triesUntilTheEnd() {
        AtomicInteger interrupts = new AtomicInteger();

        boolean came = Deadline.in(LONG).await(nanos -> {
            if (interrupts.incrementAndGet() < 5) {
                throw new InterruptedException();
            }
            return nanos > 0;
        });

        assertThat(came).isTrue();
        assertThat(interrupts).hasValue(5);
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void in_noTime_isOver(long seconds) {
        Deadline deadline = Deadline.in(Duration.ofSeconds(seconds));

        assertThat(deadline.isOver()).isTrue();
        assertThat(deadline.left()).isZero();
        assertThat(deadline.await(new CountDownLatch(1))).isFalse();
    }

    @Test
    void in_moreTimeThanThereIs_isAYear() {
        Deadline deadline = Deadline.in(Duration.ofSeconds(Long.MAX_VALUE));

        assertThat(deadline.isOver()).isFalse();
        assertThat(deadline.left()).isGreaterThan(Duration.ofDays(364)).isLessThanOrEqualTo(Duration.ofDays(365));
    }
}
