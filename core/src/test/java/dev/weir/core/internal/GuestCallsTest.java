// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.ApplicationCode;
import dev.weir.core.testing.ManualTicker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GuestCallsTest {

    private final ManualTicker ticker = new ManualTicker();
    private final List<String> lines = new CopyOnWriteArrayList<>();
    /** Kept, as java.util.logging forgets a logger that nobody holds. */
    private final Logger logger = Logger.getLogger("weir.guests");

    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord record) {
            lines.add(record.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };
    private final AtomicReference<Runnable> look = new AtomicReference<>();
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch gate = new CountDownLatch(1);
    private GuestCalls guests;

    @BeforeEach
    void start() {
        logger.addHandler(handler);
        guests = new GuestCalls(
                "a guest", "all goes on", 1, "weir.guests", ticker::nanoTime, (task, delay) -> look.set(task));
    }

    @AfterEach
    void end() {
        gate.countDown();
        logger.removeHandler(handler);
    }

    private void waits() {
        entered.countDown();
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void calls_runOneAfterTheOther_onADaemonThreadThatEndsWithThem() throws InterruptedException {
        AtomicReference<Thread> first = new AtomicReference<>();
        AtomicReference<Thread> second = new AtomicReference<>();

        assertThat(guests.offer(() -> {
                    first.set(Thread.currentThread());
                    waits();
                }))
                .isTrue();
        entered.await();
        assertThat(guests.offer(() -> second.set(Thread.currentThread()))).isTrue();
        assertThat(guests.offer(() -> {})).as("one more than may wait").isFalse();
        assertThat(second).hasNullValue();

        gate.countDown();
        await().until(() -> second.get() != null);

        assertThat(second.get()).isSameAs(first.get());
        assertThat(first.get().isDaemon()).isTrue();
        assertThat(first.get().getContextClassLoader()).isNull();
        await().until(() -> !first.get().isAlive());
    }

    @Test
    void callThatWaits_isLate_andIsToldOnceWithItsPlace() throws InterruptedException {
        guests.offer(() -> ApplicationCode.call(this::waits));
        entered.await();
        assertThat(guests.isLate()).isFalse();

        ticker.advance(GuestCalls.PATIENCE);
        look.get().run();
        look.get().run();

        assertThat(guests.isLate()).isTrue();
        assertThat(lines)
                .singleElement()
                .asString()
                .startsWith("a guest has not come back for 1.0 s at " + ApplicationCode.class.getName()
                        + ".call(ApplicationCode.java:");
        assertThat(lines.get(0)).endsWith("; all goes on");

        ticker.advance(Duration.ofSeconds(4));
        gate.countDown();
        await().until(() -> lines.size() == 2);
        assertThat(lines.get(1)).isEqualTo("a guest is back after 5.0 s");
        assertThat(guests.isLate()).isFalse();
    }

    @Test
    void callThatThrows_endsNeitherTheNextOneNorItself() {
        AtomicReference<String> ran = new AtomicReference<>();
        guests.offer(() -> {
            throw new LinkageError("guest");
        });

        await().until(() -> guests.offer(() -> ran.set("next")));
        await().until(() -> "next".equals(ran.get()));
        await().untilAsserted(() -> assertThat(lines).anyMatch(line -> line.startsWith("a guest failed")));
    }

    @Test
    void close_takesNoMore_andLeavesTheOneThatRunsAlone() throws InterruptedException {
        AtomicReference<Boolean> interrupted = new AtomicReference<>();
        guests.offer(() -> {
            waits();
            interrupted.set(Thread.currentThread().isInterrupted());
        });
        entered.await();
        AtomicReference<String> ran = new AtomicReference<>();
        guests.offer(() -> ran.set("forgotten"));

        guests.close();

        assertThat(guests.offer(() -> {})).isFalse();
        gate.countDown();
        await().until(() -> interrupted.get() != null);
        assertThat(interrupted.get()).isFalse();
        assertThat(ran).hasNullValue();
    }
}
