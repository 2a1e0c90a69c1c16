// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

/** A class of its own, as the code that Weir calls is. */
public final class ApplicationCode {

    private ApplicationCode() {}

    public static void call(Runnable task) {
        task.run();
    }
}
