// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import org.jspecify.annotations.Nullable;

/**
 * Marks the running thread while it works on Weir's own connections, whichever library the code is of: log lines of that time are
 * about Weir and not about the application. Modules that capture logs ask {@link #isRunning} and skip those lines; else a receiver
 * that is down would cause lines, which cause records, which cause requests, which cause lines.
 *
 * <p>For the modules of Weir, not for applications. A thread serves the application and Weir in turn, so the mark lasts for one
 * call and no longer, and is taken off before code of the application runs that Weir calls: header sources, name resolvers, taps,
 * results reported to the SDK. Code that others call on such a connection keeps it, as it works on that connection: hooks of Reactor
 * ({@code Hooks.onOperatorError}, {@code onErrorDropped}), providers of TLS.
 *
 * <pre>{@code
 * boolean before = OwnWork.mark(true);
 * try {
 *     …
 * } finally {
 *     OwnWork.mark(before);
 * }
 * }</pre>
 *
 * <p>Thread-safe; each thread has a mark of its own. A question costs a look at a thread-local and allocates nothing; the first
 * mark of a thread allocates 24 bytes.
 */
public final class OwnWork {

    /** Of the JDK's own type, so that a thread which outlives Weir's class loader keeps none of its classes. */
    private static final ThreadLocal<boolean @Nullable []> MARK = new ThreadLocal<>();

    private OwnWork() {}

    /** Whether this thread works for Weir now. */
    public static boolean isRunning() {
        boolean[] mark = MARK.get();
        return mark != null && mark[0];
    }

    /**
     * Sets the mark of this thread, or takes it off.
     *
     * @return what it was, to be set again in a {@code finally}
     */
    public static boolean mark(boolean own) {
        boolean[] mark = MARK.get();
        if (mark == null) {
            if (!own) {
                return false;
            }
            mark = new boolean[1];
            MARK.set(mark);
        }
        boolean before = mark[0];
        mark[0] = own;
        return before;
    }

    /** Runs {@code task} with the mark. */
    public static void run(Runnable task) {
        run(true, task);
    }

    /** Runs what may be code of the application without the mark. */
    public static void pause(Runnable task) {
        run(false, task);
    }

    private static void run(boolean own, Runnable task) {
        boolean before = mark(own);
        try {
            task.run();
        } finally {
            mark(before);
        }
    }
}
