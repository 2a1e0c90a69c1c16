// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.capture;

import dev.weir.core.Registration;
import dev.weir.core.internal.ThrottledLog;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Decides which capture gets the lines of a logging context. Of several captures, of any class loader, the first one
 * does; the others wait, and the next one begins when it has gone. For the adapters of logging frameworks. Thread-safe;
 * never throws.
 *
 * <p>The context holds the queue, which consists of types of the JDK only; a capture that left is not reachable from
 * there.
 *
 * @since 0.1
 */
public final class CaptureTurn {

    /** The name under which a context keeps its queue. */
    public static final String KEY = "dev.weir.captures";

    private CaptureTurn() {}

    /**
     * Finds the queue of a logging context; it is made when there is none.
     *
     * @param context is locked during the call, so that two captures get the same queue
     * @param get returns the object that the context keeps under a name
     * @param keep puts an object into the context under a name
     * @return the captures of the context in the order of their turns; the first one gets the lines
     */
    @SuppressWarnings("unchecked") // no other code uses the name
    public static Deque<Runnable> queueOf(
            Object context, Function<String, @Nullable Object> get, BiConsumer<String, Object> keep) {
        synchronized (context) {
            if (get.apply(KEY) instanceof Deque<?> queue) {
                return (Deque<Runnable>) queue;
            }
            Deque<Runnable> queue = new ArrayDeque<>();
            keep.accept(KEY, queue);
            return queue;
        }
    }

    /**
     * Runs {@code begin} now, or when the captures before it have left; the log line about it is written here.
     *
     * @param queue from {@link #queueOf}
     * @param begin equal to no other
     * @param framework its name, for the log line
     * @return leaves the queue; the next one begins then
     */
    public static Registration take(Deque<Runnable> queue, Runnable begin, String framework) {
        boolean first;
        synchronized (queue) {
            first = queue.isEmpty();
            queue.add(begin);
        }
        if (first) {
            begin.run();
        } else {
            log().warn("another Weir of this JVM captures the lines of " + framework
                    + "; this one begins when that one is closed");
        }
        return () -> leave(queue, begin);
    }

    private static void leave(Deque<Runnable> queue, Runnable begin) {
        Runnable next;
        synchronized (queue) {
            boolean first = queue.peekFirst() == begin;
            queue.remove(begin);
            next = first ? queue.peekFirst() : null;
        }
        if (next != null) {
            begin(next);
        }
    }

    /** Code of another class loader, and maybe of another version. */
    private static void begin(Runnable next) {
        try {
            next.run();
        } catch (Throwable failure) {
            log().warn("the next Weir of this JVM cannot capture the lines of the application", failure);
        }
    }

    private static ThrottledLog log() {
        return ThrottledLog.of("weir.log", System::nanoTime);
    }
}
