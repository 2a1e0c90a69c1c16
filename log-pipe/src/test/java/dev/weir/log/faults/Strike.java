// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import org.jspecify.annotations.Nullable;

/**
 * What woven code calls before each of its byte codes: kills the thread that was chosen, there where it was told to.
 */
public final class Strike {

    private static final Error DEATH = new StackOverflowError("injected");

    private static @Nullable volatile Thread victim;
    private static long passed;
    private static long calls;
    private static long first;
    private static long second;
    private static @Nullable StackTraceElement where;

    private Strike() {}

    /**
     * From now on the calling thread dies at the {@code first} place that it passes, and once more at the
     * {@code second} call behind that; 0 is never.
     */
    public static void arm(long first, long second) {
        Strike.first = first;
        Strike.second = second;
        passed = 0;
        calls = 0;
        where = null;
        victim = Thread.currentThread();
    }

    /** @return how many places were passed */
    public static long disarm() {
        victim = null;
        return passed;
    }

    /** Where it struck last; null when it did not. */
    public static @Nullable StackTraceElement where() {
        return where;
    }

    /** Before any byte code. */
    public static void here() {
        if (Thread.currentThread() == victim && ++passed == first) {
            die();
        }
    }

    /** Before a call: where a stack or memory that is exhausted shows itself. */
    public static void call() {
        if (Thread.currentThread() != victim) {
            return;
        }
        if (++passed == first || passed > first && ++calls == second) {
            die();
        }
    }

    private static void die() {
        victim = null;
        where = new Throwable().getStackTrace()[2];
        victim = Thread.currentThread();
        throw DEATH;
    }
}
