// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import reactor.core.scheduler.NonBlocking;

/** Threads of JMH that are those of an event loop: Netty's thread-locals and caches are the ones that a server has. */
public final class LoopThreads extends ThreadPoolExecutor {

    /** Called by JMH. */
    public LoopThreads(int threads, String name) {
        super(threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> new LoopThread(task, name));
        Quiet.logs();
    }

    private static final class LoopThread extends FastThreadLocalThread implements NonBlocking {

        LoopThread(Runnable task, String name) {
            super(task, name);
            setDaemon(true);
        }
    }
}
