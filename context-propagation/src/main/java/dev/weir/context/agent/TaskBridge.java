// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.agent;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The bridge from woven classes of the JDK to the propagation. Refers to the JDK alone, because an agent puts this class on
 * the bootstrap path, where nothing of ours is visible. Thread-safe.
 */
public final class TaskBridge {

    /** Read by every task of every executor; a change may be seen late. */
    private static @Nullable UnaryOperator<Object> wrapper;

    private TaskBridge() {}

    /** Sets what wraps tasks and functions; null for nothing. */
    public static void install(@Nullable UnaryOperator<Object> newWrapper) {
        wrapper = newWrapper;
    }

    /** {@code task}, or one that takes the trace along. */
    public static Runnable task(Runnable task) {
        UnaryOperator<Object> current = wrapper;
        return current == null || task == null ? task : (Runnable) current.apply(task);
    }

    /** {@code function}, or one of the same kind that takes the trace along. */
    public static Object function(Object function) {
        UnaryOperator<Object> current = wrapper;
        return current == null || function == null ? function : current.apply(function);
    }
}
