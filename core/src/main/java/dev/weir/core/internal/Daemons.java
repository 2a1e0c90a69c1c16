// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

/** Makes the daemon threads of Weir. Stateless and thread-safe. */
public final class Daemons {

    private Daemons() {}

    /** A daemon thread, not started, that does not keep the class loader of the class that made it. */
    public static Thread create(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        return thread;
    }
}
