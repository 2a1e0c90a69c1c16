// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

/** The refusal of a value that a program sets a second time. Stateless and thread-safe. */
public final class SetTwice {

    private SetTwice() {}

    /** To be thrown for the second call that sets {@code name}. */
    public static IllegalStateException refusal(String name) {
        return new IllegalStateException(name + " is set twice, allowed: once");
    }
}
