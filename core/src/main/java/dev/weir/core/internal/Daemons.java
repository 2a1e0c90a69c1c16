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

    /**
     * Runs {@code task} once, on a daemon thread that ends with it; for what takes long and comes once in the life of a
     * process.
     *
     * @param name of the thread
     * @param task may block
     * @return false when there is no thread to be had
     */
    public static boolean runOnce(String name, Runnable task) {
        try {
            create(task, name).start();
            return true;
        } catch (OutOfMemoryError noThread) {
            return false;
        }
    }
}
