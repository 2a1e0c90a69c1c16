// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.capture;

import org.jspecify.annotations.Nullable;

/**
 * Bounds lines that are logged while the values of another are turned into text: a {@code toString} that logs its own
 * object would never end. For the adapters of logging frameworks. Thread-safe; each thread has a depth of its own.
 *
 * @since 0.1
 */
public final class Nesting {

    /** How many lines may be inside one another. */
    private static final int MAX_DEPTH = 4;

    /** Of the JDK's own type, as a thread may outlive Weir's class loader. */
    private static final ThreadLocal<int @Nullable []> DEPTH = new ThreadLocal<>();

    private Nesting() {}

    /**
     * Before code of the application is asked; {@link #leave} after it.
     *
     * @return false when there are too many: then ask nothing, and do not leave
     */
    public static boolean enter() {
        int[] depth = DEPTH.get();
        if (depth == null) {
            depth = new int[1];
            DEPTH.set(depth);
        }
        if (depth[0] >= MAX_DEPTH) {
            return false;
        }
        depth[0]++;
        return true;
    }

    /** After {@link #enter} returned true. */
    public static void leave() {
        int[] depth = DEPTH.get();
        if (depth != null) {
            depth[0]--;
        }
    }
}
