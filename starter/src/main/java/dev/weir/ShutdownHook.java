// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import dev.weir.core.internal.Deadline;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Closes a Weir at the end of the JVM, unless it was closed before. The JVM runs all hooks at once, so this one lets the telemetry run on
 * while others are at work: a server that drains, a program that logs its end. It waits no longer than its delay, and no longer
 * than {@link #QUIET} in which nothing is recorded and no exchange is open.
 */
final class ShutdownHook {

    /** How long nothing may happen while something that looks like another hook is alive. */
    static final Duration QUIET = Duration.ofSeconds(2);

    /** The JVM has started all hooks by then. */
    private static final long LOOK_MILLIS = 20;

    private final Ending ending;
    private final OtherHooks others;
    private final Duration delay;

    private ShutdownHook(Ending ending, OtherHooks others, Duration delay) {
        this.ending = ending;
        this.others = others;
        this.delay = delay;
    }

    /**
     * Has the end of the JVM run {@code close}, until {@code ending} is over.
     *
     * @param delay how long it waits at most for other hooks
     */
    static void register(Runnable close, Ending ending, Duration delay) {
        OtherHooks others = new OtherHooks(ShutdownHook.class.getName());
        others.look();
        ending.repeat(others::look);
        ShutdownHook hook = new ShutdownHook(ending, others, delay);
        Thread thread = new Thread(() -> hook.run(close), "weir-close");
        thread.setContextClassLoader(null);
        Runtime.getRuntime().addShutdownHook(thread);
        ending.atEnd(() -> remove(thread));
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyEnding) {
            // The JVM runs its hooks now, this one among them.
        }
    }

    private void run(Runnable close) {
        try {
            awaitOthers();
        } finally {
            close.run();
        }
    }

    private void awaitOthers() {
        Deadline last = Deadline.in(delay);
        last.await(nanos -> {
            long before = ending.recorded();
            Deadline quiet = Deadline.in(QUIET);
            while (!last.isOver() && !ending.isOver()) {
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
                if (!others.areAlive()) {
                    return true;
                }
                long now = ending.recorded();
                if (now != before || ending.hasOpenExchanges()) {
                    before = now;
                    quiet = Deadline.in(QUIET);
                } else if (quiet.isOver()) {
                    return false;
                }
            }
            return false;
        });
    }
}
