// SPDX-License-Identifier: Apache-2.0
package dev.weir;

/** Closes a Weir at the end of the JVM, unless it was closed before. */
final class ShutdownHook {

    private ShutdownHook() {}

    static void register(Weir weir) {
        Thread hook = new Thread(weir::close, "weir-close");
        Runtime.getRuntime().addShutdownHook(hook);
        weir.onClose(() -> remove(hook));
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyEnding) {
            // The JVM runs its hooks now, this one among them.
        }
    }
}
