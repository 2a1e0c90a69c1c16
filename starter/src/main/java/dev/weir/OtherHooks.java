// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ForkJoinWorkerThread;

/**
 * Whether shutdown hooks of the application are at work. The JVM does not name them, so this finds them by what they cannot be:
 * a hook is started when the JVM ends, so it is none of the threads that were running at the last {@link #look}; as a rule it is no daemon; and
 * no thread of a pool, a timer or an event loop. A thread of another kind that is younger than the last look is taken for one.
 * Thread-safe.
 */
final class OtherHooks {

    /** By name: looked for in the frames of a thread that lends itself to tasks of others. */
    private static final Set<String> LENDERS = Set.of(
            "java.util.concurrent.ThreadPoolExecutor$Worker",
            "java.util.TimerThread",
            "io.netty.util.concurrent.FastThreadLocalRunnable");

    /** Frames of a thread that waits for the end of the JVM. */
    private static final String END_OF_THE_JVM = "java.lang.Shutdown";

    private final String own;

    private volatile Set<Long> known = Set.of();

    /** @param own the name of the class whose frames are in the threads of Weir's own hooks */
    OtherHooks(String own) {
        this.own = own;
    }

    /** The threads that are alive now are no hooks. To be called before the JVM ends, again and again. */
    void look() {
        ThreadGroup all = Thread.currentThread().getThreadGroup();
        for (ThreadGroup parent = all.getParent(); parent != null; parent = parent.getParent()) {
            all = parent;
        }
        Thread[] threads = new Thread[all.activeCount() + 16];
        int count = all.enumerate(threads);
        Set<Long> now = new HashSet<>();
        for (int i = 0; i < count; i++) {
            if (!threads[i].isDaemon()) {
                now.add(threads[i].getId());
            }
        }
        known = now;
    }

    boolean areAlive() {
        for (Map.Entry<Thread, StackTraceElement[]> each :
                Thread.getAllStackTraces().entrySet()) {
            if (isHook(each.getKey(), each.getValue())) {
                return true;
            }
        }
        return false;
    }

    private boolean isHook(Thread thread, StackTraceElement[] frames) {
        if (thread == Thread.currentThread()
                || thread.isDaemon()
                || thread instanceof ForkJoinWorkerThread
                || known.contains(thread.getId())) {
            return false;
        }
        for (StackTraceElement frame : frames) {
            String type = frame.getClassName();
            if (type.equals(END_OF_THE_JVM) || LENDERS.contains(type) || type.equals(own)) {
                return false;
            }
        }
        return true;
    }
}
