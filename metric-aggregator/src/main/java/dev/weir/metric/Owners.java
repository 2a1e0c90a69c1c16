// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.NonBlocking;

/**
 * Numbers the event loops, so that each can have cells of its own. A loop is a thread that is {@link NonBlocking}: those
 * of Reactor Netty and of Reactor's parallel schedulers are; there are few of them and they live long.
 *
 * <p>Threads: any; a lookup is two plain reads. A number is reused after its thread has died, and the cells with it: the
 * end of a thread happens before {@link Thread#isAlive} says so.
 */
final class Owners {

    /** No number: the thread shares cells with others. */
    static final int NONE = -1;

    private static final int TABLE = 256;
    private static final VarHandle THREAD = MethodHandles.arrayElementVarHandle(Thread[].class);

    private final @Nullable Thread[] threads = new Thread[TABLE];
    private final int[] numbers = new int[TABLE];
    private final int capacity;
    private final BitSet taken = new BitSet();
    private volatile boolean full;

    /** @param capacity how many numbers there are */
    Owners(int capacity) {
        this.capacity = capacity;
    }

    /** Numbers are below this. */
    int capacity() {
        return capacity;
    }

    /** The number of {@code thread}, which must be the calling one. */
    int numberOf(Thread thread) {
        int index = (int) thread.getId() & (TABLE - 1);
        return threads[index] == thread ? numbers[index] : claim(thread, index);
    }

    private int claim(Thread thread, int index) {
        if (full || !(thread instanceof NonBlocking) || THREAD.getAcquire(threads, index) != null) {
            return NONE;
        }
        synchronized (taken) {
            if (threads[index] != null) {
                return NONE;
            }
            int number = taken.nextClearBit(0);
            if (number >= capacity) {
                full = true;
                return NONE;
            }
            taken.set(number);
            numbers[index] = number;
            THREAD.setRelease(threads, index, thread);
            return number;
        }
    }

    /** Frees the numbers of threads that have died. */
    void reclaim() {
        for (int i = 0; i < TABLE; i++) {
            Thread thread = (Thread) THREAD.getAcquire(threads, i);
            if (thread != null && !thread.isAlive()) {
                synchronized (taken) {
                    taken.clear(numbers[i]);
                    THREAD.setRelease(threads, i, (Thread) null);
                    full = false;
                }
            }
        }
    }

    /** How many numbers are in use. */
    int taken() {
        synchronized (taken) {
            return taken.cardinality();
        }
    }
}
