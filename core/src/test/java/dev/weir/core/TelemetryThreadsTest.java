// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TelemetryThreadsTest {

    @Test
    void create_startsTwoDaemonThreadsAndNoMore() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();

        try (TelemetryThreads threads = TelemetryThreads.create()) {
            Set<Thread> added = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread ->
                            !before.contains(thread) && thread.getName().startsWith("weir-"))
                    .collect(Collectors.toSet());

            assertThat(added).extracting(Thread::getName).containsExactlyInAnyOrder("weir-worker", "weir-io");
            assertThat(added).allMatch(Thread::isDaemon);
        }
    }

    @Test
    void close_endsTheThreadsOnlyWithTheLastReference() {
        TelemetryThreads threads = TelemetryThreads.create();
        threads.retain();

        threads.close();
        AtomicBoolean ran = new AtomicBoolean();
        assertThat(threads.worker().submit(() -> ran.set(true))).isTrue();
        await().untilTrue(ran);
        threads.close();

        await().until(() -> threads.worker().isStopped() && threads.io().isStopped());
        assertThat(threads.worker().submit(() -> {})).isFalse();
        assertThatThrownBy(threads::retain).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void close_runsTheTasksThatWait() {
        TelemetryThreads threads = TelemetryThreads.create();
        AtomicBoolean ran = new AtomicBoolean();

        threads.io().execute(() -> ran.set(true));
        threads.close();

        assertThat(ran).isTrue();
    }

    @Test
    void close_onOneOfTheThreads_doesNotWaitForItself() {
        TelemetryThreads threads = TelemetryThreads.create();
        AtomicReference<Throwable> failure = new AtomicReference<>();

        threads.worker().execute(() -> {
            try {
                threads.close();
            } catch (Throwable e) {
                failure.set(e);
            }
        });

        await().until(() -> threads.worker().isStopped() && threads.io().isStopped());
        assertThat(failure).hasNullValue();
    }

    @Test
    void close_moreOftenThanRetained_isHarmless() {
        TelemetryThreads threads = TelemetryThreads.create();

        threads.close();
        threads.close();
        threads.close();

        await().until(() -> threads.io().isStopped());
    }
}
