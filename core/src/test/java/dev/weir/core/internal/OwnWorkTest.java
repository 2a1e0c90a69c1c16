// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class OwnWorkTest {

    @Test
    void mark_lastsForOneCall_nestsAndMayPause() {
        List<Boolean> seen = new ArrayList<>();
        Runnable look = () -> seen.add(OwnWork.isRunning());

        look.run();
        OwnWork.run(() -> {
            OwnWork.run(look);
            OwnWork.pause(look);
            look.run();
        });
        look.run();

        assertThat(seen).containsExactly(false, true, false, true, false);
    }

    @Test
    void mark_whenTheTaskThrows_isWhatItWas() {
        assertThatThrownBy(() -> OwnWork.run(() -> {
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");

        assertThat(OwnWork.isRunning()).isFalse();
    }

    @Test
    void mark_isOfOneThread() throws Exception {
        AtomicBoolean other = new AtomicBoolean(true);

        boolean before = OwnWork.mark(true);
        try {
            Thread thread = new Thread(() -> other.set(OwnWork.isRunning()));
            thread.start();
            thread.join();
        } finally {
            OwnWork.mark(before);
        }

        assertThat(other).isFalse();
    }

    @Test
    void questionAndMark_allocateNothing() {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().getId();
        ask(10_000);

        long before = threads.getThreadAllocatedBytes(thread);
        int marked = ask(100_000);
        long allocated = threads.getThreadAllocatedBytes(thread) - before;

        assertThat(marked).isEqualTo(100_000);
        assertThat(allocated).isLessThan(100_000);
    }

    private static int ask(int times) {
        int marked = 0;
        for (int i = 0; i < times; i++) {
            boolean before = OwnWork.mark(true);
            marked += OwnWork.isRunning() ? 1 : 0;
            OwnWork.mark(before);
            marked -= OwnWork.isRunning() ? 1 : 0;
        }
        return marked;
    }
}
