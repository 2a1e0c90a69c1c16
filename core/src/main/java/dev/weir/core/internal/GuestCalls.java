// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls code of the application that may wait for as long as it likes: one call after the other, on a daemon thread that lives
 * only while there are calls. No thread of Weir waits for it.
 *
 * <p>A call that is not back after {@link #PATIENCE} is late: one line says so and where it is, another one says when it is back.
 * It is never interrupted, as that could close files and channels of the application.
 *
 * <p>Thread-safe. Bounds: one thread, and as many waiting calls as the constructor allows.
 */
public final class GuestCalls {

    /** How long a call may take before it is late. */
    public static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final String THREAD = "weir-guest";

    private final String what;
    private final String meanwhile;
    private final int mostWaiting;
    private final LongSupplier nanoTime;
    private final BiConsumer<Runnable, Duration> later;
    private final ThrottledLog lateLog;
    private final ThrottledLog backLog;

    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private @Nullable Thread thread;
    private boolean calling;
    private long callSinceNanos;
    private String caller = "";
    private boolean reportedLate;
    private boolean looking;
    private boolean closed;

    /**
     * @param what is called, for messages: {@code a callback of a metric}
     * @param meanwhile what becomes of the telemetry while it is late, for messages
     * @param mostWaiting how many calls may wait for the one that runs
     * @param logName {@code weir.} and the module
     * @param nanoTime a monotonic clock in nanoseconds
     * @param later runs a task after a while; never blocks
     */
    public GuestCalls(
            String what,
            String meanwhile,
            int mostWaiting,
            String logName,
            LongSupplier nanoTime,
            BiConsumer<Runnable, Duration> later) {
        this.what = what;
        this.meanwhile = meanwhile;
        this.mostWaiting = mostWaiting;
        this.nanoTime = nanoTime;
        this.later = later;
        this.lateLog = ThrottledLog.of(logName, nanoTime);
        this.backLog = ThrottledLog.of(logName, nanoTime);
    }

    /**
     * Calls soon, after the calls that were offered before.
     *
     * @return false when too many wait, this is closed, or there is no thread to be had: it will not be called
     */
    public boolean offer(Runnable call) {
        synchronized (this) {
            if (closed || waiting.size() >= mostWaiting) {
                return false;
            }
            waiting.add(call);
            if (thread != null) {
                return true;
            }
            Thread made = Daemons.create(this::run, THREAD);
            try {
                made.start();
            } catch (OutOfMemoryError noThread) {
                waiting.clear();
                return false;
            }
            thread = made;
            if (looking) {
                return true;
            }
            looking = true;
        }
        later.accept(this::look, PATIENCE);
        return true;
    }

    /** Whether the call that runs is not back in time. */
    public synchronized boolean isLate() {
        return calling && lateNanos() >= 0;
    }

    /** Takes no more calls and forgets those that wait. The one that runs is left alone. */
    public synchronized void close() {
        closed = true;
        waiting.clear();
    }

    /** Where the call that runs is in the code of the application, for messages: {@code " at a.B.c(B.java:1)"}, or empty. */
    public String where() {
        Thread running;
        String from;
        synchronized (this) {
            running = calling ? thread : null;
            from = caller;
        }
        if (running == null) {
            return "";
        }
        StackTraceElement[] frames = running.getStackTrace();
        for (int i = frames.length - 1; i >= 0; i--) {
            StackTraceElement frame = frames[i];
            String name = frame.getClassName();
            if (!isBetween(name) && !name.equals(from) && !name.startsWith(from + '$')) {
                return " at " + name + '.' + frame.getMethodName() + '(' + frame.getFileName() + ':'
                        + frame.getLineNumber() + ')';
            }
        }
        return "";
    }

    /** Whether such a class only leads to the code of the application. */
    private static boolean isBetween(String className) {
        return className.contains("$$Lambda")
                || className.startsWith("java.")
                || className.startsWith("jdk.")
                || className.startsWith("io.opentelemetry.")
                || className.startsWith("reactor.core.")
                || className.equals(GuestCalls.class.getName())
                || className.startsWith("dev.weir.") && className.contains(".internal.");
    }

    /** The class whose code, as a lambda or a nested class, the call is. */
    private static String caller(Runnable call) {
        String name = call.getClass().getName();
        int end = name.indexOf('$');
        return end < 0 ? name : name.substring(0, end);
    }

    private void run() {
        for (Runnable call; (call = next()) != null; ) {
            try {
                call.run();
            } catch (Throwable failure) {
                lateLog.warn(what + " failed", failure);
            }
            ended();
        }
    }

    private synchronized @Nullable Runnable next() {
        Runnable call = waiting.poll();
        if (call == null) {
            thread = null;
            return null;
        }
        calling = true;
        reportedLate = false;
        caller = caller(call);
        callSinceNanos = nanoTime.getAsLong();
        return call;
    }

    private void ended() {
        long took;
        synchronized (this) {
            calling = false;
            took = reportedLate ? nanoTime.getAsLong() - callSinceNanos : -1;
        }
        if (took >= 0) {
            backLog.info(what + " is back after " + seconds(took));
        }
    }

    private long lateNanos() {
        return nanoTime.getAsLong() - callSinceNanos - PATIENCE.toNanos();
    }

    private void look() {
        Duration next = PATIENCE;
        boolean tell = false;
        synchronized (this) {
            if (thread == null) {
                looking = false;
                return;
            }
            if (calling && !reportedLate) {
                long late = lateNanos();
                tell = late >= 0;
                reportedLate = tell;
                next = tell ? PATIENCE : Duration.ofNanos(-late);
            }
        }
        if (tell) {
            lateLog.warn(what + " has not come back for " + seconds(PATIENCE.toNanos()) + where() + "; " + meanwhile);
        }
        later.accept(this::look, next);
    }

    private static String seconds(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos) / 1000.0 + " s";
    }
}
