// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.pipe;

import dev.weir.core.TelemetryLoop;
import dev.weir.core.internal.Deadline;
import java.util.concurrent.CountDownLatch;

/** Runs a task on a loop and waits for its end. Stateless. */
public final class LoopCall {

    private LoopCall() {}

    /**
     * Runs {@code task} on the thread of {@code loop}, at once when this is that thread. Waits for its end until {@code until},
     * interrupted or not. What the task throws goes to the loop.
     *
     * @return whether another thread runs it or has run it; false when this thread has run it or when the loop has ended
     */
    public static boolean run(TelemetryLoop loop, Runnable task, Deadline until) {
        if (loop.inLoop()) {
            task.run();
            return false;
        }
        CountDownLatch done = new CountDownLatch(1);
        boolean taken = loop.submit(() -> {
            try {
                task.run();
            } finally {
                done.countDown();
            }
        });
        if (taken) {
            until.await(done);
        }
        return taken;
    }
}
