// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.metric;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import reactor.core.scheduler.NonBlocking;

/** Runs benchmarks on threads that look like event loops. Named by {@code -Djmh.executor.class}. */
public final class Loops extends ThreadPoolExecutor {

    /** Called by JMH. */
    public Loops(int threads, String prefix) {
        super(threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> new Loop(task, prefix));
    }

    private static final class Loop extends Thread implements NonBlocking {
        Loop(Runnable task, String prefix) {
            super(task, prefix);
            setDaemon(true);
        }
    }
}
