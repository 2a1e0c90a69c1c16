// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.agent;

import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The bridge from woven classes of the JDK to the propagation. Refers to the JDK alone, because an agent puts this class on
 * the bootstrap path, where nothing of ours is visible. Thread-safe.
 *
 * @since 0.1
 */
public final class TaskBridge {

    private static final String THREAD_BODY = "java.lang.Thread";

    /** Read by every task of every executor; a change may arrive late. */
    private static @Nullable BiFunction<Object, String, Object> wrapper;

    private TaskBridge() {}

    /**
     * Sets what wraps code that is handed over.
     *
     * @param newWrapper gets the code and the name of its type, {@value #THREAD_BODY} for the body of a thread; null
     *     for code that stays as it is
     */
    public static void install(@Nullable BiFunction<Object, String, Object> newWrapper) {
        wrapper = newWrapper;
    }

    /**
     * {@return {@code code}, or one of the same type that takes the trace along}
     *
     * @param code a task or a function; null is returned as it is
     * @param type name of the declared type of the parameter, for example {@code java.lang.Runnable}
     */
    public static @Nullable Object handOver(@Nullable Object code, String type) {
        BiFunction<Object, String, Object> current = wrapper;
        return current == null || code == null ? code : current.apply(code, type);
    }

    /**
     * {@return {@code body} of a new thread, or one that takes the trace along}
     *
     * @param body the {@link Runnable} of the thread; null is returned as it is
     */
    public static @Nullable Object threadBody(@Nullable Object body) {
        return handOver(body, THREAD_BODY);
    }
}
