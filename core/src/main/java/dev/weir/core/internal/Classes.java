// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import org.jspecify.annotations.Nullable;

/** Whether an optional library is there. Never throws, initializes no class. Stateless. */
public final class Classes {

    private Classes() {}

    /** Whether the class loader of {@code user} finds {@code name}. */
    public static boolean isPresent(String name, Class<?> user) {
        return isPresent(name, user.getClassLoader());
    }

    /** @param loader null for the boot class path */
    public static boolean isPresent(String name, @Nullable ClassLoader loader) {
        try {
            Class.forName(name, false, loader);
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }
}
