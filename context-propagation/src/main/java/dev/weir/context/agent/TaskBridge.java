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

    /** Read by every task of every executor; a change may be seen late. */
    private static @Nullable BiFunction<Object, String, Object> wrapper;

    private TaskBridge() {}

    /** Sets what wraps code by the name of its type, {@value #THREAD_BODY} for the body of a thread; null for nothing. */
    public static void install(@Nullable BiFunction<Object, String, Object> newWrapper) {
        wrapper = newWrapper;
    }

    /** {@code code}, or one of the same type that takes the trace along. */
    public static @Nullable Object handOver(@Nullable Object code, String type) {
        BiFunction<Object, String, Object> current = wrapper;
        return current == null || code == null ? code : current.apply(code, type);
    }

    /** {@code body} of a new thread, or one that takes the trace along. */
    public static @Nullable Object threadBody(@Nullable Object body) {
        return handOver(body, THREAD_BODY);
    }
}
